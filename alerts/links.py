"""Links that act: signed, for one alert, one episode, one action and one person, for a limited time.

A link shows a page that asks; only the button on it acts. Mail scanners and chats that fetch every link
acknowledge nothing.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from domain.errors import RefusedError

ACTIONS = ("acknowledge", "snooze")
#: how long a link in a message works
LASTS = timedelta(days=3)
_PURPOSE = b"wastenot/alert-link/1\n"
_LONGEST = 1000
_SEAL = 16  # bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What one link does."""

    fingerprint: str
    episode: int
    action: str
    who: str  # the person it was sent to, or the channel's name
    until: int  # seconds since 1970


def make_token(secret: str, fingerprint: str, episode: int, action: str, who: str, until: datetime) -> str:
    """Return the token of a link; raise RefusedError for an action that no link has."""
    if action not in ACTIONS:
        raise RefusedError(f"no link can {action!r}; allowed: {', '.join(ACTIONS)}")
    order = Order(fingerprint, episode, action, who, int(until.timestamp()))
    body = msgspec.json.encode(order)
    return _text(body) + "." + _text(_seal(secret, body))


def read_token(secret: str, token: str, now: datetime) -> Order:
    """Return what a token orders.

    Raises:
        RefusedError: it is not ours, was changed, or is too old.
    """
    wrong = RefusedError("this link is not valid: it may have been cut off when it was copied")
    if not secret or len(token) > _LONGEST or token.count(".") != 1:
        raise wrong
    try:
        body, seal = (_bytes(part) for part in token.split("."))
    except ValueError:
        raise wrong from None
    if not hmac.compare_digest(seal, _seal(secret, body)):
        raise wrong
    order = msgspec.json.decode(body, type=Order)
    if now.timestamp() > order.until:
        over = datetime.fromtimestamp(order.until, UTC).isoformat()
        raise RefusedError(f"this link was valid until {over}; open the alert itself instead")
    return order


def _seal(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), _PURPOSE + body, sha256).digest()[:_SEAL]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    if not text.isascii():
        raise ValueError("not base64")
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(raw) != text:  # one token has one spelling
        raise ValueError("not base64")
    return raw
