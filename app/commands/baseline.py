"""`wastenot baseline`: list, show, propose, approve and reject baselines, and adjust what they expect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from analytics.baseline import Refusal
from app.amendments import Opened, instant, opened, problem, refuse, said
from app.baselines import Standing, baseline_json, card, percent, standings
from app.commands.adjust import Adjustment, adjust, list_adjustments, undo_adjustment
from app.deciding import UndecidableError, approve, reject, version_of
from app.proposing import propose_new
from app.wiring import load_configuration, open_ledger
from domain.baseline import Baseline, Decision
from domain.errors import Problem
from domain.plant import Plant
from domain.ports import LedgerTx

ACTIONS = ("list", "show", "propose", "approve", "reject", "adjust", "adjustments", "undo")
DECISIONS = ("approve", "reject")
ADJUSTING = ("adjust", "adjustments", "undo")


class Asked(NamedTuple):
    """What the command line says."""

    action: str
    process: str = ""
    resource: str = ""
    version: int = 0
    reason: str = ""
    who: str = ""
    force: bool = False
    start: str = ""
    end: str = ""
    amount: float | None = None
    percent: float | None = None
    dry_run: bool = False


def run_baseline(settings_file: Path | None, plant_file: Path | None, asked: Asked, *, as_json: bool) -> int:
    """Do one of ACTIONS; return 0, or 1 when there is no such baseline or it cannot be decided so."""
    if asked.action in ADJUSTING:
        with opened(settings_file, plant_file) as place:
            _adjusting(place, asked, as_json=as_json)
        return 0
    if asked.action == "propose":
        with opened(settings_file, plant_file) as place:
            return _propose(place, asked, as_json=as_json)
    settings, plant = load_configuration(settings_file, plant_file)
    refuse(_problems(plant, asked))
    ledger = open_ledger(settings)
    try:
        ledger.migrate()
        with ledger.begin() as tx:
            if asked.action in DECISIONS:
                typer.echo(_decided(tx, plant, asked))
                return 0
            return _shown(tx, plant, asked, as_json=as_json)
    except UndecidableError as why:
        typer.echo(str(why), err=True)
        return 1
    finally:
        ledger.close()


def _adjusting(place: Opened, asked: Asked, *, as_json: bool) -> None:
    """Enter, list or undo adjustments."""
    match asked.action:
        case "adjust":
            window = (asked.start, asked.end)
            sizes = (asked.amount, asked.percent)
            entry = Adjustment(asked.process, asked.resource, *window, *sizes, asked.who, asked.reason)
            adjust(place, entry, dry_run=asked.dry_run, as_json=as_json)
        case "adjustments":
            refuse(names_unknown(place.plant, asked.process, asked.resource))
            list_adjustments(place, asked.process, asked.resource, as_json=as_json)
        case _:
            undo_adjustment(place, asked.process, asked.who, asked.reason, as_json=as_json)


def _propose(place: Opened, asked: Asked, *, as_json: bool) -> int:
    """Learn a new baseline from the period a person names; return 1 if that is not possible."""
    problems, zone, pair = list[Problem](), place.plant.timezone, (asked.process, asked.resource)
    if pair not in place.plant.streams():
        known = ", ".join(" ".join(one) for one in place.plant.streams())
        problems.append(problem("PROCESS RESOURCE", " ".join(pair).strip(), f"one of: {known}"))
    start = instant("--from", asked.start, zone, problems) if asked.start else None
    end = instant("--to", asked.end, zone, problems) if asked.end else None
    if start and end and end <= start:
        problems.append(problem("--to", asked.end, "is not after --from"))
    said({"--who": asked.who, "--reason": asked.reason}, problems)
    refuse(problems)
    made = propose_new(
        place.plant, place.store, place.ledger, pair, (start, end), datetime.now(UTC),
        who=asked.who, why=asked.reason, insisted=asked.force,
    )  # fmt: skip
    if isinstance(made, Refusal):
        for finding in made.findings:
            typer.echo(f"{finding.severity}: {finding.message}", err=True)
        typer.echo("no baseline was made; --force makes one from too little data", err=True)
        return 1
    if as_json:
        typer.echo(json.dumps(baseline_json(place.plant, made, whole=True), indent=1))
    else:
        typer.echo(card(place.plant, made))
    return 0


def _problems(plant: Plant, asked: Asked) -> list[Problem]:
    """Return everything that is wrong about the command's options."""
    found = []
    if asked.action not in ACTIONS:
        found.append(problem("ACTION", asked.action, f"one of {', '.join(ACTIONS)}"))
    found += names_unknown(plant, asked.process, asked.resource)
    if asked.action in DECISIONS:
        named = {"--process": asked.process, "--resource": asked.resource, "--version": asked.version}
        named |= {"--reason": asked.reason.strip(), "--who": asked.who.strip()}
        found += [
            problem(name, "", f"is needed to {asked.action}") for name, value in named.items() if not value
        ]
    return found


