"""What measures: meters, relevant variables, whole sources of them, and how their messages are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.rule import MeterRule
from domain.units import Unit


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
