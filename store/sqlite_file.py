"""One SQLite file opened for a writer at a time and any number of readers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.errors import StoreError
from store.sqlite_errors import can_retry, words
from store.write_ahead import write_ahead

#: how long a statement waits for another thread's or process's write
BUSY_S = 15.0


class SqliteFile:
    """A file in WAL mode: readers never wait for the writer, writers wait for their turn.

    `synchronous=FULL`, because the spool forgets a reading as soon as `append` returns: it must survive
    a power cut, and NORMAL may lose the last commits. A commit is one fsync however many rows it holds.

    Args:
        path: the file; made, with its folder, if it is not there.
        schema: the statements that make its tables.
        format_: the version of that schema, kept in the file's `user_version`.

    Raises:
        StoreError: the file cannot be opened, is no database, or was written by a newer version.
    """

    def __init__(self, path: Path, schema: Sequence[str], format_: int) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._lending = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._open = True
        with self._told("opened"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect(cache_kib=32_000)  # the pages being filled of some 5,000 meters
            self._prepare(schema, format_)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend the writer: committed when the block ends, rolled back when it raises.

        IMMEDIATE waits for the file's write lock at the beginning, where waiting is safe.
        """
        with self._writing, self._told("written"):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # a full disk has rolled back already
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to one reading thread; as many stay open as ever read at the same time."""
        with self._told("read"):
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def close(self) -> None:
        """Let go of the file; a reader that is still out closes when it is done."""
        with self._writing, self._lending:
            self._open = False
            for connection in (self._writer, *self._idle):
                connection.close()
            self._idle.clear()

    def _connect(self, cache_kib: int = 4_000) -> sqlite3.Connection:
        """Return a connection; it may move between threads, but serves one at a time."""
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        return connection

    def _prepare(self, schema: Sequence[str], format_: int) -> None:
        write_ahead(self._writer, BUSY_S)
        self._writer.execute("PRAGMA journal_size_limit = 67108864")
        (found,) = self._writer.execute("PRAGMA user_version").fetchone()
        if found > format_:
            raise StoreError(
                f"{self.path} was written by a newer version (format {found}, ours {format_})",
                retryable=False,
            )
        if found < format_:
            with self.transaction() as writer:
                for statement in (*schema, f"PRAGMA user_version = {format_}"):
                    writer.execute(statement)

    def _borrow(self) -> sqlite3.Connection:
        with self._lending:
            if not self._open:
                raise StoreError(f"{self.path} is closed", retryable=False)
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lending:
            if self._open:
                self._idle.append(connection)
            else:
                connection.close()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Raise StoreError for SQLite's own errors."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            message = f"{self.path} cannot be {what}: {words(error)}"
            raise StoreError(message, retryable=can_retry(error)) from error
