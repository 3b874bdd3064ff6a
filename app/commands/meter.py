"""`wastenot meter`: the meters with their instruments, and the replacement of one."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.amendments import (
    Opened,
    enter,
    entry_row,
    instant,
    iso,
    local,
    meter_of,
    opened,
    problem,
    refuse,
    said,
    shown,
)
from app.commands.journal import Entries, ended, numbered, rows_of, state_of, undo_entry
from app.replacing import (
    Neighbours,
    Reading,
    a_replacement,
    counted,
    neighbours,
    register_size,
    replacement_problems,
)
from domain.amendment import Amendment, AmendmentKind, in_force, replacements
from domain.errors import Problem
from domain.meter import Meter, MeterKind, Variable
from domain.plant import Plant

ACTIONS = ("list", "show", "replace", "replacements", "undo")
REPLACEMENTS = Entries(
    (AmendmentKind.REPLACED,),
    "replacement",
    "is the number of a replacement: wastenot meter replacements",
)


def run_meter(
    settings_file: Path | None,
    plant_file: Path | None,
    action: str,
    target: str,
    *,
    at: str,
    registers: tuple[float | None, float | None],
    rollover: float | None,
    who: str,
    why: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Do one of ACTIONS; return 0. Wrong options raise ConfigError (exit 2)."""
    if action not in ACTIONS:
        refuse([problem("ACTION", action, f"one of {', '.join(ACTIONS)}")])
    with opened(settings_file, plant_file) as place:
        match action:
            case "replace":
                _replace(place, target, at, registers, rollover, (who, why), dry_run=dry_run, as_json=as_json)
            case "undo":
                undo_entry(place, REPLACEMENTS, target, who, why, as_json=as_json)
            case "replacements":
                _replacements(place, target, as_json=as_json)
            case _:
                _list(place, target, whole=action == "show", as_json=as_json)
    return 0


