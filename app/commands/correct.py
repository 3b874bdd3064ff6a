"""`wastenot correct`: say what a meter's readings of a window should have been; list and undo that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from app.amendments import Opened, enter, entry_row, instant, iso, local, meter_of, opened, refuse, said
from app.commands.journal import Entries, ended, numbered, rows_of, state_of, undo_entry
from app.correcting import correction_problems, effect, kind_of, stated
from domain.amendment import Amendment, AmendmentKind, in_force
from domain.errors import Problem
from domain.plant import Plant

CORRECTIONS = Entries(
    (
        AmendmentKind.BAD,
        AmendmentKind.SET,
        AmendmentKind.INTERPOLATED,
        AmendmentKind.SCALED,
        AmendmentKind.SHIFTED,
    ),
    "correction",
    "is the number of a correction: wastenot correct list",
)


class Asked(NamedTuple):
    """What a correction is to do, as it was typed: exactly one of them."""

    bad: bool
    value: float | None
    interpolate: bool
    scale: float | None
    offset: float | None


def run_correct(
    settings_file: Path | None,
    plant_file: Path | None,
    target: str,
    number: str,
    *,
    window: tuple[str, str],
    asked: Asked,
    who: str,
    why: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """List the corrections, undo one, or correct a meter; return 0. Wrong options raise ConfigError."""
    with opened(settings_file, plant_file) as place:
        if target == "list":
            _list(place, number, as_json=as_json)
        elif target == "undo":
            undo_entry(place, CORRECTIONS, number, who, why, as_json=as_json)
        else:
            _correct(place, target, window, asked, (who, why), dry_run=dry_run, as_json=as_json)
    return 0


def _correct(
    place: Opened,
    name: str,
    window: tuple[str, str],
    asked: Asked,
    by: tuple[str, str],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enter a correction that means something, or say why it does not."""
    plant, problems = place.plant, list[Problem]()
    meter = meter_of(plant, name, problems)
    start = instant("--from", window[0], plant.timezone, problems)
    end = instant("--to", window[1], plant.timezone, problems)
    what = kind_of(**asked._asdict(), problems=problems)
    said({"--who": by[0], "--why": by[1]}, problems)
    refuse(problems)
    assert meter is not None
    assert start is not None
    assert end is not None
    assert what is not None
    kind, value = what[0], stated(meter, *what)
    entry = Amendment(0, datetime.now(UTC), *by, meter.id, kind, start, end, value=value)
    with place.ledger.begin() as tx:
        journal = tx.amendments()
        force = in_force(journal)
        refuse(correction_problems(plant, place.store, meter, entry, force))
        last = max((one.id for one in journal), default=0)
        if not dry_run:
            details = {"from": iso(start), "to": iso(end), "value": value}
            entry = enter(tx, entry, f"readings.{kind}", details)
    newest = replace(entry, id=last + 1)
    row = entry_row(entry, plant, None) | effect(plant, place.store, meter, newest, force)
    row |= {"dry_run": dry_run}
    typer.echo(json.dumps(row, indent=1) if as_json else _words(plant, row))


def _words(plant: Plant, row: dict[str, Any]) -> str:
    """Return what a person reads after a correction."""
    number = numbered(CORRECTIONS, row["id"], dry_run=row["dry_run"])
    begin, end = (local(datetime.fromisoformat(row[key]), plant) for key in ("from", "to"))
    lines = [f"{row['meter']}: {row['kind']} {number}, from {begin} to {end}"]
    for name in ("before", "after"):
        side = row[name]
        figure = "unknown" if side["figure"] is None else f"{side['figure']:.6g} {row['unit']}"
        counts = ", ".join(f"{count} {quality}" for quality, count in side["qualities"].items())
        lines.append(f"  {name}: {row['figure']} {figure} in {side['intervals']} intervals ({counts})")
    return ended(lines, dry_run=row["dry_run"])


def _list(place: Opened, name: str, *, as_json: bool) -> None:
    """List the corrections, of one meter or of all."""
    rows = rows_of(place, CORRECTIONS, name)
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table("id", "meter", "kind", "from", "to", "value", "who", "why", "state")
    for row in rows:
        names = (str(row["id"]), row["meter"], row["kind"])
        window = [local(datetime.fromisoformat(row[key]), place.plant) for key in ("from", "to")]
        unit = "" if row["kind"] == AmendmentKind.SCALED else f" {row['unit'] or ''}"
        value = "" if row["value"] is None else f"{row['value']:.6g}{unit}"
        table.add_row(*names, *window, value, row["who"], row["why"], state_of(row))
    Console().print(table)
