"""`wastenot baseline`: list, show and approve baselines."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.backtest import finding_row
from app.wiring import load_configuration, open_ledger
from domain.baseline import Baseline, BaselineStatus
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from domain.ports import Ledger

ACTIONS = ("list", "show", "approve")


def run_baseline(
    settings_file: Path | None,
    plant_file: Path | None,
    action: str,
    process: str,
    resource: str,
    *,
    version: int,
    reason: str,
    who: str,
    as_json: bool,
) -> int:
    """Do one of ACTIONS; return 0, or 1 when there is no such baseline."""
    settings, plant = load_configuration(settings_file, plant_file)
    _check(plant, action, process, resource, approval=(version, reason, who))
    ledger = open_ledger(settings)
    try:
        if action == "approve":
            return _approve(ledger, (process, resource, version), reason, who)
        with ledger.begin() as tx:
            found = tx.baselines(process or None, resource or None)
    finally:
        ledger.close()
    if version:
        found = [baseline for baseline in found if baseline.version == version]
    rows = [_row(baseline, whole=action == "show") for baseline in found]
    typer.echo(json.dumps(rows, indent=1)) if as_json or action == "show" else _print(rows)
    return 0 if rows or action == "list" else 1


def _check(plant: Plant, action: str, process: str, resource: str, approval: tuple[int, str, str]) -> None:
    """Raise with everything wrong about the command's options."""
    problems = []
    if action not in ACTIONS:
        problems.append(_problem("ACTION", action, f"one of {', '.join(ACTIONS)}"))
    if process and process not in plant.processes:
        problems.append(_problem("--process", process, f"one of {', '.join(plant.processes)}"))
    if resource and resource not in plant.resources:
        problems.append(_problem("--resource", resource, f"one of {', '.join(plant.resources)}"))
    if action == "approve":
        named = {"--process": process, "--resource": resource, "--version": approval[0]}
        named |= {"--reason": approval[1], "--who": approval[2]}
        problems += [_problem(name, "", "is needed to approve") for name, value in named.items() if not value]
    if problems:
        raise ConfigError(problems)


def _problem(name: str, value: str, message: str) -> Problem:
    return Problem("command line", "", name, value, message)


def _approve(ledger: Ledger, which: tuple[str, str, int], reason: str, who: str) -> int:
    """Put a version in force; its predecessor becomes superseded, both stay."""
    process, resource, version = which
    with ledger.begin() as tx:
        found = [one for one in tx.baselines(process, resource) if one.version == version]
        if not found:
            typer.echo(f"{process} {resource} has no baseline version {version}", err=True)
            return 1
        tx.save_baseline(replace(found[0], status=BaselineStatus.APPROVED))
        tx.audit(
            at=datetime.now(UTC),
            who=who,
            what="baseline.approved",
            about=f"{process}/{resource}/{version}",
            why=reason,
            details={"model": found[0].model},
        )
    typer.echo(f"{process} {resource}: version {version} is in force")
    return 0


def _row(baseline: Baseline, *, whole: bool) -> dict[str, Any]:
    """Return a baseline as JSON values; `whole` with its coefficients and findings."""
    figures = {
        "process": baseline.process,
        "resource": baseline.resource,
        "version": baseline.version,
        "status": str(baseline.status),
        "model": baseline.model,
        "variables": list(baseline.variables),
        "period": [baseline.period_start.isoformat(), baseline.period_end.isoformat()],
        "statistics": asdict(baseline.statistics),
        "cross_validated": None if baseline.cross_validated is None else asdict(baseline.cross_validated),
        "created_at": baseline.created_at.isoformat(),
        "author": baseline.author,
        "reason": baseline.reason,
        "findings": [finding_row(finding) for finding in baseline.findings],
    }
    return figures | ({"coefficients": dict(baseline.coefficients)} if whole else {})


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table()
    for name in (
        "process",
        "resource",
        "version",
        "status",
        "model",
        "CV(RMSE) %",
        "NMBE %",
        "coverage",
        "findings",
    ):
        table.add_column(name)
    for row in rows:
        figures = row["statistics"]
        cells = (row["process"], row["resource"], row["version"], row["status"], row["model"])
        shown = (_figure(figures["cvrmse_pct"]), _figure(figures["nmbe_pct"]), f"{figures['coverage']:.2f}")
        table.add_row(*map(str, cells), *shown, str(len(row["findings"])))
    Console().print(table)


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}"
