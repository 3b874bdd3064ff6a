"""Cross-checks of the plant file: ids that are named exist, names are unique, keys fit each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from config.meter_schema import VariableRow
from config.places import refuse_subdivision
from config.plant_resources import BUILT_IN
from config.plant_schema import PlantFile
from config.problems import Fault, Loc
from config.suggest import unknown

Check = Callable[[PlantFile, dict[str, Any]], Iterator[Fault]]


def check_references(file: PlantFile, tables: dict[str, Any]) -> list[Fault]:
    """Return every fault between tables. `tables` is the file as read: a broken row's id still exists."""
    return [fault for check in _CHECKS for fault in check(file, tables)]


def written(tables: dict[str, Any], table: str, key: str = "id") -> list[str]:
    """Return a key's texts over all rows of a table as they stand in the file, broken rows included."""
    rows = tables.get(table)
    found = [row.get(key) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [value for value in found if isinstance(value, str)]


def something_measured(tables: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault where a file has nothing that measures."""
    if "meter" not in tables and "source" not in tables:
        yield Fault(("meter",), "the plant has no meter: add a [[meter]] (or a [[source]])")


def _unique_names(_file: PlantFile, tables: dict[str, Any]) -> Iterator[Fault]:
    yield from _twice(tables, (("process", "id"),))
    yield from _twice(tables, (("resource", "id"),))
    yield from _twice(tables, (("meter", "id"), ("variable", "id")))
    yield from _twice(tables, (("shift", "name"),))


def _twice(tables: dict[str, Any], places: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for table, key in places:
        rows = tables.get(table)
        for position, row in enumerate(rows if isinstance(rows, list) else []):
            name = row.get(key) if isinstance(row, dict) else None
            if not isinstance(name, str):
                continue
            place = f"{table}[{position + 1}]"
            if name in seen:
                yield Fault((table, position, key), f"this {key} is already taken by {seen[name]}")
            seen.setdefault(name, place)


def _known_names(file: PlantFile, tables: dict[str, Any]) -> Iterator[Fault]:
    processes = written(tables, "process")
    resources = list(dict.fromkeys([*BUILT_IN, *written(tables, "resource")]))
    for position, meter in enumerate(file.meter):
        if meter.process is not None and meter.process not in processes:
            yield Fault(("meter", position, "process"), unknown("process", meter.process, processes))
        if meter.resource is not None and meter.resource not in resources:
            yield Fault(("meter", position, "resource"), unknown("resource", meter.resource, resources))
    for position, process in enumerate(file.process):
        for item, name in enumerate(process.feeds):
            if name not in processes:
                yield Fault(("process", position, "feeds", item), unknown("process", name, processes))


def _known_variables(file: PlantFile, tables: dict[str, Any]) -> Iterator[Fault]:
    variables, meters = written(tables, "variable"), set(written(tables, "meter"))
    for position, process in enumerate(file.process):
        repeated = {name for name, count in Counter(process.variables).items() if count > 1}
        for item, name in enumerate(process.variables):
            loc: Loc = ("process", position, "variables", item)
            if name in repeated:
                yield Fault(loc, "named twice in this list")
            if name in variables:
                continue
            if name in meters:
                yield Fault(loc, "is a meter: only a [[variable]] can be a relevant variable")
            else:
                yield Fault(loc, unknown("variable", name, variables))


def _counter_keys(file: PlantFile, _tables: dict[str, Any]) -> Iterator[Fault]:
    groups: tuple[tuple[str, Iterable[VariableRow]], ...] = (
        ("meter", file.meter),
        ("variable", file.variable),
    )
    for table, rows in groups:
        for position, row in enumerate(rows):
            if row.rollover is not None and row.kind in {"gauge", "delta"}:
                yield Fault((table, position, "rollover"), f"only a counter rolls over; this is a {row.kind}")
            if row.stamp == "end" and row.kind in {"counter", "gauge"}:
                yield Fault(
                    (table, position, "stamp"), f'only a delta is stamped "end"; this is a {row.kind}'
                )


def _calendar(file: PlantFile, _tables: dict[str, Any]) -> Iterator[Fault]:
    plant = file.plant
    if plant.subdivision and plant.country is not None:
        refusal = refuse_subdivision(plant.country, plant.subdivision)
        if refusal:
            yield Fault(("plant", "subdivision"), refusal)
    for item, day in enumerate(plant.not_holidays):
        if day in plant.extra_holidays:
            yield Fault(("plant", "not_holidays", item), "is also in extra_holidays: keep one of the two")


_CHECKS: tuple[Check, ...] = (
    _unique_names,
    _known_names,
    _known_variables,
    _counter_keys,
    _calendar,
)
