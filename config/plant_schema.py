"""The plant file as it is written: one class per table, one line per key.

A key added here is read, checked and suggested at once; what it means to the product is decided in
plant_build.py. Keys that must be there are listed in `required`, with what to write.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from config.dates import EVERY_DAY
from config.durations import parse_duration, parse_interval
from config.places import parse_country, parse_currency, parse_time_zone
from config.plant_values import (
    Amount,
    Condition,
    Day,
    Days,
    End,
    Figure,
    Format,
    Id,
    Kind,
    MatcherText,
    Name,
    Offset,
    PayloadPath,
    Positive,
    Scale,
    Seconds,
    Share,
    Start,
    Text,
    UnitName,
    Weekdays,
    parse_rule_kind,
)
from config.salvage import Row
from config.topics import parse_filter, parse_pattern
from domain.rule import RuleKind

Profile = Literal["doe-sep", "ipmvp", "ashrae14-hourly", "ashrae14-monthly"]
_WRITE_DATE = 'write a date, such as from = "2026-01-01"'
_WRITE_AMOUNT = "write a number: an amount per canonical unit (kWh, m3 or kg)"
_WRITE_CLOCK = 'write a time of day, such as "06:00"'
_WRITE_UNIT = 'write its unit, such as "kWh", "m3" or "kg"'


class PlantTable(Row):
    """[plant]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write the plant's name",
        "timezone": 'write an IANA time zone, such as "Asia/Ho_Chi_Minh"',
        "country": 'write the ISO 3166 code of the country whose public holidays count, such as "VN"',
        "currency": 'write an ISO 4217 code, such as "VND"',
    }
    name: Text | None = None
    timezone: Annotated[str, AfterValidator(parse_time_zone)] | None = None
    country: Annotated[str, AfterValidator(parse_country)] | None = None
    subdivision: str = ""
    currency: Annotated[str, AfterValidator(parse_currency)] | None = None
    language: Literal["vi", "en"] = "en"
    interval: Annotated[int, BeforeValidator(parse_interval)] = 900
    closed: list[Days] = Field(default_factory=list)
    extra_holidays: list[Day] = Field(default_factory=list)
    not_holidays: list[Day] = Field(default_factory=list)


class ShiftRow(Row):
    """[[shift]]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write the shift's name",
        "start": _WRITE_CLOCK,
        "end": _WRITE_CLOCK,
    }
    name: Text | None = None
    days: Weekdays = EVERY_DAY
    start: Start | None = None
    end: End | None = None


class WindowRow(Row):
    """[[resource.price.window]]: a time of use with a price of its own."""

    required: ClassVar[dict[str, str]] = {
        "name": 'write its name, such as "peak"',
        "start": _WRITE_CLOCK,
        "end": _WRITE_CLOCK,
        "amount": _WRITE_AMOUNT,
    }
    name: Text | None = None
    days: Weekdays = EVERY_DAY
    start: Start | None = None
    end: End | None = None
    amount: Amount | None = None


class DatedRow(Row):
    """The keys of what is in force from one local date on."""

    start: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    amount: Amount | None = None


class PriceRow(DatedRow):
    """[[resource.price]]."""

    required: ClassVar[dict[str, str]] = {"from": _WRITE_DATE, "amount": _WRITE_AMOUNT}
    window: list[WindowRow] = Field(default_factory=list)


class FactorRow(DatedRow):
    """[[resource.emission_factor]]."""

    required: ClassVar[dict[str, str]] = {
        "from": _WRITE_DATE,
        "amount": "write a number: kg CO2e per canonical unit (kWh, m3 or kg)",
        "scope": "write 1, 2 or 3",
        "source": "every factor names where it comes from, and the year",
    }
    scope: Literal[1, 2, 3] | None = None
    source: Text | None = None
    method: Literal["", "location", "market"] = ""


class ResourceRow(Row):
    """[[resource]]."""

    required: ClassVar[dict[str, str]] = {"id": "write the resource's id"}
    id: Id | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    kind: Literal["energy", "water", "material"] | None = None
    unit: str | None = None
    price: list[PriceRow] = Field(default_factory=list)
    emission_factor: list[FactorRow] = Field(default_factory=list)


class ProcessRow(Row):
    """[[process]]."""

    required: ClassVar[dict[str, str]] = {"id": "write the process's id"}
    id: Id | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    feeds: list[str] = Field(default_factory=list)
    variables: list[str] = Field(default_factory=list)
    baseline_profile: Profile | None = None
    output: list[str] = Field(default_factory=list)
    stock: list[str] = Field(default_factory=list)
    feed_shares: dict[str, Share] = Field(default_factory=dict)
    system_cost_per_hour: Amount | None = None
    waste_cost: Amount | None = None


class PayloadRow(Row):
    """The keys that say how a message becomes a value."""

    format: Format = "json"
    value: PayloadPath = "value"
    time: PayloadPath = ""
    time_unit: Literal["s", "ms", "us", "ns", "iso"] = "ms"
    scale: Scale = 1.0
    offset: Offset = 0.0
    seq: PayloadPath = ""
    when: dict[str, Condition] = Field(default_factory=dict)
    partial: bool = False
    records: PayloadPath = ""
    broker: Annotated[str, Field(max_length=64)] = ""


class VariableRow(PayloadRow):
    """[[variable]]."""

    required: ClassVar[dict[str, str]] = {
        "id": "write the variable's id",
        "kind": "write counter, gauge or delta",
        "unit": _WRITE_UNIT,
    }
    id: Id | None = None
    kind: Kind | None = None
    unit: UnitName | None = None
    topic: Annotated[str, AfterValidator(parse_filter)] | None = None
    every: Seconds | None = None
    rollover: Positive | None = None
    zero_is_missing: bool = False
    stamp: Literal["start", "end"] = "start"


class RuleRow(Row):
    """[[meter.rule]]: a rule on live readings; its figures are in canonical units (domain.rule)."""

    required: ClassVar[dict[str, str]] = {"kind": f"write one of {', '.join(RuleKind)}"}
    kind: Annotated[str, AfterValidator(parse_rule_kind)] | None = None
    enabled: bool = True
    band_pct: Figure | None = None
    calm_hours: Figure | None = None
    calm_min: Figure | None = None
    clean_nights: Figure | None = None
    good_pct: Figure | None = None
    habit_days: Figure | None = None
    high: Figure | None = None
    hours: Figure | None = None
    idle_power: Figure | None = None
    limit: Figure | None = None
    loaded_power: Figure | None = None
    low: Figure | None = None
    max: Figure | None = None
    max_rate: Figure | None = None
    max_step: Figure | None = None
    min: Figure | None = None
    min_hours: Figure | None = None
    night_from: Figure | None = None
    night_to: Figure | None = None
    nights: Figure | None = None
    poor_pct: Figure | None = None
    pulse: Figure | None = None
    readings: Figure | None = None
    reference: Figure | None = None
    reference_nights: Figure | None = None
    rise_pct: Figure | None = None
    tolerance_pct: Figure | None = None
    unloaded_power: Figure | None = None
    warm_up: Figure | None = None


class MeterRow(VariableRow):
    """[[meter]]."""

    required: ClassVar[dict[str, str]] = {
        "id": "write the meter's id",
        "process": "write the id of the process that it measures",
        "resource": "write the id of the resource that it measures",
        "kind": "write counter (a register that only rises), gauge (a momentary rate) or delta (an amount)",
        "unit": _WRITE_UNIT,
    }
    process: str | None = None
    resource: str | None = None
    heating_value: Positive | None = None
    flow: Literal["input", "product", "loss"] | None = None
    under: str | None = None
    accuracy_pct: Annotated[float, Field(gt=0, le=100)] | None = None
    rule: list[RuleRow] = Field(default_factory=list)


class ValueRow(Row):
    """[source.values.NAME]: one of several values in a source's messages, a meter of its own."""

    required: ClassVar[dict[str, str]] = {"unit": _WRITE_UNIT}
    path: PayloadPath | None = None
    field: Name | None = None
    unit: UnitName | None = None
    kind: Kind | None = None
    scale: Scale = 1.0
    offset: Offset = 0.0


