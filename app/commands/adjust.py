"""`wastenot baseline adjust`: a static factor changed, and what a process should use with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from analytics.adjusting import LEAST_GROWTH_PCT
from app.amendments import Opened, enter, instant, iso, local, problem, refuse, said
from app.commands.journal import Entries, numbered, undo_entry
from domain.amendment import ADJUSTMENTS, FOREVER, Amendment, AmendmentKind
from domain.errors import Problem
from domain.plant import Plant

#: an amount of more than this many per hour, or per cent, is a slip of the pen
MOST_PCT, MOST_AMOUNT = 1000.0, 1e9
ENTERED = Entries(
    ADJUSTMENTS,
    "adjustment",
    "is the number of an adjustment: wastenot baseline adjustments",
    why="--reason",
)


class Adjustment(NamedTuple):
    """What the command line says."""

    process: str
    resource: str
    start: str
    end: str
    amount: float | None  # canonical unit per hour
    percent: float | None
    who: str
    why: str


def adjust(place: Opened, asked: Adjustment, *, dry_run: bool, as_json: bool) -> None:
    """Enter an adjustment; the analysis judges again what it touches in its next run.

    Raises:
        ConfigError: with everything that is wrong about it.
    """
    entry = _entry(place.plant, asked, datetime.now(UTC))
    if not dry_run:
        with place.ledger.begin() as tx:
            details = {
                "from": iso(entry.start),
                "to": _end(entry),
                "kind": str(entry.kind),
                "value": entry.value,
            }
            entry = enter(tx, entry, "baseline.adjusted", details)
    row = adjustment_row(entry, place.plant, None) | {"dry_run": dry_run}
    typer.echo(json.dumps(row, indent=1) if as_json else _words(place.plant, entry, dry_run=dry_run))


def _entry(plant: Plant, asked: Adjustment, now: datetime) -> Amendment:
    """Return the entry, not saved yet."""
    problems: list[Problem] = []
    pair = (asked.process, asked.resource)
    if pair not in plant.streams():
        known = ", ".join(" ".join(one) for one in plant.streams())
        problems.append(
            problem("PROCESS RESOURCE", " ".join(pair).strip(), f"have no meter; there are: {known}")
        )
    start = instant("--from", asked.start, plant.timezone, problems)
    end = instant("--to", asked.end, plant.timezone, problems) if asked.end.strip() else FOREVER
    if start is not None and end is not None and end <= start:
        problems.append(problem("--to", asked.end, "is not after --from"))
    kind, value = _what(asked, problems)
    said({"--who": asked.who, "--reason": asked.why}, problems)
    refuse(problems)
    assert start is not None
    assert end is not None
    return Amendment(
        0, now, asked.who, asked.why, "", kind, start, end, value=value,
        process=asked.process, resource=asked.resource,
    )  # fmt: skip


def _what(asked: Adjustment, problems: list[Problem]) -> tuple[AmendmentKind, float]:
    """Return what is adjusted and by how much; a problem if that is not exactly one thing."""
    if (asked.amount is None) == (asked.percent is None):
        problems.append(problem("--amount, --percent", "", "exactly one of them says by how much"))
    if asked.amount is not None and not 0.0 < abs(asked.amount) <= MOST_AMOUNT:
        problems.append(
            problem("--amount", asked.amount, f"is not 0, and at most {MOST_AMOUNT:g} either way")
        )
    if asked.percent is not None and not (LEAST_GROWTH_PCT <= asked.percent <= MOST_PCT and asked.percent):
        wanted = f"from {LEAST_GROWTH_PCT:g} to {MOST_PCT:g}, and not 0"
        problems.append(problem("--percent", asked.percent, wanted))
    if asked.percent is not None:
        return AmendmentKind.GROWN, asked.percent
    return AmendmentKind.ADDED, asked.amount or 0.0


def adjustment_row(entry: Amendment, plant: Plant, undone: Amendment | None) -> dict[str, Any]:
    """Return an adjustment as JSON values."""
    resource = plant.resources.get(entry.resource)
    state = (
        None
        if undone is None
        else {"id": undone.id, "who": undone.who, "at": iso(undone.at), "why": undone.why}
    )
    return {
        "id": entry.id,
        "process": entry.process,
        "resource": entry.resource,
        "from": iso(entry.start),
        "to": _end(entry),
        "amount_per_hour": entry.value if entry.kind is AmendmentKind.ADDED else None,
        "percent": entry.value if entry.kind is AmendmentKind.GROWN else None,
        "unit": None if resource is None else resource.unit,
        "who": entry.who,
        "at": iso(entry.at),
        "why": entry.why,
        "undone": state,
    }


def _end(entry: Amendment) -> str | None:
    return None if entry.end == FOREVER else iso(entry.end)


def _size(entry: Amendment, plant: Plant) -> str:
    assert entry.value is not None
    if entry.kind is AmendmentKind.GROWN:
        return f"{entry.value:+g} %"
    resource = plant.resources.get(entry.resource)
    return f"{entry.value:+g} {'' if resource is None else resource.unit}/h"


def _words(plant: Plant, entry: Amendment, *, dry_run: bool) -> str:
    until = "on" if entry.end == FOREVER else f"to {local(entry.end, plant)}"
    name = numbered(ENTERED, entry.id, dry_run=dry_run)
    size, since = _size(entry, plant), local(entry.start, plant)
    head = f"{entry.process} {entry.resource}: {size} {name}, from {since} {until}"
    tail = "dry run: nothing was written" if dry_run else (
        "the analysis judges what this touches again in its next run"
    )  # fmt: skip
    return f"{head}\n{tail}"


def list_adjustments(place: Opened, process: str, resource: str, *, as_json: bool) -> None:
    """List the adjustments of one process and resource, or of all; the undone ones too."""
    with place.ledger.begin() as tx:
        journal = tx.amendments()
    undone = {entry.undoes: entry for entry in journal if entry.undoes is not None}
    ours = [
        one
        for one in journal
        if one.kind in ADJUSTMENTS and process in ("", one.process) and resource in ("", one.resource)
    ]
    if as_json:
        rows = [adjustment_row(one, place.plant, undone.get(one.id)) for one in ours]
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table("id", "process", "resource", "from", "to", "expected", "who", "reason", "state")
    for one in ours:
        window = (local(one.start, place.plant), "" if one.end == FOREVER else local(one.end, place.plant))
        state = f"undone by {undone[one.id].who}" if one.id in undone else "in force"
        names = (str(one.id), one.process, one.resource)
        table.add_row(*names, *window, _size(one, place.plant), one.who, one.why, state)
    Console().print(table)


def undo_adjustment(place: Opened, number: str, who: str, why: str, *, as_json: bool) -> None:
    """Undo an adjustment by a counter entry; both stay in the journal."""
    undo_entry(place, ENTERED, number, who, why, as_json=as_json)
