"""A plant as its file describes it: resources, processes, meters, variables, shifts, prices, factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from zoneinfo import ZoneInfo

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
class Source:
    """Many meters at once: one row for a topic pattern with {process} and {meter} placeholders."""

    rule: PayloadRule  # topic holds the pattern
    unit: Unit | None = None  # of undeclared meters; None = stored as sent
    max_meters: int = 5000  # undeclared meters taken at most


@dataclass(frozen=True, slots=True)
class Process:
    """An ISO 14051 quantity centre: where resources go in and product, and losses, come out."""

    id: str
    name: str
    feeds: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """A working shift in local time; `end` <= `start` runs over midnight."""

    name: str
    days: frozenset[int]  # 0 = Monday .. 6 = Sunday, the day on which the shift starts
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Detection:
    """What it takes to be a hotspot: the statistics' word, and an excess worth somebody's time."""

    min_cost_per_hour: float = 0.0  # plant currency; judged where a price is known
    min_excess_pct: float = 5.0  # of what was expected


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """Which history a first baseline learns from: these local dates, else all there is, a year at most."""

    period: tuple[date, date] | None = None  # inclusive local dates
    min_days: int = 14  # usable days below which no baseline is made


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

    def streams(self) -> tuple[tuple[str, str], ...]:
        """Return every (process, resource) pair that has a meter, sorted: the units of analysis."""
        return tuple(sorted({(meter.process, meter.resource) for meter in self.meters.values()}))

    def meters_of(self, process: str, resource: str) -> tuple[Meter, ...]:
        """Return the meters of one process and resource, by id."""
        found = (m for m in self.meters.values() if (m.process, m.resource) == (process, resource))
        return tuple(sorted(found, key=lambda meter: meter.id))
