"""The embedded series store: one SQLite file, no server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from domain.ports import Appended
from domain.reading import Reading
from store.frames import INSTANT, INTERVALS, READINGS, checked_intervals, instant_us
from store.readings import LAST_US, sift
from store.sqlite_file import SqliteFile

Pairs = np.ndarray[tuple[int, int], np.dtype[np.float64]]  # columns time_us, value
#: rows per transaction: bounds how long other writers of the file (the ledger) wait
CHUNK = 20_000
FORMAT = 1

# Names begin with series_ because the ledger may live in the same file.
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS series_meter (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT",
    """
    CREATE TABLE IF NOT EXISTS series_reading (
        meter INTEGER NOT NULL, time_us INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (meter, time_us)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS series_interval (
        process TEXT NOT NULL, resource TEXT NOT NULL, start_us INTEGER NOT NULL,
        actual REAL, expected REAL, excess REAL, cost REAL, kg_co2e REAL, quality TEXT NOT NULL,
        PRIMARY KEY (process, resource, start_us)
    ) STRICT, WITHOUT ROWID
    """,
)
# A replayed batch finds its readings unchanged and writes nothing.
_KEEP_READING = """
INSERT INTO series_reading VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value
"""
_KEEP_INTERVAL = "INSERT OR REPLACE INTO series_interval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_READ = """
SELECT time_us, value FROM series_reading
WHERE meter = (SELECT number FROM series_meter WHERE id = ?) AND time_us >= ? AND time_us < ? ORDER BY time_us
"""
_LAST = """
SELECT time_us, value FROM series_reading
WHERE meter = (SELECT number FROM series_meter WHERE id = ?) AND time_us < ? ORDER BY time_us DESC LIMIT 1
"""
_READ_INTERVALS = """
SELECT * FROM series_interval WHERE process = ? AND resource = ? AND start_us >= ? AND start_us < ?
ORDER BY start_us
"""


class SqliteSeries:
    """Readings and judged intervals in one SQLite file; safe for several threads and processes.

    A value and an instant are all that is kept of a reading: its arrival time belongs to the spool and
    the log, since nothing is ever computed from it.

    Args:
        path: the file; made, with its folder, if it is not there.

    Raises:
        StoreError: the file cannot be opened, is no database, or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA, FORMAT)
        self._numbers: dict[str, int] = {}

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings; see `SeriesStore.append`."""
        kept, refused = sift(readings)
        for first in range(0, len(kept), CHUNK):
            self._append_chunk(kept[first : first + CHUNK])
        return Appended(len(kept), tuple(refused))

    def read(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return readings in [start, end); see `SeriesStore.read`."""
        window = (instant_us(start), instant_us(end))
        with self._file.reader() as reader:
            found = [(meter, _pairs(reader.execute(_READ, (meter, *window)))) for meter in sorted({*meters})]
        return _readings(found)

    def last(self, meters: Sequence[str], before: datetime | None = None) -> pl.DataFrame:
        """Return each meter's latest reading; see `SeriesStore.last`."""
        limit = LAST_US + 1 if before is None else instant_us(before)
        with self._file.reader() as reader:
            found = [(meter, _pairs(reader.execute(_LAST, (meter, limit)))) for meter in sorted({*meters})]
        return _readings(found)

    def append_intervals(self, frame: pl.DataFrame) -> None:
        """Keep judged intervals; see `SeriesStore.append_intervals`."""
        rows = checked_intervals(frame).with_columns(pl.col("start").to_physical()).rows()
        for first in range(0, len(rows), CHUNK):
            with self._file.transaction() as writer:
                writer.executemany(_KEEP_INTERVAL, rows[first : first + CHUNK])

    def read_intervals(self, process: str, resource: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return judged intervals; see `SeriesStore.read_intervals`."""
        key = (process, resource, instant_us(start), instant_us(end))
        with self._file.reader() as reader:
            rows = reader.execute(_READ_INTERVALS, key).fetchall()
        plain = {name: pl.Int64() if name == "start" else type_ for name, type_ in INTERVALS.items()}
        return pl.DataFrame(rows, schema=plain, orient="row").cast({"start": INSTANT})

    def ping(self) -> None:
        """Return if the file can be read and a write could begin; raise StoreError with the reason if not."""
        with self._file.reader() as reader:
            reader.execute("SELECT 1 FROM series_reading LIMIT 1").fetchone()
        with self._file.transaction():
            pass

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _append_chunk(self, readings: Sequence[Reading]) -> None:
        with self._file.transaction() as writer:
            fresh = {reading.meter for reading in readings} - self._numbers.keys()
            numbers = self._numbers | _interned(writer, fresh) if fresh else self._numbers
            rows = [(numbers[meter], time_us, value) for meter, time_us, value, _ in readings]
            rows.sort(key=_place)  # neighbours in the file are written together; stable: the last one wins
            writer.executemany(_KEEP_READING, rows)
        self._numbers = numbers  # only now: a rolled back transaction has taken its numbers back


def _interned(writer: sqlite3.Connection, meters: Iterable[str]) -> dict[str, int]:
    """Return the numbers of these meters, given out where they are new (another process may have)."""
    names = [(meter,) for meter in sorted(meters)]
    writer.executemany("INSERT OR IGNORE INTO series_meter (id) VALUES (?)", names)
    ask = "SELECT number FROM series_meter WHERE id = ?"
    return {name[0]: writer.execute(ask, name).fetchone()[0] for name in names}


def _place(row: tuple[int, int, float]) -> tuple[int, int]:
    return row[0], row[1]


def _pairs(rows: Iterable[tuple[int, float]]) -> Pairs:
    """Return (time_us, value) rows as a 2-column array; a time up to 2**53 is exact in a float64.

    Streaming the numbers into one array is twice as fast as a list of tuples (bench/store.py).
    """
    return np.fromiter(chain.from_iterable(rows), dtype=np.float64).reshape(-1, 2)


def _readings(found: Sequence[tuple[str, Pairs]]) -> pl.DataFrame:
    """Return one READINGS frame of the meters' (time_us, value) arrays."""
    counts = [len(pairs) for _, pairs in found]
    pairs = np.concatenate([np.empty((0, 2)), *(pairs for _, pairs in found)])
    meters = pl.Series([meter for meter, _ in found], dtype=pl.String)
    return pl.DataFrame(
        {
            "meter": meters.gather(pl.Series(np.repeat(np.arange(len(counts)), counts))),
            "time": pl.Series(pairs[:, 0].astype(np.int64)).cast(INSTANT),
            "value": np.ascontiguousarray(pairs[:, 1]),
        },
        schema=READINGS,
    )
