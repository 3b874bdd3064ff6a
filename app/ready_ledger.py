"""A ledger whose tables are brought up to date before its first use, whenever it can be reached for that."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager

from domain.ports import LedgerTx
from store.ledger import SqlLedger


class ReadyLedger:
    """The pages' ledger: a database that is away at the start is no reason not to start."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger, self._ready, self._lock = ledger, False, threading.Lock()

    def begin(self) -> AbstractContextManager[LedgerTx]:
        """Open a transaction; raise LedgerError while the database is away."""
        with self._lock:
            if not self._ready:
                self._ledger.migrate()
                self._ready = True
        return self._ledger.begin()

    def ping(self) -> None:
        """Return if the ledger answers."""
        self._ledger.ping()

    def close(self) -> None:
        """Let go of connections."""
        self._ledger.close()
