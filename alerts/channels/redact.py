"""What others answer, fit to be kept, shown and logged: one short line without our secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from alerts.clean import inert

_SHORTEST_SECRET = 3
LONGEST = 300


def secrets_of(url: str) -> set[str]:
    """Return every part of a URL that may be a secret: all but the scheme, as written and decoded."""
    rest = url.partition("://")[2]
    parts = {part for part in re.split(r"[/?&=@:#,]", rest) if len(part) >= _SHORTEST_SECRET}
    return parts | {unquote(part) for part in parts}


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return a text on one line, cut, with stars for every secret in it.

    >>> redacted("no hook T0K3N\\r\\nhere", ["T0K3N"])
    'no hook *** here'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return inert(text, LONGEST)
