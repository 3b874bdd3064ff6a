"""Passwords: hashed with argon2id, checked in a time that says nothing about who exists."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

#: hashes made at once: each takes 64 MiB
AT_ONCE = 2


class Passwords:
    """Makes and checks hashes.

    Args:
        hasher: argon2id with the parameters of RFC 9106 for little memory, when not given.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self.hashed("a password that nobody has")

    def hashed(self, password: str) -> str:
        """Return what is kept of a password."""
        with self._room:
            return self._hasher.hash(_plain(password))

    def is_right(self, password: str, kept: str) -> bool:
        """Return whether it is the password of a hash; "" (there is none) takes as long and is wrong."""
        with self._room:
            try:
                right = self._hasher.verify(kept or self._nobody, _plain(password))
            except (VerificationError, InvalidHashError):
                return False
        return right and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Return whether the hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)


def _plain(password: str) -> bytes:
    """Return the same bytes for the same letters: keyboards write Vietnamese accents in more than one way."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
