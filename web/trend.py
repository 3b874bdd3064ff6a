"""What the page about one stream over a span shows: records; None = unknown, never zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from web.span import Span


@dataclass(frozen=True, slots=True)
class Curve:
    """Use over time, as many points as fit: columns of equal length, one entry for each `step` seconds.

    Rates are `unit` per hour. `mean`, `least` and `most` are of the known intervals in a step; a step of
    which nothing is known is null. `low` and `high` are where nine out of ten single intervals lie when
    nothing is wrong.
    """

    unit: str  # per hour
    step: int  # [s]
    at: Sequence[int]  # begin of each step, seconds since 1970
    mean: Sequence[float | None]
    least: Sequence[float | None]
    most: Sequence[float | None]
    expected: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    previous: Sequence[float | None]  # of the same local time in the span before; empty = not asked for


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day, some days, or all: sums over what is known, amounts in the stream's unit."""

    first: date
    last: date  # included
    actual: float | None
    expected: float | None  # of the intervals in which actual is known too
    excess: float | None
    cost: float | None  # of the excess [plant currency]
    kg_co2e: float | None
    n: int  # intervals in which the excess is known
    known: int  # intervals in which actual is known
    intervals: int  # that were asked for and have happened
    total: float | None = None  # running sum of the excess
    total_cost: float | None = None

    @property
    def covered_pct(self) -> int | None:
        """Return in how much of the time actual is known [whole per cent]; 100 only where nothing misses."""
        return 100 * self.known // self.intervals if self.intervals else None

    @property
    def excess_pct(self) -> float | None:
        """Return the excess in per cent of what was expected."""
        return 100.0 * self.excess / self.expected if self.excess is not None and self.expected else None


@dataclass(frozen=True, slots=True)
class Slope:
    """A straight stretch of the running sum of the excess."""

    since: datetime  # estimated to the interval; without a change the first day that was looked at
    is_change: bool  # before it there was another
    until: date  # last known day
    days: int  # that are known
    per_day: float  # unit
    half_width: float | None  # of the 90 % interval of per_day; None = not known
    cost_per_day: float | None

    @property
    def is_even(self) -> bool:
        """Return whether it may as well be zero."""
        return self.half_width is not None and abs(self.per_day) <= self.half_width


@dataclass(frozen=True, slots=True)
class Sums:
    """The running sum of the excess: columns of equal length, at the end of each step."""

    at: Sequence[int]  # seconds since 1970
    unit: Sequence[float | None]
    cost: Sequence[float | None]
    slopes: Sequence[Slope]
    known_days: int  # of the days that slopes were looked for in


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A local day, or the mean of some: excess per hour for each hour of the day."""

    first: date
    last: date
    cells: Sequence[float | None]  # 24; [unit or currency per hour]
    asked: Sequence[bool]  # 24; False: no such hour, or not in the filter, or still to come


@dataclass(frozen=True, slots=True)
class AlertSpan:
    """A stretch that was, or is, a hotspot."""

    since: datetime
    until: datetime
    is_open: bool
    alert: str  # fingerprint of its alert; "" = it never had one
    excess_per_hour: float
    cost_per_hour: float | None


@dataclass(frozen=True, slots=True)
class Judge:
    """By what the stream is judged now."""

    version: int  # 0 = there is no baseline
    model: str
    is_provisional: bool
    has_band: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """One stream over a span."""

    unit: str
    currency: str
    interval_s: int
    judged_until: datetime | None  # end of the last judged interval; None = none of the span is
    whole: Stretch
    before: Stretch | None  # the span before, as far as this one has happened; None = not asked for
    curve: Curve
    sums: Sums
    days: Sequence[Stretch]
    heat: Sequence[HeatRow]
    hotspots: Sequence[AlertSpan]
    judge: Judge


class CurveOf(Protocol):
    """Returns the curve of a part of a span, with as many points as there are pixels, at most."""

    def __call__(self, span: Span, start: datetime, end: datetime, pixels: int) -> Curve: ...


@dataclass(frozen=True, slots=True)
class Trends:
    """What the page and the API ask."""

    whole: Callable[[Span, bool], Trend]  # True: the heat map in money
    curve: CurveOf
    days: Callable[[Span], Sequence[Stretch]]
    slopes: Callable[[Span], Sequence[Slope]]
    heat: Callable[[Span, bool], Sequence[HeatRow]]  # every day its own row
