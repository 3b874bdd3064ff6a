"""Signatures of webhooks, ours and others': HMAC-SHA256 over the time and the body.

    Wastenot-Timestamp: 1795315200
    Wastenot-Signature: v1=<hex of HMAC-SHA256(secret, "1795315200." + body)>

Several signatures may stand in one header, comma-separated, while a secret is being changed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

TIMESTAMP, SIGNATURE = "Wastenot-Timestamp", "Wastenot-Signature"
#: how old, or how far ahead, a signed request may be: what was recorded cannot be sent again later
WINDOW = timedelta(minutes=5)
_VERSION = "v1="


def signature(secret: str, body: bytes, timestamp: str) -> str:
    """Return the signature of a body at a time.

    >>> signature("s3cret", b"{}", "1795315200")[:20]
    'v1=0e36a2766427bf36d'
    """
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, sha256)
    return _VERSION + signed.hexdigest()


def signed_headers(secret: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that prove who sent a body, and when."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: signature(secret, body, timestamp)}


def why_not_genuine(
    secret: str, headers: Mapping[str, str], body: bytes, now: datetime, window: timedelta = WINDOW
) -> str | None:
    """Return why a request must not be believed; None: it is genuine and fresh.

    Args:
        headers: by name, in any case.
        body: as it came over the wire, before any parsing.
    """
    found = {name.lower(): value for name, value in headers.items()}
    timestamp, said = found.get(TIMESTAMP.lower(), ""), found.get(SIGNATURE.lower(), "")
    if not timestamp or not said:
        return f"the headers {TIMESTAMP} and {SIGNATURE} are missing"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return f"{TIMESTAMP} must be seconds since 1970"
    if abs(now.timestamp() - int(timestamp)) > window.total_seconds():
        return f"{TIMESTAMP} is more than {window.total_seconds():g} s away from our clock"
    wanted = signature(secret, body, timestamp)
    given = [one.strip() for one in said.split(",")]
    if not any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given):
        return "the signature does not fit the body"
    return None
