"""Resources of the plant file: the built-in ones, and the canonical unit in which each is kept.

A resource's unit is what the file says, else what its meters' units amount to. So a gas meter in m3 makes
gas a volume, and the same meter with a heating value makes it an energy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.meter_schema import MeterRow
from config.plant_schema import PlantFile
from config.problems import Fault, Loc
from config.resource_schema import ResourceRow
from config.suggest import unknown
from domain.resource import ResourceKind
from domain.units import UNITS, amount_unit

UNITS_OF_RESOURCES = ("kWh", "m3", "kg")


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A resource that every plant knows."""

    name: str
    kind: ResourceKind
    units: tuple[str, ...]  # the allowed canonical units; the first one when nothing says otherwise


BUILT_IN = {
    "electricity": BuiltIn("Electricity", ResourceKind.ENERGY, ("kWh",)),
    "gas": BuiltIn("Gas", ResourceKind.ENERGY, ("kWh", "m3")),
    "steam": BuiltIn("Steam", ResourceKind.ENERGY, ("kg", "kWh")),
    "compressed_air": BuiltIn("Compressed air", ResourceKind.ENERGY, ("m3", "kWh")),
    "water": BuiltIn("Water", ResourceKind.WATER, ("m3",)),
    "wastewater": BuiltIn("Wastewater", ResourceKind.WATER, ("m3",)),
}
_UNITS_OF_KIND = {"energy": UNITS_OF_RESOURCES, "water": ("m3",), "material": ("kg", "m3")}

#: a meter's place in the file and its row
Placed = tuple[int, MeterRow]


def check_resources(file: PlantFile) -> Iterator[Fault]:
    """Yield the faults of the [[resource]] tables' own kinds and units."""
    for position, row in enumerate(file.resource):
        loc: Loc = ("resource", position)
        if row.id is None:
            continue
        if row.id not in BUILT_IN:
            yield from _new_resource(row, loc)
        if row.unit is not None and row.unit not in allowed_units(row):
            yield Fault((*loc, "unit"), _wrong_unit(row.unit, allowed_units(row)))


def _new_resource(row: ResourceRow, loc: Loc) -> Iterator[Fault]:
    for key, hint in (("kind", "write energy, water or material"), ("unit", "write kWh, m3 or kg")):
        if key not in row.model_fields_set:
            yield Fault((*loc, key), f"is missing: {hint} (only built-in resources go without)")


def allowed_units(row: ResourceRow) -> tuple[str, ...]:
    """Return the canonical units in which a resource of the file may be kept."""
    if row.id in BUILT_IN and (row.kind is None or row.kind == BUILT_IN[row.id].kind):
        return BUILT_IN[row.id].units
    return _UNITS_OF_KIND[row.kind] if row.kind else UNITS_OF_RESOURCES


def _wrong_unit(written: str, allowed: tuple[str, ...]) -> str:
    canonical = amount_unit(UNITS[written]) if written in UNITS else ""
    if canonical in allowed:
        return f'a resource is kept in its canonical unit: write "{canonical}"; meters may use {written}'
    return unknown("unit of a resource", written, allowed)


def resource_units(file: PlantFile) -> dict[str, str]:
    """Return the canonical unit of every resource; where meters disagree, the first allowed one."""
    found = {}
    rows = {row.id: row for row in file.resource if row.id is not None}
    for resource in dict.fromkeys([*BUILT_IN, *rows]):
        row = rows.get(resource) or ResourceRow(id=resource)
        allowed = allowed_units(row)
        measured = {
            unit for _, meter in _meters_of(file, resource) if (unit := measured_unit(meter)) in allowed
        }
        agreed = measured.pop() if len(measured) == 1 else allowed[0]
        found[resource] = row.unit if row.unit in allowed else agreed
    return found


def measured_unit(meter: MeterRow) -> str | None:
    """Return the canonical unit of what a meter's values amount to, None when its unit is not known."""
    if meter.unit is None:
        return None
    return "kWh" if meter.heating_value is not None else amount_unit(meter.unit)


def check_measured_units(file: PlantFile) -> Iterator[Fault]:
    """Yield a fault for every meter that does not fit its resource's unit, and for gas volumes that mix."""
    units = resource_units(file)
    places: dict[str | None, Loc] = {row.id: ("resource", i, "unit") for i, row in enumerate(file.resource)}
    rows = {row.id: row for row in file.resource}
    for resource, unit in units.items():
        row = rows.get(resource) or ResourceRow(id=resource)
        if row.unit != unit and (row.unit is not None or resource not in BUILT_IN):
            continue  # its own unit is a fault already
        meters = _meters_of(file, resource)
        kept = "" if row.unit is not None else _disagreement(meters, allowed_units(row))
        if kept:
            yield Fault(places.get(resource, ("resource",)), f"the unit of {resource} is not clear: {kept}")
        else:
            yield from _misfits(meters, resource, unit)
        yield from _mixed_volumes(meters, resource)


def _meters_of(file: PlantFile, resource: str) -> list[Placed]:
    return [(position, meter) for position, meter in enumerate(file.meter) if meter.resource == resource]


def _disagreement(meters: list[Placed], allowed: tuple[str, ...]) -> str:
    """Return which meters speak for which allowed unit, "" when no more than one is spoken for."""
    by_unit: dict[str, list[str]] = {}
    for _, meter in meters:
        unit = measured_unit(meter)
        if unit in allowed:
            by_unit.setdefault(unit, []).append(meter.id or "?")
    if len(by_unit) < 2:
        return ""
    told = "; ".join(f"{unit} is measured by {', '.join(ids)}" for unit, ids in by_unit.items())
    return f"{told}. Give the odd ones a heating_value, or write the resource's unit"


def _misfits(meters: list[Placed], resource: str, unit: str) -> Iterator[Fault]:
    for position, meter in meters:
        measured = measured_unit(meter)
        if measured is None or measured == unit or meter.unit is None:
            continue
        if measured not in UNITS_OF_RESOURCES:
            continue  # plant_units.py says so
        written = f"{meter.unit.name} amounts to {measured}, but {resource} is kept in {unit}"
        if meter.heating_value is not None:
            yield Fault(("meter", position, "heating_value"), f"with it, {written}: leave it out")
        elif unit == "kWh":
            yield Fault(("meter", position, "unit"), f"{written}: give heating_value, in kWh per {measured}")
        else:
            yield Fault(("meter", position, "unit"), f"{written}: write a unit that amounts to {unit}")


def _mixed_volumes(meters: list[Placed], resource: str) -> Iterator[Fault]:
    """Yield a fault where normal, standard and actual cubic metres would be added up as one."""
    by_basis: dict[str, list[Placed]] = {}
    for position, meter in meters:
        if meter.unit is not None and measured_unit(meter) == "m3":
            by_basis.setdefault(meter.unit.basis or "actual", []).append((position, meter))
    if len(by_basis) < 2:
        return
    told = "; ".join(
        f"{basis} by {', '.join(m.id or '?' for _, m in rows)}" for basis, rows in by_basis.items()
    )
    message = f"{resource} mixes kinds of cubic metre ({told}): measure all of it in one kind"
    for position, _ in [rows[0] for rows in by_basis.values()][1:]:
        yield Fault(("meter", position, "unit"), message)
