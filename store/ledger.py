"""The ledger: what must not contradict itself, on SQLAlchemy Core over SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from domain.errors import LedgerError
from domain.ports import LedgerTx
from store.codec import to_json
from store.ledger_copy import copy_tables
from store.ledger_errors import ledger_trouble
from store.ledger_tx import SqlTx
from store.schema import schema_problem, upgrade
from store.write_ahead import write_ahead

#: how long a statement waits for another writer, and a connection for a silent server
WAIT_S = 15
_POSTGRES = {
    "connect_timeout": 10,
    "application_name": "wastenot",
    # A server that vanished without a word (half-open TCP) is given up after 10 s.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 30,
    # A transaction whose process was stopped in the middle must not hold its locks for ever.
    "options": f"-c TimeZone=UTC -c lock_timeout={WAIT_S}s -c statement_timeout=60s "
    "-c idle_in_transaction_session_timeout=60s",
}


class SqlLedger:
    """Baselines, snapshots, hotspots, alerts, outbox and audit trail; safe for several threads and processes.

    Nothing is connected to before the first call, except that a ledger in memory makes its tables.

    SQLite: one transaction at a time (BEGIN IMMEDIATE, so that two never deadlock), WAL,
    synchronous=FULL. PostgreSQL: READ COMMITTED; what two analysers could do to one process and resource
    is serialised by a lock per stream (store.ledger_tx).

    Args:
        url: "sqlite:///path/to/file", "sqlite://" (memory, for a backtest) or
            "postgresql://user:password@host/database".
        password: used instead of one in the URL.

    Raises:
        LedgerError: not retryable; the address cannot be understood.
    """

    def __init__(self, url: str, password: str = "") -> None:
        try:
            address = make_url(url)
        except ArgumentError as error:
            raise LedgerError("the ledger's address is not an address", retryable=False) from error
        if password:
            address = address.set(password=password)
        self._engine = _engine(address)
        if address.get_backend_name() == "sqlite" and not address.database:
            self.migrate()

    def migrate(self) -> None:
        """Bring the schema up to date; processes that start together take turns.

        Raises:
            LedgerError: retryable if the database is away; not if it was made by a newer version.
        """
        with self._told(), self._engine.begin() as connection:
            upgrade(connection)

    @contextmanager
    def begin(self) -> Iterator[LedgerTx]:
        """Open a transaction; see `Ledger.begin`.

        A statement that failed makes the transaction fail even if the block swallowed its LedgerError:
        PostgreSQL would otherwise answer the commit with a silent rollback.
        """
        with self._told(), self._engine.begin() as connection:
            tx = SqlTx(connection)
            yield tx
            tx.check()

    def ping(self) -> None:
        """Return if the ledger answers and its schema is current; raise LedgerError if not."""
        with self._told(), self._engine.connect() as connection:
            problem = schema_problem(connection)
        if problem:
            raise LedgerError(problem, retryable=False)

    def copy_to(self, other: SqlLedger, then: Callable[[], object] = lambda: None) -> dict[str, int]:
        """Copy every table, as it is at one instant, into a ledger whose tables are there and empty.

        Args:
            then: done when all is copied and before it counts: if it raises, nothing is copied.

        Returns:
            table -> rows.

        Raises:
            LedgerError: either is away; or not retryable, the other one's schema is another, or it holds
                something. Then nothing is copied.
        """
        source = self._engine.execution_options(isolation_level=_one_instant(self._engine))
        with self._told(), source.begin() as old, other._told(), other._engine.begin() as new:
            counts = copy_tables(old, new)
            then()
            return counts

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise LedgerError for the database's own errors, those of connecting and committing included."""
        try:
            yield
        except SQLAlchemyError as error:
            raise ledger_trouble(error) from error


def _one_instant(engine: Engine) -> str:
    """Return the isolation in which all statements of a transaction see the same state."""
    return "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"


def _engine(address: URL) -> Engine:
    common: dict[str, Any] = {
        "json_serializer": to_json,
        "hide_parameters": True,  # a row's values do not belong into a log
        "pool_timeout": WAIT_S,
        "poolclass": QueuePool,
    }
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address, common)
    if address.get_backend_name() != "postgresql":
        name = address.get_backend_name()
        raise LedgerError(f"the ledger is sqlite or postgresql, not {name}", retryable=False)
    # pre_ping: after a restart of PostgreSQL the first transaction already gets a living connection.
    return create_engine(
        address.set(drivername="postgresql+psycopg"), connect_args=_POSTGRES, pool_pre_ping=True, **common
    )


def _sqlite_engine(address: URL, common: dict[str, Any]) -> Engine:
    if address.database:
        try:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"the ledger's folder cannot be made: {error}", retryable=False) from error
    else:  # a database in memory is its connection: there is one, and threads wait for it
        common |= {"pool_size": 1, "max_overflow": 0}
    arguments = {"timeout": WAIT_S, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(address, connect_args=arguments, **common)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    write_ahead(connection, WAIT_S)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at the beginning: a reader that becomes a writer could wait for ever."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