def _replace(
    place: Opened,
    name: str,
    at: str,
    registers: tuple[float | None, float | None],
    rollover: float | None,
    by: tuple[str, str],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enter a replacement that can be true, or say what cannot."""
    problems: list[Problem] = []
    meter = meter_of(place.plant, name, problems)
    when = instant("--at", at, place.plant.timezone, problems)
    _numbers(registers, rollover, problems)
    said({"--who": by[0], "--why": by[1]}, problems)
    refuse(problems)
    assert meter is not None
    assert when is not None
    old, new = (value or 0.0 for value in registers)  # `_numbers` has refused None
    now = datetime.now(UTC)
    with place.ledger.begin() as tx:
        force = in_force(tx.amendments())
        entry = a_replacement(meter, when, (old, new), rollover, force, (*by, now))
        around = neighbours(place.store, meter, when, force)
        refuse(replacement_problems(place.plant, meter, entry, force, around))
        if not dry_run:
            details = {"old_register": entry.old_register, "new_register": entry.new_register}
            entry = enter(tx, entry, "meter.replaced", {"at": iso(when), **details})
    row = entry_row(entry, place.plant, None) | _counted(meter, entry, around) | {"dry_run": dry_run}
    typer.echo(json.dumps(row, indent=1) if as_json else _words(place.plant, row, around))


def _numbers(
    registers: tuple[float | None, float | None], rollover: float | None, problems: list[Problem]
) -> None:
    """Note every number that is missing or none."""
    for option, value in zip(("--old-register", "--new-register"), registers, strict=True):
        if value is None or not math.isfinite(value):
            message = "is needed: what the register showed, in the meter's unit"
            problems.append(problem(option, value, message))
    if rollover is not None and not (math.isfinite(rollover) and rollover > 0.0):
        message = "a register's size is more than 0, in the meter's unit"
        problems.append(problem("--rollover", rollover, message))


def _counted(meter: Meter | Variable, entry: Amendment, around: Neighbours) -> dict[str, Any]:
    """Return what the old instrument counted since the reading before, and the new one until that after."""
    before = None if around.before is None else around.before.value
    after = None if around.after is None else around.after.value
    old = counted(before, entry.old_register, entry.old_rollover)
    new = counted(entry.new_register, after, register_size(meter, entry))
    rows = {"before": around.before, "after": around.after}
    readings = {name: None if one is None else _reading(meter, one) for name, one in rows.items()}
    return readings | {"counted_old": shown(meter, old), "counted_new": shown(meter, new)}


def _reading(meter: Meter | Variable, one: Reading) -> dict[str, Any]:
    return {"time": iso(one.at), "register": shown(meter, one.value)}


def _words(plant: Plant, row: dict[str, Any], around: Neighbours) -> str:
    """Return what a person reads after a replacement."""
    unit = row["unit"]
    number = numbered(REPLACEMENTS, row["id"], dry_run=row["dry_run"])
    lines = [
        f"{row['meter']}: {number}, at {local(datetime.fromisoformat(row['from']), plant)}",
        _side("old", row["old_register"], row["counted_old"], around.before, unit, plant, "since"),
        _side("new", row["new_register"], row["counted_new"], around.after, unit, plant, "until"),
    ]
    return ended(lines, dry_run=row["dry_run"])


def _side(
    name: str,
    register: float,
    counted: float | None,
    near: Reading | None,
    unit: str,
    plant: Plant,
    word: str,
) -> str:
    """Return the line about one of the two instruments."""
    shows = f"  {name} register {register:.10g} {unit}"
    if near is None or counted is None:
        return f"{shows}; there is no reading on its side yet"
    return f"{shows}; {counted:.6g} {unit} counted {word} {local(near.at, plant)}"


def _replacements(place: Opened, name: str, *, as_json: bool) -> None:
    """List the replacements, of one meter or of all."""
    rows = rows_of(place, REPLACEMENTS, name)
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table("id", "meter", "at", "old register", "new register", "unit", "who", "why", "state")
    for row in rows:
        at = local(datetime.fromisoformat(row["from"]), place.plant)
        registers = (f"{row['old_register']:.10g}", f"{row['new_register']:.10g}", row["unit"] or "")
        table.add_row(str(row["id"]), row["meter"], at, *registers, row["who"], row["why"], state_of(row))
    Console().print(table)


def _list(place: Opened, name: str, *, whole: bool, as_json: bool) -> None:
    """List the meters and variables, or show one with the registers of its instruments."""
    problems: list[Problem] = []
    if whole or name:
        meter_of(place.plant, name, problems)
    refuse(problems)
    known: list[Meter | Variable] = [*place.plant.meters.values(), *place.plant.variables.values()]
    meters = [one for one in known if name in ("", one.id)]
    latest = {row[0]: row[1:] for row in place.store.last([one.id for one in meters]).iter_rows()}
    with place.ledger.begin() as tx:
        force = in_force(tx.amendments())
    rows = [_meter_row(one, latest.get(one.id), force, whole=whole) for one in meters]
    if as_json or whole:
        typer.echo(json.dumps(rows[0] if whole else rows, indent=1))
        return
    table = Table("meter", "process", "resource", "kind", "unit", "last reading", "value", "replacements")
    for row in rows:
        at = "" if row["time"] is None else local(datetime.fromisoformat(row["time"]), place.plant)
        value = "none yet" if row["value"] is None else f"{row['value']:.10g}"
        names = (row["meter"], row["process"] or "", row["resource"] or "", row["kind"], row["unit"])
        table.add_row(*names, at, value, str(row["replacements"]))
    Console().print(table)


def _meter_row(
    meter: Meter | Variable,
    latest: tuple[datetime, float] | None,
    force: tuple[Amendment, ...],
    *,
    whole: bool,
) -> dict[str, Any]:
    """Return a meter as JSON values; `whole` with its registers, the oldest first."""
    found = replacements(force, meter.id)
    row: dict[str, Any] = {
        "meter": meter.id,
        "process": getattr(meter, "process", None),
        "resource": getattr(meter, "resource", None),
        "kind": str(meter.kind),
        "unit": meter.unit.name,
        "time": None if latest is None else iso(latest[0]),
        "value": None if latest is None else shown(meter, latest[1]),
        "replacements": len(found),
    }
    if whole and meter.kind is MeterKind.COUNTER:
        row["registers"] = _registers(meter, found)
    return row


def _registers(meter: Meter | Variable, found: tuple[Amendment, ...]) -> list[dict[str, Any]]:
    """Return one row per instrument the meter has had: from when to when, and between which registers."""
    rows = []
    for number in range(len(found) + 1):
        begun = found[number - 1] if number else None
        ended = found[number] if number < len(found) else None
        newest = meter.rollover if begun is None or begun.new_rollover is None else begun.new_rollover
        rows.append(
            {
                "from": None if begun is None else iso(begun.start),
                "to": None if ended is None else iso(ended.start),
                "first": None if begun is None else shown(meter, begun.new_register),
                "last": None if ended is None else shown(meter, ended.old_register),
                "rollover": shown(meter, newest if ended is None else ended.old_rollover),
            }
        )
    return rows
