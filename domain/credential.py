"""What proves who asks: sessions of people, tokens of programs. Only digests of the secrets are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.user import Scope

#: what a token begins with, so that scanners for leaked secrets know it
TOKEN_MARK = "wn_"  # noqa: S105 -- no secret: every token begins so
_ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's proof: "wn_<id>_<secret>". The secret is random and long, so a plain digest is enough."""

    id: str  # shown: it finds the token again in lists and logs
    user: str
    name: str  # what it is for
    scopes: frozenset[Scope]
    digest: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def prefix(self) -> str:
        """Return the part of the token that may be shown."""
        return f"{TOKEN_MARK}{self.id}"

    def is_valid(self, now: datetime) -> bool:
        """Return whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A person who has logged in, at one browser."""

    digest: str  # of the cookie's value
    user: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime  # whatever happens; idle sessions end earlier
    address: str


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_token_id() -> str:
    """Return a short random name without letters that look alike."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(8))


def token_text(token_id: str, secret: str) -> str:
    """Return what a program sends.

    >>> token_text("k7f3m2xq", "s3cret")
    'wn_k7f3m2xq_s3cret'
    """
    return f"{TOKEN_MARK}{token_id}_{secret}"


def split_token(text: str) -> tuple[str, str] | None:
    """Return id and secret of a token; None where the text is none.

    >>> split_token("wn_k7f3m2xq_s3_cret"), split_token("Bearer")
    (('k7f3m2xq', 's3_cret'), None)
    """
    if not text.startswith(TOKEN_MARK):
        return None
    token_id, separator, secret = text.removeprefix(TOKEN_MARK).partition("_")
    return (token_id, secret) if separator and token_id and secret else None


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(secret: str, digest: str) -> bool:
    """Return whether a secret is the one of the digest, in a time that does not tell how nearly."""
    return secrets.compare_digest(digest_of(secret), digest)
