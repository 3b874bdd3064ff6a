"""A plant as its file describes it: resources, processes, meters, variables, shifts, prices, factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from domain.acceptance import AcceptanceProfile
from domain.rule import MeterRule
from domain.silence import Matcher
from domain.units import Unit


class ResourceKind(StrEnum):
    """What a resource is; decides which balances it belongs to."""

    ENERGY = "energy"
    WATER = "water"
    MATERIAL = "material"


class MeterKind(StrEnum):
    """How a meter's values become consumption."""

    COUNTER = "counter"  # a register that only rises
    GAUGE = "gauge"  # a momentary rate, integrated over time
    DELTA = "delta"  # an amount per message


class Flow(StrEnum):
    """Which way what a meter measures goes, as its process sees it."""

    INPUT = "input"
    PRODUCT = "product"
    LOSS = "loss"  # waste, wastewater, scrap; the resource's price is what handling one unit of it costs


@dataclass(frozen=True, slots=True)
class TariffWindow:
    """A time-of-use window. Local plant time; `end` <= `start` runs over midnight; half-open."""

    name: str
    days: frozenset[int]  # 0 = Monday .. 6 = Sunday, the day on which the window starts
    start: time
    end: time
    amount: float  # currency per canonical unit


@dataclass(frozen=True, slots=True)
class Price:
    """What one canonical unit costs from a local date on, until the next price (or `to`, inclusive)."""

    start: date
    to: date | None
    amount: float  # currency per canonical unit, outside the windows
    windows: tuple[TariffWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """kg CO2e per canonical unit from a local date on, until the next factor (or `to`, inclusive)."""

    start: date
    to: date | None
    amount: float
    scope: int  # 1, 2 or 3
    source: str
    method: str = ""  # "location" or "market" for scope 2


@dataclass(frozen=True, slots=True)
class Resource:
    """Something a process uses and the plant pays for. `unit` is kWh, m3 or kg."""

    id: str
    name: str
    kind: ResourceKind
    unit: str
    prices: tuple[Price, ...] = ()  # sorted by start
    emission_factors: tuple[EmissionFactor, ...] = ()  # sorted by start


#: what a payload can be asked to be equal to
Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class PayloadRule:
    """How a message becomes a value: where it arrives and where in the payload value and time stand."""

    topic: str  # MQTT topic or filter; "" = the readings come by import or through a [[source]]
    format: str = "json"  # a key of ingest.payload.FORMATS
    value: str = "value"  # path inside the payload: "a.b[0].c"; a column number or name for csv
    time: str = ""  # path; "" = arrival time
    time_unit: str = "ms"  # s | ms | us | ns | iso
    scale: float = 1.0  # applied before the unit: value * scale + offset
    offset: float = 0.0
    seq: str = ""  # path of a number that the sender raises by one with each message; "" = there is none
    when: tuple[tuple[str, Scalar], ...] = ()  # path -> what must stand there; other messages are not for us
    partial: bool = False  # the device sends what changed: a message without the value is no fault
    records: str = ""  # path of a list, ending in [*]: each item is read by the paths above as one record
    broker: str = ""  # name of the broker that has the topic; "" = the first one


@dataclass(frozen=True, slots=True)
class Meter:
    """One instrument that measures one resource at one process."""

    id: str
    process: str
    resource: str
    kind: MeterKind
    unit: Unit
    rule: PayloadRule
    every_s: float | None = None  # expected cadence; None = not judged by silence
    rollover: float | None = None  # register size, canonical unit
    heating_value: float | None = None  # kWh per m3 or kg, where a volume or mass meter measures an energy
    zero_is_missing: bool = False  # an exact zero means "no data", never "nothing used"
    stamp: str = "start"  # delta: the payload's time is the "start" or the "end" of the amount's period
    flow: Flow = Flow.INPUT
    under: str = ""  # id of the main meter whose amount holds this one's too; "" = none
    accuracy_pct: float | None = None  # largest error of an amount, from the meter's class; None = not known
    rules: tuple[MeterRule, ...] = ()  # as written; others come on by themselves (analytics.rules.choice)


@dataclass(frozen=True, slots=True)
class Variable:
    """A relevant variable: what drives consumption (output, temperature, degree days ...)."""

    id: str
    kind: MeterKind
    unit: Unit
    rule: PayloadRule
    every_s: float | None = None
    rollover: float | None = None
    zero_is_missing: bool = False
    stamp: str = "start"


@dataclass(frozen=True, slots=True)
class SourceValue:
    """One of several values that the messages of a source carry, each of them a meter of its own."""

    name: str  # {value} in the meter's id
    path: str  # inside the payload
    unit: Unit  # as the device sends it; goes before the unit of a declared meter
    kind: MeterKind
    scale: float = 1.0
    offset: float = 0.0
    field: str = ""  # what the topic's {field} says where this value is meant; "" = whatever it says


@dataclass(frozen=True, slots=True)
class Source:
    """Many meters at once: one row for a topic pattern with {process}, {meter} and other placeholders."""

    rule: PayloadRule  # topic holds the pattern
    unit: Unit | None = None  # of undeclared meters; None = stored as sent
    max_meters: int = 5000  # undeclared meters taken at most
    values: tuple[SourceValue, ...] = ()  # empty: one value, the rule's
    meter: str = ""  # template of a meter's id; "" = process, meter and value, as far as there are any
    meter_path: str = ""  # where the payload itself names {meter}; "" = the topic does


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
