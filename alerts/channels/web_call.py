"""One bounded HTTP request: an answer, or a NotifyError that says whether and when to try again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from alerts.channels.redact import redacted, secrets_of
from domain.errors import NotifyError

TIMEOUT_S = 10.0
_SHORTEST_SECRET = 7  # of a header's value: "Bearer" itself may be seen
_LONGEST_ANSWER = 65_536  # bytes that are read of an answer
#: refusals that a later try may change
AGAIN = {408, 425, 429}
_MOVED_FOR_GOOD = {301, 308}


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, and what of it must not be seen in logs and errors."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    timeout_s: float = TIMEOUT_S

    def clean(self, text: str) -> str:
        """Return a text of the other side's, fit to be kept."""
        values = [part for value in self.headers.values() for part in (value, *value.split())]
        hidden = {part for part in values if len(part) >= _SHORTEST_SECRET}
        path = secrets_of(f"x://{'/'.join(self.url.partition('://')[2].split('/')[1:])}")
        user = secrets_of(f"x://{urlsplit(self.url).netloc.rpartition('@')[0]}")
        return redacted(text, hidden | path | user | self.secrets)


def check_target(target: Target) -> Target:
    """Return the target; raise NotifyError (not retryable) for an address that cannot work."""
    try:
        parts = urlsplit(target.url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NotifyError("the URL must be http://HOST/... or https://HOST/...", retryable=False)
    for name, value in target.headers.items():
        if not name.isascii() or not value.isprintable() or not name.replace("-", "").isalnum():
            raise NotifyError(f"{name!r} cannot be a header, or its value has line breaks", retryable=False)
    return target


class WebCall:
    """Calls one target. Not for use from two threads at a time."""

    def __init__(self, target: Target) -> None:
        self.target = check_target(target)
        self._pool = _pool(target.url)

    def send(
        self, method: str, body: bytes | None, headers: Mapping[str, str], url: str | None = None
    ) -> Answer:
        """Return the answer of a 2xx.

        Redirects are not followed: they would carry our secrets to somebody else.

        Args:
            url: another address on the same server; None = the target's own.
        Raises:
            NotifyError: anything else. Not retryable: what no retry can change (4xx but 408, 425, 429).
        """
        target = self.target
        deadline = time.monotonic() + target.timeout_s
        try:
            with self._pool.request(
                method,
                url or target.url,
                body=body,
                headers={"User-Agent": "wastenot", **target.headers, **headers},
                timeout=urllib3.Timeout(total=target.timeout_s),
                retries=False,
                redirect=False,
                preload_content=False,
            ) as response:
                said = _read(response, deadline)
                status, answered = int(response.status), dict(response.headers.items())
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise NotifyError(target.clean(_trouble(error, target.timeout_s))) from None
        if 200 <= status < 300:
            return Answer(status, said)
        raise refusal(status, target.clean(said), {key.lower(): text for key, text in answered.items()})


def _pool(url: str) -> Any:
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=1)
    return urllib3.PoolManager(maxsize=1)


def _read(response: Any, deadline: float) -> str:
    """Return the beginning of a body; a server that drips is cut off at the deadline."""
    kept = b""
    while len(kept) < _LONGEST_ANSWER and time.monotonic() < deadline:
        piece: bytes = response.read1(_LONGEST_ANSWER - len(kept))
        if not piece:
            break
        kept += piece
    return kept.decode(errors="replace")


def _trouble(error: Exception, timeout_s: float) -> str:
    match error:
        case urllib3.exceptions.SSLError():
            return f"TLS: {error}"
        case urllib3.exceptions.NameResolutionError():
            return "the host's name is not known"
        case urllib3.exceptions.NewConnectionError():
            return "connection refused"
        case urllib3.exceptions.TimeoutError():
            return f"no answer within {timeout_s:g} s"
        case _:
            return f"connection error: {type(error).__name__}"


def refusal(status: int, said: str, headers: Mapping[str, str]) -> NotifyError:
    """Return the error that an answer stands for.

    >>> refusal(400, "no such room", {}).retryable, refusal(503, "", {"retry-after": "120"}).retry_after_s
    (False, 120.0)
    """
    gone = (400 <= status < 500 and status not in AGAIN) or status in _MOVED_FOR_GOOD
    text = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    return NotifyError(text, retryable=not gone, retry_after_s=retry_after_s(headers.get("retry-after", "")))


def retry_after_s(written: str, now: datetime | None = None) -> float | None:
    """Return what a Retry-After header asks for [s]; None where it asks for nothing that can be read.

    >>> retry_after_s("120"), retry_after_s("soon"), retry_after_s("-1")
    (120.0, None, None)
    >>> retry_after_s("Sun, 22 Nov 2026 02:41:00 GMT", datetime(2026, 11, 22, 2, 40, tzinfo=UTC))
    60.0
    """
    text = written.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - (now or datetime.now(UTC))).total_seconds(), 0.0)
