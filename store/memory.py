"""A series store in memory: for history that is looked at once (backtest) and for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl

from domain.ports import Appended
from domain.reading import Reading
from store.frames import INTERVALS, READINGS, checked_intervals, instant_us
from store.readings import sift


class MemorySeries:
    """Keeps one sorted frame per meter, and one per process and resource. Not for a running plant."""

    def __init__(self) -> None:
        self._meters: dict[str, pl.DataFrame] = {}
        self._intervals: dict[tuple[str, str], pl.DataFrame] = {}

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

    def ping(self) -> None:
        """Memory always answers."""

    def close(self) -> None:
        """Forget everything."""
        self._meters.clear()
        self._intervals.clear()


def _between(frame: pl.DataFrame, column: str, start: datetime, end: datetime) -> pl.DataFrame:
    """Return the rows of a sorted frame with start <= column < end."""
    return frame[_place(frame[column], start) : _place(frame[column], end)]


def _place(times: pl.Series, at: datetime) -> int:
    """Return how many of the sorted instants are before `at`."""
    return int(times.to_physical().search_sorted(instant_us(at), side="left"))
