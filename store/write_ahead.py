"""Turning an SQLite file to its write-ahead log."""

import sqlite3
import time

_TURN_S = 0.02


def write_ahead(connection: sqlite3.Connection, wait_s: float) -> None:
    """Turn to the write-ahead log; SQLite does not wait its time-out when two turn a new file at once.

    Raises:
        sqlite3.OperationalError: others kept the file busy for `wait_s`, or it cannot be turned.
    """
    give_up = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_TURN_S)