def names_unknown(plant: Plant, process: str, resource: str) -> list[Problem]:
    """Return what is wrong with names that may be empty."""
    found = []
    if process and process not in plant.processes:
        found.append(problem("PROCESS", process, f"one of {', '.join(plant.processes)}"))
    if resource and resource not in plant.resources:
        found.append(problem("RESOURCE", resource, f"one of {', '.join(plant.resources)}"))
    return found


def _decided(tx: LedgerTx, plant: Plant, asked: Asked) -> str:
    """Approve or reject a version; return the words about it."""
    found = version_of(tx, asked.process, asked.resource, asked.version)
    decision = Decision(datetime.now(UTC), asked.who, asked.reason, asked.force)
    name = f"{asked.process} {asked.resource}: version {asked.version}"
    if asked.action == "reject":
        reject(tx, found, decision)
        return f"{name} is rejected"
    saved = approve(tx, plant, found, decision)
    forced = saved.decision is not None and saved.decision.forced
    return f"{name} is in force{', although its profile speaks against it' if forced else ''}"


def _shown(tx: LedgerTx, plant: Plant, asked: Asked, *, as_json: bool) -> int:
    """Print the baselines that are asked for; return 1 if one was to be shown and there is none."""
    found = tx.baselines(asked.process or None, asked.resource or None)
    found = [one for one in found if asked.version in (0, one.version)]
    whole = asked.action == "show"
    if as_json:
        rows = [baseline_json(plant, one, whole=whole) for one in found]
        rows += [] if whole or asked.version else _unjudged_rows(standings(plant, tx), asked)
        typer.echo(json.dumps(rows, indent=1))
    elif whole:
        typer.echo("\n\n".join(card(plant, one) for one in found) or "there is no such baseline")
    else:
        _print(plant, found)
        _print_not_judged(standings(plant, tx), asked)
    return 0 if found or not whole else 1


def _print(plant: Plant, found: Sequence[Baseline]) -> None:
    table = Table()
    for name in ("process", "resource", "version", "status", "model", "CV(RMSE)", "NMBE", "coverage"):
        table.add_column(name)
    for name in ("acceptance", "findings"):
        table.add_column(name)
    for one in found:
        table.add_row(*_cells(plant, one))
    Console().print(table)


def _cells(plant: Plant, one: Baseline) -> list[str]:
    row: dict[str, Any] = baseline_json(plant, one, whole=False)
    accepted = row["acceptance"]
    standing = "not known" if accepted is None else f"{accepted['profile']}: {accepted['outcome']}"
    names = [str(row[name]) for name in ("process", "resource", "version", "status", "model")]
    figures = [percent(one.statistics.cvrmse_pct), percent(one.statistics.nmbe_pct)]
    return [*names, *figures, f"{one.statistics.coverage:.2f}", standing, str(len(one.findings))]


def _print_not_judged(stands: Sequence[Standing], asked: Asked) -> None:
    """Say of every process and resource without a baseline that is judged by, why."""
    for one in _wanted(stands, asked):
        if one.not_judged:
            typer.echo(f"{one.process} {one.resource} is not judged: {one.not_judged}")


def _wanted(stands: Sequence[Standing], asked: Asked) -> list[Standing]:
    return [
        one for one in stands if asked.process in ("", one.process) and asked.resource in ("", one.resource)
    ]


def _unjudged_rows(stands: Sequence[Standing], asked: Asked) -> list[dict[str, Any]]:
    """Return one row per process and resource that no baseline is in force for, with why."""
    return [
        {"process": one.process, "resource": one.resource, "version": 0, "status": None,
         "not_judged": one.not_judged}
        for one in _wanted(stands, asked)
        if not one.version
    ]  # fmt: skip
