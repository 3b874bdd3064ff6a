"""A plant as its file describes it: processes, shifts, maintenance, and the rules it is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from zoneinfo import ZoneInfo

from domain.acceptance import AcceptanceProfile
from domain.meter import Meter, Source, Variable
from domain.resource import Resource
from domain.silence import Matcher


@dataclass(frozen=True, slots=True)
class Process:
    """An ISO 14051 quantity centre: where resources go in and product, and losses, come out."""

    id: str
    name: str
    feeds: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    baseline_profile: AcceptanceProfile | None = None  # None = the plant's
    output: tuple[str, ...] = ()  # variables that say how much it made; empty: those of `variables` that can
    stock: tuple[str, ...] = ()  # variables (gauges of kg or m3) that say how much lies in it
    feed_shares: tuple[tuple[str, float], ...] = ()  # of its product, to each process that it feeds
    system_cost_per_hour: float | None = None  # labour, upkeep, depreciation [currency]; None = not known
    waste_cost: float | None = None  # handling what is lost without a meter [currency per canonical unit]


@dataclass(frozen=True, slots=True)
class Shift:
    """A working shift in local time; `end` <= `start` runs over midnight."""

    name: str
    days: frozenset[int]  # 0 = Monday .. 6 = Sunday, the day on which the shift starts
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A planned stretch of work, in local time, in which matching alerts are told to nobody.

    On the `days` of the week, or on the local `dates` (inclusive) where they are given.
    """

    name: str
    matchers: tuple[Matcher, ...]  # none = the whole plant
    start: time
    end: time  # at or before `start`: of the next day
    days: frozenset[int] = frozenset(range(7))  # 0 = Monday .. 6 = Sunday
    dates: tuple[date, date] | None = None

    def falls_on(self, day: date) -> bool:
        """Return whether the window begins on a local day."""
        if self.dates is not None and not self.dates[0] <= day <= self.dates[1]:
            return False
        return day.weekday() in self.days


@dataclass(frozen=True, slots=True)
class SeverityBands:
    """From what on a hotspot is a warning, and from what critical; None = by the plant's own threshold.

    Money is the plant's currency; the rest is since the hotspot's onset.
    """

    warning_per_hour: float | None = None
    critical_per_hour: float | None = None
    warning_total: float | None = None
    critical_total: float | None = None
    warning_after_s: float | None = None
    critical_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """What it takes to be a hotspot: the statistics' word, and an excess worth somebody's time."""

    min_cost_per_hour: float = 0.0  # plant currency; judged where a price is known
    min_excess_pct: float = 3.0  # of what was expected
    false_per_year: float = 1.0  # hotspots per process and resource and year that may be false
    #: an excess that lasts longer, twice as long when people called it right, is a standing loss; 0 = never
    standing_days: float = 14.0


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """Which history a first baseline learns from: these local dates, else all there is, a year at most.

    A profile that is named binds: a baseline that fails it is proposed and not judged by, until a person
    approves it with force, or `judge_failed` says to go on. Where none is named, ASHRAE 14 for hourly data
    is only reported.
    """

    period: tuple[date, date] | None = None  # inclusive local dates
    min_days: int = 14  # usable days below which no baseline is made
    profile: AcceptanceProfile | None = None  # None = ashrae14-hourly, which does not bind
    judge_failed: bool = False  # judge by baselines that fail a profile that binds, too
    max_age_days: int = 365  # days after the period's end from which on a new baseline is proposed
    provisional: bool = True  # expect something from the third day on, until there is a first baseline


@dataclass(frozen=True, slots=True)
class BalanceRule:
    """When a balance that does not close is worth telling."""

    max_closure_pct: float = 5.0  # of what came in


@dataclass(frozen=True, slots=True)
class Plant:
    """A whole plant, checked: every id that is named exists, every unit fits, every table key is unique."""

    name: str
    timezone: ZoneInfo
    country: str  # ISO 3166 alpha-2, for public holidays
    currency: str  # ISO 4217
    language: str  # "vi" or "en"
    interval_s: int  # 60 .. 3600, divides an hour
    resources: dict[str, Resource]
    processes: dict[str, Process]
    meters: dict[str, Meter]
    variables: dict[str, Variable] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    shifts: tuple[Shift, ...] = ()
    closed: tuple[tuple[date, date], ...] = ()  # inclusive local dates
    subdivision: str = ""  # ISO 3166-2 part, for regional holidays
    extra_holidays: frozenset[date] = frozenset()
    not_holidays: frozenset[date] = frozenset()
    detection: Detection = Detection()
    baseline: BaselineRule = BaselineRule()
    severity: SeverityBands = SeverityBands()
    maintenance: tuple[Maintenance, ...] = ()
    balance: BalanceRule = BalanceRule()

    def streams(self) -> tuple[tuple[str, str], ...]:
        """Return every (process, resource) pair that has a meter, sorted: the units of analysis."""
        return tuple(sorted({(meter.process, meter.resource) for meter in self.meters.values()}))

    def profile_of(self, process: str) -> AcceptanceProfile:
        """Return the acceptance profile of a process's baselines."""
        own = self.processes[process].baseline_profile or self.baseline.profile
        return own or AcceptanceProfile.ASHRAE14_HOURLY

    def profile_binds(self, process: str) -> bool:
        """Return whether a baseline that fails its profile is not judged by: where the plant names one."""
        named = self.processes[process].baseline_profile or self.baseline.profile
        return named is not None and not self.baseline.judge_failed

    def meters_of(self, process: str, resource: str) -> tuple[Meter, ...]:
        """Return the meters of one process and resource, by id."""
        found = (m for m in self.meters.values() if (m.process, m.resource) == (process, resource))
        return tuple(sorted(found, key=lambda meter: meter.id))
