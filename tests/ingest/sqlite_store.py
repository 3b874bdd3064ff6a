"""A SeriesStore's append on one SQLite file, for processes that are killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from domain.ports import Appended
from domain.reading import Reading


class SqliteStore:
    """Points by (meter, time): the same again replaces."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS points (meter, time_us, value, PRIMARY KEY (meter, time_us))"
        )
        self._db.commit()

    def append(self, readings: Sequence[Reading]) -> Appended:
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO points VALUES (?, ?, ?)", (r[:3] for r in readings))
        return Appended(len(readings))

    def values(self) -> list[int]:
        """Return every point's value, sorted."""
        return [int(value) for (value,) in self._db.execute("SELECT value FROM points ORDER BY value")]

    def close(self) -> None:
        self._db.close()
