"""Checks of units against what a meter's or variable's kind says about its values."""

from __future__ import annotations

from collections.abc import Iterator

from config.meter_schema import MeterRow
from config.plant_resources import UNITS_OF_RESOURCES
from config.plant_schema import PlantFile
from config.problems import Fault
from domain.meter import MeterKind
from domain.units import (
    AMOUNT_OF,
    AREA,
    COUNT,
    DURATION,
    ENERGY,
    LENGTH,
    MASS,
    VOLUME,
    Unit,
    amount_unit,
)

_AMOUNTS = {ENERGY, VOLUME, MASS, COUNT, LENGTH, AREA, DURATION}


def check_kinds(file: PlantFile) -> Iterator[Fault]:
    """Yield a fault for every unit that its kind cannot have."""
    for position, meter in enumerate(file.meter):
        message = _meter_unit(meter)
        if message:
            yield Fault(("meter", position, "unit"), message)
        elif meter.heating_value is not None and meter.unit is not None and amount_unit(meter.unit) == "kWh":
            yield Fault(
                ("meter", position, "heating_value"),
                f"{meter.unit.name} is an energy already: a heating value belongs to a volume or a mass",
            )
    for position, source in enumerate(file.source):
        for name, value in source.values.items():
            message = kind_trouble(value.kind, value.unit)
            if message:
                yield Fault(("source", position, "values", name, "unit"), message)
    for position, variable in enumerate(file.variable):
        message = kind_trouble(variable.kind, variable.unit)
        if message:
            yield Fault(("variable", position, "unit"), message)


def usual_kind(unit: Unit) -> MeterKind:
    """Return the kind of a value that says none: a register where its unit is an amount, else a gauge.

    >>> from domain.units import UNITS
    >>> usual_kind(UNITS["Wh"]), usual_kind(UNITS["kW"])
    (<MeterKind.COUNTER: 'counter'>, <MeterKind.GAUGE: 'gauge'>)
    """
    return MeterKind.COUNTER if unit.dimension in {ENERGY, VOLUME, MASS} else MeterKind.GAUGE


def kind_trouble(kind: str | None, unit: Unit | None) -> str:
    """Return why a value of this kind cannot have this unit, "" when it can. A gauge may have any."""
    if unit is None or kind in {None, "gauge"} or unit.dimension in _AMOUNTS:
        return ""
    return f"a {kind} measures an amount (kg, m3, pcs ...); {unit.name} is a {unit.dimension}"


def _meter_unit(meter: MeterRow) -> str:
    """Return why a meter cannot have its unit, "" when it can."""
    if meter.unit is None or meter.kind is None:
        return ""
    if amount_unit(meter.unit) not in UNITS_OF_RESOURCES:
        return f"a resource is an energy, a volume or a mass; {meter.unit.name} is a {meter.unit.dimension}"
    is_rate = meter.unit.dimension in AMOUNT_OF
    if meter.kind == "gauge" and not is_rate:
        return f"a gauge measures a rate (kW, m3/h, kg/h ...); {meter.unit.name} is an amount"
    if meter.kind != "gauge" and is_rate:
        return f"a {meter.kind} measures an amount (kWh, m3, kg ...); {meter.unit.name} is a rate"
    return ""
