"""A series store in memory: for history that is looked at once (backtest) and for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl

from domain.ports import Appended
from domain.reading import Reading
from store.frames import (
    CONSUMPTION,
    INTERVALS,
    LAST_KEPT,
    READINGS,
    checked_consumption,
    checked_intervals,
    instant_us,
)
from store.readings import sift


class MemorySeries:
    """Keeps one sorted frame per meter, and one per process and resource. Not for a running plant."""

    def __init__(self) -> None:
        self._meters: dict[str, pl.DataFrame] = {}
        self._intervals: dict[tuple[str, str], pl.DataFrame] = {}
        self._consumption = pl.DataFrame(schema=CONSUMPTION)

    def load(self, frame: pl.DataFrame) -> None:
        """Keep a whole frame of readings (meter, time, value) at once; the same pair again replaces."""
        for (meter,), part in frame.select(list(READINGS)).cast(READINGS).group_by("meter"):
            name = str(meter)
            known = self._meters.get(name, pl.DataFrame(schema=READINGS))
            self._meters[name] = pl.concat([known, part]).unique("time", keep="last").sort("time")

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings; see the port."""
        kept, refused = sift(readings)
        rows = [(reading.meter, reading.time_us, reading.value) for reading in kept]
        self.load(pl.DataFrame(rows, schema=READINGS, orient="row"))
        return Appended(len(kept), tuple(refused))

    def read(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return readings in [start, end); see the port."""
        return self._pick(meters, lambda part: _between(part, "time", start, end))

    def last(self, meters: Sequence[str], before: datetime | None = None) -> pl.DataFrame:
        """Return each meter's latest reading before `before`; see the port."""

        def latest(part: pl.DataFrame) -> pl.DataFrame:
            end = part.height if before is None else _place(part["time"], before)
            return part[max(end - 1, 0) : end]

        return self._pick(meters, latest)

    def _pick(self, meters: Sequence[str], choose: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
        parts = [choose(self._meters[name]) for name in sorted(set(meters)) if name in self._meters]
        return pl.concat([pl.DataFrame(schema=READINGS), *parts])

    def append_intervals(self, frame: pl.DataFrame) -> None:
        """Keep judged intervals; see the port."""
        for (process, resource), part in checked_intervals(frame).group_by("process", "resource"):
            key = (str(process), str(resource))
            known = self._intervals.get(key, pl.DataFrame(schema=INTERVALS))
            self._intervals[key] = pl.concat([known, part]).unique("start", keep="last").sort("start")

    def read_intervals(self, process: str, resource: str, start: datetime, end: datetime) -> pl.DataFrame:
        """Return judged intervals; see the port."""
        known = self._intervals.get((process, resource), pl.DataFrame(schema=INTERVALS))
        return _between(known, "start", start, end)

    def append_consumption(self, frame: pl.DataFrame) -> None:
        """Keep consumption per meter; see the port."""
        together = pl.concat([self._consumption, checked_consumption(frame)])
        self._consumption = together.unique(["meter", "start"], keep="last").sort("meter", "start")

    def read_consumption(self, meters: Sequence[str], start: datetime, end: datetime) -> pl.DataFrame:
        """Return kept consumption; see the port."""
        at = pl.col("start").to_physical()
        inside = (at >= instant_us(start)) & (at < instant_us(end))
        return self._consumption.filter(pl.col("meter").is_in([*meters]) & inside)

    def last_consumption(self, meters: Sequence[str]) -> pl.DataFrame:
        """Return the start of each meter's latest kept interval; see the port."""
        asked = self._consumption.filter(pl.col("meter").is_in([*meters]))
        return asked.group_by("meter").agg(pl.col("start").max()).cast(LAST_KEPT).sort("meter")

    def readings_since(self, now: datetime) -> datetime | None:  # noqa: ARG002 -- the port's signature
        """Memory has no retention."""
        return None

    def forget(self, now: datetime) -> int:  # noqa: ARG002 -- the port's signature
        """Memory has no retention."""
        return 0

    def ping(self) -> None:
        """Memory always answers."""

    def close(self) -> None:
        """Forget everything."""
        self._meters.clear()
        self._intervals.clear()
        self._consumption = self._consumption.clear()


def _between(frame: pl.DataFrame, column: str, start: datetime, end: datetime) -> pl.DataFrame:
    """Return the rows of a sorted frame with start <= column < end."""
    return frame[_place(frame[column], start) : _place(frame[column], end)]


def _place(times: pl.Series, at: datetime) -> int:
    """Return how many of the sorted instants are before `at`."""
    return int(times.to_physical().search_sorted(instant_us(at), side="left"))
