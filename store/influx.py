"""The InfluxDB series store: 1.x (v1), 2.x (v2), and 3 (v3: written, but untested on a real server).

What was tested where: v1 on influxd 1.6.7; the v2 write path through influxdb-client's WriteApi on the
same engine behind a proxy that maps /api/v2/write; the other answers of 2.x and 3 as their source gives
them (test_influx_answers.py, test_influx_batches.py and test_influx_3.py in tests/store).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

import polars as pl

from domain.errors import StoreError
from domain.ports import Appended
from domain.reading import Reading
from store.frames import CONSUMPTION, LAST_KEPT, READINGS, checked_consumption, checked_intervals, instant_us
from store.influx_append import checked
from store.influx_http import Address, Dialect, is_local
from store.influx_lines import consumption_lines, interval_lines
from store.influx_points import ReadingLines
from store.influx_query import identifier
from store.influx_read import InfluxReader
from store.influx_v3 import SqlReader
from store.influx_write import InfluxWriter
from store.readings import FIRST_US, LAST_US, name_problem, sift

_NOT_THERE = re.compile(r"not found|does not exist", re.IGNORECASE)
#: how often it is asked whether `init` has made the place of intervals and consumption [s]
_ASK_AGAIN_S = 300.0


class Place:
    """One database, bucket or retention policy: a writer and a reader."""

    def __init__(self, address: Address, write_token: str, read_token: str) -> None:
        self.writer = InfluxWriter(address, write_token)
        reader = SqlReader if address.dialect == "v3" else InfluxReader
        self.reader: InfluxReader | SqlReader = reader(address, read_token or write_token)

    def write(self, lines: Sequence[str]) -> None:
        """Keep lines that we made ourselves; one that is refused is an error."""
        if refused := self.writer.write(lines):
            index, words = refused[0]
            raise StoreError(
                f"{len(refused)} intervals refused, first {lines[index]!r}: {words}", retryable=False
            )

    def is_there(self) -> bool:
        """Return whether the server has this place; what else is wrong is raised."""
        try:
            self.reader.probe()
        except StoreError as error:
            if _NOT_THERE.search(str(error)):
                return False
            raise
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self.writer.close()
        self.reader.close()


class InfluxSeries:
    """Readings, consumption and judged intervals in InfluxDB; safe for several threads.

    Measurements: `reading` (tag meter; field value), and beside them, where they outlive the readings,
    `interval` (tags process, resource) and `consumption` (tag meter). See store.influx_lines.

    Args:
        url: of the server, without a path.
        dialect: "v1" (InfluxQL 1.x), "v2" (2.x, 1.8) or "v3" (3 Core; untested).
        database: of v2 the bucket, which is reachable by InfluxQL under its own name.
        org: v2 only.
        username, password: v1 only.
        write_token, read_token: v2 and v3; two tokens, so that pages cannot write.
        timeout_s: how long a silent server is waited for [s].
        packed: whether bodies are gzipped; None: when the server is another machine.
        keep_raw_s: how long readings are kept once `init` has set that up [s]; None: for ever.

    Raises:
        StoreError: not retryable; `url` is no address. Nothing is connected to yet.
    """

    def __init__(
        self,
        url: str,
        dialect: Dialect,
        database: str,
        *,
        org: str = "",
        username: str = "",
        password: str = "",
        write_token: str = "",
        read_token: str = "",
        timeout_s: float = 10.0,
        packed: bool | None = None,
        keep_raw_s: float | None = None,
    ) -> None:
        packed = not is_local(url) if packed is None else packed
        self._address = checked(
            Address(url.rstrip("/"), dialect, database, org, username, password, timeout_s, packed)
        )
        self._lines = ReadingLines()
        self._keep_raw_s = keep_raw_s
        self._raw = Place(self._address, write_token, read_token)
        self._kept = Place(self._address.beside(), write_token, read_token)
        self._kept_asked = -_ASK_AGAIN_S
        self._kept_is_there = False

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings; see `SeriesStore.append`."""
        kept, refused = sift(readings)
        refused += [(kept[index], words) for index, words in self._raw.writer.write(self._lines.of(kept))]
        return Appended(len(readings) - len(refused), tuple(refused))

    def read(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return readings in [start, end); see `SeriesStore.read`."""
        names, window = _askable(meters), (instant_us(start), instant_us(end))
        found = self._raw.reader.readings(names, *window) if names else READINGS.to_frame()
        return found.sort("meter", "time")

    def last(self, meters: Sequence[str], before: datetime | None = None) -> pl.DataFrame:
        """Return each meter's latest reading; see `SeriesStore.last`."""
        names, limit = _askable(meters), LAST_US + 1 if before is None else instant_us(before)
        found = self._raw.reader.last(names, FIRST_US, limit) if names else READINGS.to_frame()
        return found.sort("meter")

    def append_intervals(self, frame: pl.DataFrame) -> None:
        """Keep judged intervals; see `SeriesStore.append_intervals`."""
        self._lasting().write(interval_lines(checked_intervals(frame)))

    def read_intervals(self, process: str, resource: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return judged intervals; see `SeriesStore.read_intervals`."""
        return self._lasting().reader.intervals(process, resource, instant_us(start), instant_us(end))

    def append_consumption(self, frame: pl.DataFrame) -> None:
        """Keep consumption per meter; see `SeriesStore.append_consumption`."""
        self._lasting().write(consumption_lines(checked_consumption(frame)))

    def read_consumption(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return kept consumption; see `SeriesStore.read_consumption`."""
        names, window = _askable(meters), (instant_us(start), instant_us(end))
        found = self._lasting().reader.consumption(names, *window) if names else CONSUMPTION.to_frame()
        return found.sort("meter", "start")

    def last_consumption(self, meters: Sequence[str]) -> pl.DataFrame:
        """Return each meter's latest kept interval; see `SeriesStore.last_consumption`."""
        names, window = _askable(meters), (FIRST_US, LAST_US + 1)
        found = self._lasting().reader.last_consumption(names, *window) if names else LAST_KEPT.to_frame()
        return found.sort("meter")

    def readings_since(self, now: datetime) -> datetime | None:
        """Return where the retention that `init` has set up ends; see `SeriesStore.readings_since`."""
        if self._keep_raw_s is None or self._lasting() is not self._kept:
            return None
        return now - timedelta(seconds=self._keep_raw_s)

    def forget(self, now: datetime) -> int:  # noqa: ARG002 -- the port's signature
        """The server deletes by itself; see `SeriesStore.forget`."""
        return 0

    def bring_intervals(self, process: str, resource: str, *, dry_run: bool) -> int:
        """Copy judged intervals that were written before there was a place for them; return how many."""
        asked = (process, resource, FIRST_US, LAST_US + 1)
        old = self._raw.reader.intervals(*asked)
        there = self._lasting() is self._kept
        known = self._kept.reader.intervals(*asked) if there else old.clear()
        fresh = old.join(known, on="start", how="anti")
        if fresh.height and there and not dry_run:
            self._kept.write(interval_lines(fresh))
        return fresh.height

    def _lasting(self) -> Place:
        """Return where intervals and consumption are: beside the readings once `init` has made the place.

        Before that, they are among the readings, as they always were; so it is asked now and again.
        """
        if not self._kept_is_there and monotonic() - self._kept_asked > _ASK_AGAIN_S:
            self._kept_is_there = self._kept.is_there()
            self._kept_asked = monotonic()
        return self._kept if self._kept_is_there else self._raw

    def ask_for_place_again(self) -> None:
        """Look for the place of intervals and consumption at the next use: it has just been made."""
        self._kept_asked = -_ASK_AGAIN_S

    def ensure_database(self) -> None:
        """Make the database if it is not there (v1; for development and tests: it takes an admin there).

        What a plant needs is made by `wastenot init` (store.influx_setup).
        """
        if isinstance(self._raw.reader, InfluxReader) and self._address.dialect == "v1":
            self._raw.reader.command(f"CREATE DATABASE {identifier(self._address.database)}")

    def ping(self) -> None:
        """Return if the database can be read with our credentials; see `SeriesStore.ping`."""
        self._raw.reader.probe()

    def close(self) -> None:
        """Let go of the connections."""
        for place in (self._raw, self._kept):
            place.close()


def _askable(meters: Sequence[str]) -> list[str]:
    """Return the distinct ids that the store can hold, sorted; it has nothing of the others."""
    return sorted(meter for meter in {*meters} if not name_problem(meter))