class SourceRow(PayloadRow):
    """[[source]]."""

    required: ClassVar[dict[str, str]] = {"topic": 'write a pattern, such as "plant/{process}/{meter}"'}
    topic: Annotated[str, AfterValidator(parse_pattern)] | None = None
    values: dict[Name, ValueRow] = Field(default_factory=dict)
    meter: str = ""
    meter_path: PayloadPath = ""
    unit: UnitName | None = None
    max_meters: Annotated[int, Field(ge=1, le=1_000_000)] = 5000


class DetectionTable(Row):
    """[detection]."""

    min_cost_per_hour: Amount = 0.0
    min_excess_pct: Annotated[float, Field(ge=0, le=1000)] = 3.0
    false_per_year: Annotated[float, Field(ge=0.05, le=50)] = 1.0
    standing_days: Annotated[float, Field(ge=0, le=3650)] = 28.0


class BaselineTable(Row):
    """[baseline]."""

    period: Days | None = None
    min_days: Annotated[int, Field(ge=1, le=366)] = 14
    profile: Profile | None = None
    judge_failed: bool = False
    max_age_days: Annotated[int, Field(ge=30, le=3660)] = 365
    provisional: bool = True


class SeverityTable(Row):
    """[severity]: from what on a hotspot is a warning, and from what critical."""

    warning_per_hour: Amount | None = None
    critical_per_hour: Amount | None = None
    warning_total: Amount | None = None
    critical_total: Amount | None = None
    warning_after: Annotated[float, BeforeValidator(parse_duration)] | None = None
    critical_after: Annotated[float, BeforeValidator(parse_duration)] | None = None


class MaintenanceRow(Row):
    """[[maintenance]]: a planned stretch of work in which nobody is told."""

    required: ClassVar[dict[str, str]] = {
        "name": "write what is done then",
        "match": 'write what it is about, such as ["process=dye_line_2"]; [] is the whole plant',
        "start": _WRITE_CLOCK,
        "end": _WRITE_CLOCK,
    }
    name: Text | None = None
    match: list[MatcherText] | None = None
    days: Weekdays = EVERY_DAY
    dates: Days | None = None
    start: Start | None = None
    end: End | None = None


class BalanceTable(Row):
    """[balance]."""

    max_closure_pct: Annotated[float, Field(gt=0, le=100)] = 5.0


class PlantFile(Row):
    """The whole file."""

    required: ClassVar[dict[str, str]] = {
        "plant": "begin with [plant] and its name, timezone, country, currency"
    }
    plant: PlantTable = PlantTable()
    shift: list[ShiftRow] = Field(default_factory=list)
    resource: list[ResourceRow] = Field(default_factory=list)
    process: list[ProcessRow] = Field(default_factory=list)
    meter: list[MeterRow] = Field(default_factory=list)
    variable: list[VariableRow] = Field(default_factory=list)
    source: list[SourceRow] = Field(default_factory=list)
    detection: DetectionTable = DetectionTable()
    baseline: BaselineTable = BaselineTable()
    severity: SeverityTable = SeverityTable()
    maintenance: list[MaintenanceRow] = Field(default_factory=list)
    balance: BalanceTable = BalanceTable()
