"""What a plant's streams strayed by on each local day, so that a stream can be told what the others did.

Kept in memory while streams are judged, from the intervals as they are judged, and as many days of each
stream as a judge remembers; after a restart the running day is read once from the series store. What a judge
was told it remembers itself (`drift.common`), so that judging again needs nothing of this.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import polars as pl

from analytics.calendar import local_day
from analytics.consumption.instants import epoch_us
from analytics.drift.common import Common
from analytics.drift.limits import KEEP_COMMONS, MIN_DAY_HOURS
from domain.consumption import USABLE
from domain.plant import Plant
from domain.ports import SeriesStore

#: other streams that must know a day before it is said what is common: fewer have no middle
LEAST_OTHERS = 4
#: later than any interval, and within what every store can tell
FOREVER = datetime(2200, 1, 1, tzinfo=UTC)

Pair = tuple[str, str]


@dataclass(slots=True)
class Day:
    """One stream's local day so far."""

    hours: float = 0.0
    expected: float = 0.0  # [unit]
    excess: float = 0.0  # [unit]

    @property
    def share(self) -> float | None:
        """Return the excess as a share of the expected; None: too little is known."""
        known = self.hours >= MIN_DAY_HOURS and self.expected > 0.0
        return self.excess / self.expected if known else None


@dataclass(slots=True)
class CommonDays:
    """The latest days of every stream that was judged since this began."""

    plant: Plant
    store: SeriesStore
    _days: dict[Pair, dict[datetime, Day]] = field(default_factory=dict)

    def told(self, pair: Pair, others: Iterable[Pair], start: datetime, end: datetime) -> Common:
        """Return what is common to the other streams on the local days that end in [start, end).

        Args:
            pair: process and resource of the stream that is to be judged over [start, end).
            others: every stream of the plant; it is left out itself.

        Raises:
            StoreError: the store cannot be read.
        """
        self._meet(pair, start, start)
        days = _days_ending(start, end, self.plant)
        if not days:
            return Common()
        peers = [other for other in others if other != pair]
        for other in peers:
            self._meet(other, start, FOREVER)
        told = {day: self._middle(peers, day) for day in days}
        return Common.of((epoch_us(day), share) for day, share in told.items() if share is not None)

    def note(self, pair: Pair, judged: pl.DataFrame) -> None:
        """Add intervals that were judged, each once.

        Args:
            judged: EXCESS frame of a stream that was told before.
        """
        _add(self._days[pair], judged, self.plant)
        _forget(self._days[pair])

    def _meet(self, pair: Pair, start: datetime, end: datetime) -> None:
        """The first time, read what was judged of a stream, from the day before `start` on."""
        if pair not in self._days:
            begin = local_day(start.astimezone(self.plant.timezone).date() - timedelta(days=1), self.plant)
            known = self.store.read_intervals(*pair, begin, end)
            self._days[pair] = {}
            _add(self._days[pair], known, self.plant)

    def _middle(self, peers: Iterable[Pair], day: datetime) -> float | None:
        """Return the median share of the streams that know a day; None: too few do."""
        known = [days[day].share for peer in peers if day in (days := self._days[peer])]
        return _middle_of(share for share in known if share is not None)


def strayed(judged: Iterable[pl.DataFrame], plant: Plant) -> dict[datetime, float]:
    """Return the share of the expected by which a stream strayed on each local day that says enough.

    Args:
        judged: EXCESS frames of the stream, in order of time.
        plant: time zone and interval.
    """
    days: dict[datetime, Day] = {}
    for frame in judged:
        _add(days, frame, plant)
    return {day: share for day, one in days.items() if (share := one.share) is not None}


def common_of(strays: Mapping[Pair, Mapping[datetime, float]]) -> dict[Pair, Common]:
    """Return what each stream is told of the others where all days of all are known beforehand.

    Args:
        strays: of every stream of the plant, see `strayed`.
    """
    known: dict[datetime, dict[Pair, float]] = {}
    for pair, shares in strays.items():
        for day, share in shares.items():
            known.setdefault(day, {})[pair] = share
    told: dict[Pair, list[tuple[int, float]]] = {pair: [] for pair in strays}
    for day, of_pair in known.items():
        ordered = sorted(of_pair.values())
        for pair, days in told.items():
            middle = _middle_of(_without(ordered, of_pair.get(pair)))
            if middle is not None:
                days.append((epoch_us(day), middle))
    return {pair: Common.of(days) for pair, days in told.items()}


def _middle_of(shares: Iterable[float]) -> float | None:
    """Return the median; None: too few streams know the day."""
    known = list(shares)
    return median(known) if len(known) >= LEAST_OTHERS else None


def _without(ordered: list[float], share: float | None) -> list[float]:
    """Return sorted shares without one of them; None: all of them."""
    if share is None:
        return ordered
    place = bisect_left(ordered, share)
    return ordered[:place] + ordered[place + 1 :]


def _add(days: dict[datetime, Day], judged: pl.DataFrame, plant: Plant) -> None:
    """Add usable intervals to their local days, in their order: the same bits on any number of cores."""
    usable = pl.col("quality").is_in([str(q) for q in USABLE]) & pl.col("excess").is_finite()
    start = pl.col("start").dt.convert_time_zone(str(plant.timezone)).dt.truncate("1d")
    sums = (
        judged.filter(usable.fill_null(value=False))
        .group_by(start.dt.convert_time_zone("UTC").alias("day"), maintain_order=True)
        .agg(pl.len(), pl.col("expected", "excess").sum())
    )
    for day, count, expected, excess in sums.iter_rows():
        one = days.setdefault(day.astimezone(UTC), Day())
        one.hours += count * plant.interval_s / 3600.0
        one.expected += expected
        one.excess += excess


def _forget(days: dict[datetime, Day]) -> None:
    """Leave a stream's latest days, as many as a judge remembers."""
    if len(days) > KEEP_COMMONS:
        for day in sorted(days)[:-KEEP_COMMONS]:
            del days[day]


def _days_ending(start: datetime, end: datetime, plant: Plant) -> list[datetime]:
    """Return the beginnings of the local days whose ends lie in [start, end)."""
    first = start.astimezone(plant.timezone).date() - timedelta(days=1)
    count = (end.astimezone(plant.timezone).date() - first).days
    midnights = [local_day(first + timedelta(days=number), plant) for number in range(count + 1)]
    return [begin for begin, over in pairwise(midnights) if start <= over < end]
