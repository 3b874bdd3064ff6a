"""The InfluxDB series store: 1.x (v1), 2.x (v2), and 3 (v3: written, but untested on a real server).

What was tested where: v1 on influxd 1.6.7; the v2 write path through influxdb-client's WriteApi on the
same engine behind a proxy that maps /api/v2/write; the other answers of 2.x and 3 as their source gives
them (tests/store/test_influx_answers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import polars as pl

from domain.errors import StoreError
from domain.ports import Appended
from domain.reading import Reading
from store.frames import READINGS, checked_intervals, instant_us
from store.influx_http import Address, Dialect, is_local
from store.influx_lines import interval_lines, reading_lines
from store.influx_read import InfluxReader
from store.influx_v3 import SqlReader
from store.influx_write import InfluxWriter
from store.readings import FIRST_US, LAST_US, name_problem, sift


class InfluxSeries:
    """Readings and judged intervals in an InfluxDB database; safe for several threads.

    Measurements: `reading` (tag meter; field value) and `interval` (tags process, resource; fields
    actual, expected, excess, cost, kg_co2e, quality, known). See store.influx_lines.

    Args:
        url: of the server, without a path.
        dialect: "v1" (InfluxQL 1.x), "v2" (2.x, 1.8) or "v3" (3 Core; untested).
        database: of v2 the bucket, which is reachable by InfluxQL under its own name.
        org: v2 only.
        username, password: v1 only.
        write_token, read_token: v2 and v3; two tokens, so that pages cannot write.
        timeout_s: how long a silent server is waited for [s].
        packed: whether bodies are gzipped; None: when the server is another machine.

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
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise StoreError("the InfluxDB address must be http://host or https://host", retryable=False)
        packed = not is_local(url) if packed is None else packed
        self._address = Address(
            url.rstrip("/"), dialect, database, org, username, password, timeout_s, packed
        )
        self._writer = InfluxWriter(self._address, write_token)
        self._reader = (SqlReader if dialect == "v3" else InfluxReader)(
            self._address, read_token or write_token
        )

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings; see `SeriesStore.append`."""
        kept, refused = sift(readings)
        refused += [(kept[index], words) for index, words in self._writer.write(reading_lines(kept))]
        return Appended(len(readings) - len(refused), tuple(refused))

    def read(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return readings in [start, end); see `SeriesStore.read`."""
        names, window = _askable(meters), (instant_us(start), instant_us(end))
        found = self._reader.readings(names, *window) if names else READINGS.to_frame()
        return found.sort("meter", "time")

    def last(self, meters: Sequence[str], before: datetime | None = None) -> pl.DataFrame:
        """Return each meter's latest reading; see `SeriesStore.last`."""
        names, limit = _askable(meters), LAST_US + 1 if before is None else instant_us(before)
        found = self._reader.last(names, FIRST_US, limit) if names else READINGS.to_frame()
        return found.sort("meter")

    def append_intervals(self, frame: pl.DataFrame) -> None:
        """Keep judged intervals; see `SeriesStore.append_intervals`."""
        lines = interval_lines(checked_intervals(frame))
        if refused := self._writer.write(lines):
            index, words = refused[0]
            raise StoreError(
                f"{len(refused)} intervals refused, first {lines[index]!r}: {words}", retryable=False
            )

    def read_intervals(self, process: str, resource: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return judged intervals; see `SeriesStore.read_intervals`."""
        return self._reader.intervals(process, resource, instant_us(start), instant_us(end))

    def ensure_database(self) -> None:
        """Make the database if it is not there (v1; for development and tests: it takes an admin there).

        v2 buckets are made with a token that we never hold; v3 makes a database at the first write.
        """
        if isinstance(self._reader, InfluxReader) and self._address.dialect == "v1":
            quoted = self._address.database.replace("\\", "\\\\").replace('"', '\\"')
            self._reader.command(f'CREATE DATABASE "{quoted}"')

    def ping(self) -> None:
        """Return if the database can be read with our credentials; see `SeriesStore.ping`."""
        self._reader.probe()

    def close(self) -> None:
        """Let go of the connections."""
        self._writer.close()
        self._reader.close()


def _askable(meters: Sequence[str]) -> list[str]:
    """Return the distinct ids that the store can hold, sorted; it has nothing of the others."""
    return sorted(meter for meter in {*meters} if not name_problem(meter))
