"""Checks of what balances and material flow costs need: main meters, flows, outputs, stocks, shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.meter_schema import MeterRow, VariableRow
from config.plant_refs import written
from config.plant_schema import PlantFile
from config.problems import Fault, Loc
from config.suggest import unknown
from domain.meter import Flow
from domain.units import MASS, VOLUME

#: shares are written by hand: they may miss 1 by this much
ROUNDING = 1e-6
#: a loss by its nature
_LOSSES = {"wastewater"}


def flow_of(row: MeterRow) -> Flow:
    """Return which way what a meter measures goes: as written, else in; wastewater goes out."""
    if row.flow is not None:
        return Flow(row.flow)
    return Flow.LOSS if row.resource in _LOSSES else Flow.INPUT


def check_balances(file: PlantFile, tables: dict[str, Any]) -> Iterator[Fault]:
    """Yield the faults of main meters, flows, outputs, stocks and shares.

    Args:
        file: as far as it could be read.
        tables: the file as read: a broken row's id still exists.
    """
    yield from _mains(file, written(tables, "meter"))
    yield from _partly_under(file)
    yield from _flows(file)
    yield from _variables_of_processes(file, written(tables, "variable"))
    yield from _shares(file)


def _mains(file: PlantFile, ids: list[str]) -> Iterator[Fault]:
    rows = {row.id: row for row in file.meter if row.id is not None}
    for position, row in enumerate(file.meter):
        loc: Loc = ("meter", position, "under")
        if row.under is None:
            continue
        main = rows.get(row.under)
        if row.under not in ids:
            yield Fault(loc, unknown("meter", row.under, [name for name in ids if name != row.id]))
        elif row.id is not None and row.id in _above(row, rows):
            yield Fault(loc, "leads back to this meter: a main meter stands above all that it holds")
        elif main is not None and main.resource != row.resource:
            yield Fault(
                loc, f"measures {main.resource}, this meter {row.resource}: a main holds its own only"
            )
        elif main is not None and main.process == row.process:
            yield Fault(
                loc,
                f"is at the same process, so that both would be added up: give {row.under} a process of its "
                "own, such as the plant's supply",
            )


def _partly_under(file: PlantFile) -> Iterator[Fault]:
    """Yield a fault where only some meters of a process and resource are under a main meter."""
    first: dict[tuple[str | None, str | None], MeterRow] = {}
    for position, row in enumerate(file.meter):
        known = first.setdefault((row.process, row.resource), row)
        stand_above_each_other = row.under == known.id or known.under == row.id  # _mains says so
        if (known.under is None) is not (row.under is None) and not stand_above_each_other:
            inside, outside = (row, known) if known.under is None else (known, row)
            yield Fault(
                ("meter", position, "under"),
                f"{inside.id} is under {inside.under}, {outside.id} of the same process and resource is not: "
                "the plant's total would count one of them wrongly; give one of them a process of its own",
            )


def _above(row: MeterRow, rows: dict[str, MeterRow]) -> set[str]:
    """Return the ids of all main meters above a meter."""
    seen: set[str] = set()
    above = row.under
    while above is not None and above not in seen:
        seen.add(above)
        main = rows.get(above)
        above = main.under if main is not None else None
    return seen


def _flows(file: PlantFile) -> Iterator[Fault]:
    """Yield a fault where meters that would be added up go different ways."""
    first: dict[tuple[str | None, str | None], MeterRow] = {}
    for position, row in enumerate(file.meter):
        known = first.setdefault((row.process, row.resource), row)
        if flow_of(known) is not flow_of(row):
            yield Fault(
                ("meter", position, "flow"),
                f"{known.id} of the same process and resource is of flow {flow_of(known)}, this one of "
                f"{flow_of(row)}: they would be added up; give one of them a resource of its own",
            )


def _variables_of_processes(file: PlantFile, ids: list[str]) -> Iterator[Fault]:
    variables = {row.id: row for row in file.variable if row.id is not None}
    for position, process in enumerate(file.process):
        for key, names in (("output", process.output), ("stock", process.stock)):
            for item, name in enumerate(names):
                row = variables.get(name)
                loc: Loc = ("process", position, key, item)
                if name not in ids:
                    yield Fault(loc, unknown("variable", name, ids))
                elif row is not None and key == "stock" and (message := _no_stock(row)):
                    yield Fault(loc, message)


def _no_stock(row: VariableRow) -> str:
    """Return why a variable cannot be a stock, "" when it can."""
    if row.kind != "gauge":
        return f"is a {row.kind}: a stock is a gauge, how much there is at an instant"
    if row.unit is not None and row.unit.dimension not in {MASS, VOLUME}:
        return f"is a {row.unit.dimension} ({row.unit.name}): a stock is a mass or a volume"
    return ""


def _shares(file: PlantFile) -> Iterator[Fault]:
    for position, process in enumerate(file.process):
        loc: Loc = ("process", position, "feed_shares")
        for name in process.feed_shares:
            if name not in process.feeds:
                yield Fault((*loc, name), unknown("process that this one feeds", name, process.feeds))
        if sum(process.feed_shares.values()) > 1.0 + ROUNDING:
            yield Fault(loc, f"shares add up to {sum(process.feed_shares.values()):g}: at most 1 can go on")
        missing = [name for name in process.feeds if process.feed_shares and name not in process.feed_shares]
        if missing:
            yield Fault(loc, f"says nothing of {', '.join(missing)}: give each process that is fed its share")
