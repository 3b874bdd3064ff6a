"""What the ledger's database errors mean: whether the same transaction may work later."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import LedgerError
from store.sqlite_errors import can_retry, words

#: PostgreSQL's classes of states that pass: connection, rollback by the server (serialization, deadlock),
#: resources (disk, memory, connections), lock not available, operator (restart, cancel), system
#: Source: PostgreSQL documentation, Appendix A.
_PASSING_CLASSES = ("08", "40", "53", "55", "57", "58")
#: the FATAL words of a refused connection that waiting does not help; libpq gives no state for these
_REFUSED = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "does not exist",
    "permission denied for database",
)


def ledger_trouble(error: Exception) -> LedgerError:
    """Return the house's error for a database's; neither the address nor a row's values are in its words."""
    if isinstance(error, PoolTimeout):
        return LedgerError("all connections to the ledger are in use", retryable=True)
    cause = error.orig if isinstance(error, DBAPIError) else None
    if cause is None:
        return LedgerError(f"the ledger cannot keep this: {error}", retryable=False)
    if isinstance(cause, sqlite3.Error):
        return LedgerError(f"the ledger's file refuses: {words(cause)}", retryable=can_retry(cause))
    # PostgreSQL's DETAIL repeats the whole row, so only the first sentence is passed on.
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    said = " ".join(str(primary or cause).split())
    return LedgerError(f"the ledger refuses: {said}", retryable=_passes(cause, said))


def _passes(cause: BaseException, said: str) -> bool:
    """Return whether PostgreSQL's trouble passes by itself."""
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING_CLASSES)
    lost = type(cause).__name__ in ("OperationalError", "InterfaceError")
    return lost and not any(word in said for word in _REFUSED)
