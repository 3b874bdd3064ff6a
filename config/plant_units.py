"""Checks of units against what a meter's or variable's kind says about its values."""

from __future__ import annotations

from collections.abc import Iterator

from config.plant_resources import UNITS_OF_RESOURCES
from config.plant_schema import MeterRow, PlantFile, VariableRow
from config.problems import Fault
from domain.units import (
    AMOUNT_OF,
    AREA,
    COUNT,
    DURATION,
    ENERGY,
    LENGTH,
    MASS,
    VOLUME,
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
    for position, variable in enumerate(file.variable):
        message = _variable_unit(variable)
        if message:
            yield Fault(("variable", position, "unit"), message)


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


def _variable_unit(variable: VariableRow) -> str:
    """Return why a variable cannot have its unit, "" when it can. A gauge may have any: it is averaged."""
    if variable.unit is None or variable.kind in {None, "gauge"} or variable.unit.dimension in _AMOUNTS:
        return ""
    name = variable.unit.name
    return f"a {variable.kind} measures an amount (kg, m3, pcs ...); {name} is a {variable.unit.dimension}"
