"""The embedded series store: one SQLite file, no server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from domain.ports import Appended
from domain.reading import Reading
from domain.readings import ReadingBlock
from store.frames import (
    CONSUMPTION,
    INSTANT,
    INTERVALS,
    LAST_KEPT,
    READINGS,
    checked_consumption,
    checked_intervals,
    instant_us,
)
from store.readings import LAST_US, sift
from store.sqlite_file import SqliteFile
from store.sqlite_retention import Retention
from store.sqlite_schema import (
    FORMAT,
    KEEP_CONSUMPTION,
    KEEP_INTERVAL,
    KEEP_READING,
    LAST,
    LAST_CONSUMPTION,
    READ,
    READ_CONSUMPTION,
    READ_INTERVALS,
    SCHEMA,
)

Pairs = np.ndarray[tuple[int, int], np.dtype[np.float64]]  # columns time_us, value
#: rows per transaction: bounds how long other writers of the file (the ledger) wait
CHUNK = 20_000


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
        self._file = SqliteFile(path, SCHEMA, FORMAT)
        self.retention = Retention(self._file)
        self._numbers: dict[str, int] = {}

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings; see `SeriesStore.append`."""
        kept, refused = sift(readings)
        block = ReadingBlock.of(kept)
        for first in range(0, len(block), CHUNK):
            self._append_chunk(block[first : first + CHUNK])
        return Appended(len(block), tuple(refused))

    def read(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return readings in [start, end); see `SeriesStore.read`."""
        window = (instant_us(start), instant_us(end))
        with self._file.reader() as reader:
            found = [(meter, _pairs(reader.execute(READ, (meter, *window)))) for meter in sorted({*meters})]
        return _readings(found)

    def last(self, meters: Sequence[str], before: datetime | None = None) -> pl.DataFrame:
        """Return each meter's latest reading; see `SeriesStore.last`."""
        limit = LAST_US + 1 if before is None else instant_us(before)
        with self._file.reader() as reader:
            found = [(meter, _pairs(reader.execute(LAST, (meter, limit)))) for meter in sorted({*meters})]
        return _readings(found)

    def append_intervals(self, frame: pl.DataFrame) -> None:
        """Keep judged intervals; see `SeriesStore.append_intervals`."""
        rows = checked_intervals(frame).with_columns(pl.col("start").to_physical()).rows()
        for first in range(0, len(rows), CHUNK):
            with self._file.transaction() as writer:
                writer.executemany(KEEP_INTERVAL, rows[first : first + CHUNK])

    def read_intervals(self, process: str, resource: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return judged intervals; see `SeriesStore.read_intervals`."""
        key = (process, resource, instant_us(start), instant_us(end))
        with self._file.reader() as reader:
            rows = reader.execute(READ_INTERVALS, key).fetchall()
        names = [name for name in INTERVALS if name not in {"process", "resource"}]
        plain = {name: pl.Int64() if name == "start" else INTERVALS[name] for name in names}
        frame = pl.DataFrame(rows, schema=plain, orient="row").cast({"start": INSTANT})
        asked = {"process": pl.lit(process), "resource": pl.lit(resource)}
        return frame.with_columns(**asked).select(INTERVALS.names())

    def append_consumption(self, frame: pl.DataFrame) -> None:
        """Keep consumption per meter; see `SeriesStore.append_consumption`."""
        rows = checked_consumption(frame).with_columns(pl.col("start").to_physical())
        for part in rows.sort("meter", "start").iter_slices(CHUNK):
            with self._file.transaction() as writer:
                numbers = self._numbered(writer, part["meter"].unique())
                meters = [numbers[meter] for meter in part["meter"]]
                rest = part.select(name for name in CONSUMPTION if name != "meter")
                columns = [meters, *(column.to_list() for column in rest)]
                writer.executemany(KEEP_CONSUMPTION, zip(*columns, strict=True))
            self._numbers = numbers

    def read_consumption(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return kept consumption; see `SeriesStore.read_consumption`."""
        window = (instant_us(start), instant_us(end))
        with self._file.reader() as reader:
            rows = [
                row
                for meter in sorted({*meters})
                for row in reader.execute(READ_CONSUMPTION, (meter, *window))
            ]
        plain = {name: pl.Int64() if name == "start" else type_ for name, type_ in CONSUMPTION.items()}
        return pl.DataFrame(rows, schema=plain, orient="row").cast({"start": INSTANT})

    def last_consumption(self, meters: Sequence[str]) -> pl.DataFrame:
        """Return the start of each meter's latest kept interval; see `SeriesStore.last_consumption`."""
        with self._file.reader() as reader:
            found = [(meter, reader.execute(LAST_CONSUMPTION, (meter,)).fetchone()) for meter in {*meters}]
        rows = [(meter, row[0]) for meter, row in sorted(found) if row is not None]
        return pl.DataFrame(rows, schema={"meter": pl.String, "start": pl.Int64}, orient="row").cast(
            LAST_KEPT
        )

    def readings_since(self, now: datetime) -> datetime | None:
        """Return where the retention ends; see `SeriesStore.readings_since`."""
        seconds = self.retention.seconds("raw")
        return None if seconds is None else now - timedelta(seconds=seconds)

    def forget(self, now: datetime) -> int:
        """Delete what is older than the retention; see `SeriesStore.forget`."""
        return self.retention.forget(instant_us(now))

    def ping(self) -> None:
        """Return if the file can be read and a write could begin; raise StoreError with the reason if not."""
        with self._file.reader() as reader:
            reader.execute("SELECT 1 FROM series_reading LIMIT 1").fetchone()
        with self._file.transaction():
            pass

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _append_chunk(self, block: ReadingBlock) -> None:
        with self._file.transaction() as writer:
            numbers = self._numbered(writer, block.meters)
            meters = np.array([numbers[meter] for meter in block.meters])[block.codes]
            # neighbours in the file are written together; stable: of the same place the last one wins
            order = np.lexsort((block.time_us, meters))
            columns = (meters[order], block.time_us[order], block.value[order])
            writer.executemany(KEEP_READING, zip(*(column.tolist() for column in columns), strict=True))
        self._numbers = numbers  # only now: a rolled back transaction has taken its numbers back

    def _numbered(self, writer: sqlite3.Connection, meters: Iterable[str]) -> dict[str, int]:
        """Return the known numbers with those of these meters."""
        fresh = {*meters} - self._numbers.keys()
        return self._numbers | _interned(writer, fresh) if fresh else self._numbers


def _interned(writer: sqlite3.Connection, meters: Iterable[str]) -> dict[str, int]:
    """Return the numbers of these meters, given out where they are new (another process may have)."""
    names = [(meter,) for meter in sorted(meters)]
    writer.executemany("INSERT OR IGNORE INTO series_meter (id) VALUES (?)", names)
    ask = "SELECT number FROM series_meter WHERE id = ?"
    return {name[0]: writer.execute(ask, name).fetchone()[0] for name in names}


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
