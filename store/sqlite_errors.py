"""Which troubles of an SQLite file pass by themselves."""

from __future__ import annotations

import sqlite3

_PRIMARY = 0xFF  # extended result codes carry the primary one in their low byte
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,  # another process writes for longer than we waited
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,  # the disk is full: somebody makes room
        sqlite3.SQLITE_IOERR,  # a disk or network drive that is away
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_PROTOCOL,  # lost a race for the WAL lock
    }
)


def can_retry(error: BaseException) -> bool:
    """Return whether the same statement may work later: busy, full, away; not corrupt, missing, read-only."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _PASSING


def words(error: BaseException) -> str:
    """Return what SQLite said, with its code's name."""
    name = getattr(error, "sqlite_errorname", "")
    return f"{error} ({name})" if name else str(error)
