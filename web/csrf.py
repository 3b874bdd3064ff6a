"""Proof that we made a form for this browser: a keyed digest of its cookie, another one on each page."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

FIELD, HEADER = "csrf", "X-CSRF-Token"


def proof(secret: str) -> str:
    """Return what a form carries, for a browser whose cookie is `secret`; never the same twice.

    A page that is compressed must not repeat a secret beside what an attacker can put into it (BREACH).
    """
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_digest(secret, nonce)}"


def is_proof(given: str, secret: str) -> bool:
    """Return whether `given` was made for this cookie.

    >>> is_proof(proof("abc"), "abc"), is_proof(proof("abc"), "abd"), is_proof("", ""), is_proof("x.é", "abc")
    (True, False, False, False)
    """
    nonce, _, digest = given.partition(".")
    right = _digest(secret, nonce)
    return bool(secret and nonce) and hmac.compare_digest(digest.encode(), right.encode())


def _digest(secret: str, nonce: str) -> str:
    return hmac.new(secret.encode(), b"csrf " + nonce.encode(), sha256).hexdigest()
