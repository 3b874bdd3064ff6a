"""`wastenot alerts list | show | quality`: what is open, how it came to be, and how good the alerts are."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer

from alerts.acting import alert_named
from alerts.quality import quality
from alerts.shifts import Shifts
from app.commands.alert_place import Place, opened, tried
from app.commands.alert_shown import alert_row, rank_of, show_table
from domain.alert_change import AlertChange
from domain.ports import LedgerTx


def run_list(settings_file: Path | None, plant_file: Path | None, *, everything: bool, as_json: bool) -> int:
    """Show the open alerts, or all; return 0."""
    with opened(settings_file, plant_file) as place:
        with place.ledger.begin() as tx:
            found = tx.alerts(open_only=not everything)
        rows = [alert_row(alert) for alert in sorted(found, key=rank_of)]
        if as_json:
            typer.echo(json.dumps(rows, indent=1))
            return 0
        show_table(place.plant, found)
    return 0


def run_show(settings_file: Path | None, plant_file: Path | None, which: str, *, as_json: bool) -> int:
    """Show one alert with its history; return 0, or 1 when there is none of that name."""

    def show(_place: Place, tx: LedgerTx) -> dict[str, Any]:
        alert = alert_named(tx, which)
        return alert_row(alert) | {
            "history": [_change(one) for one in tx.changes(fingerprint=alert.fingerprint)]
        }

    row = tried(settings_file, plant_file, show)
    if row is not None and not as_json:
        for name, value in row.items():
            if name not in {"history", "facts"} and value not in {None, ""}:
                typer.echo(f"{name}: {value}")
        for one in row["history"]:
            typer.echo(f"  {one['at']}  {one['change']:14} {one['who']:18} {one['why']}")
    elif row is not None:
        typer.echo(json.dumps(row, indent=1))
    return int(row is None)


def _change(one: AlertChange) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(), "episode": one.episode, "who": one.who, "change": str(one.change),
        "before": one.before, "after": one.after, "why": one.why, "details": dict(one.details),
    }  # fmt: skip


def run_quality(settings_file: Path | None, plant_file: Path | None, days: float, *, as_json: bool) -> int:
    """Show the alert-quality indicators of the last days; return 0."""
    with opened(settings_file, plant_file) as place:
        shifts = Shifts(place.plant.timezone, place.plant.shifts)
        with place.ledger.begin() as tx:
            row = quality(tx, shifts, (place.now - timedelta(days=days), place.now), place.now)
    row |= {"currency": place.plant.currency}
    if as_json:
        typer.echo(json.dumps(row, indent=1))
    else:
        for name, value in row.items():
            shown = len(value) if isinstance(value, list) else "unknown" if value is None else value
            typer.echo(f"{name.replace('_', ' ')}: {shown}")
    return 0
