"""Meters, variables and sources as the plant file writes them: where a value comes from and what it is."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from config.plant_values import (
    Condition,
    Figure,
    Format,
    Id,
    Kind,
    Name,
    Offset,
    PayloadPath,
    Positive,
    Scale,
    Seconds,
    UnitName,
    parse_rule_kind,
)
from config.salvage import Row
from config.topics import parse_filter, parse_pattern
from domain.rule import RuleKind

_WRITE_UNIT = 'write its unit, such as "kWh", "m3" or "kg"'


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
