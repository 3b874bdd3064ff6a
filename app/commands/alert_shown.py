"""An alert as the commands show it: as JSON values, in one line, and in a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from alerts.machine import RANK
from app.amendments import local
from domain.alert import Alert
from domain.alert_facts import facts_of
from domain.plant import Plant


def alert_row(alert: Alert) -> dict[str, Any]:
    """Return an alert as JSON values."""
    return {
        "fingerprint": alert.fingerprint,
        "episode": alert.episode,
        "kind": str(alert.kind),
        "key": alert.key,
        "severity": str(alert.severity),
        "state": str(alert.state),
        "standing": str(alert.standing),
        "reason": alert.reason,
        "since": alert.since.isoformat(),
        "fired_at": iso(alert.fired_at),
        "resolved_at": iso(alert.resolved_at),
        "acknowledged_at": iso(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "snoozed_until": iso(alert.snoozed_until),
        "assigned_to": alert.assigned_to,
        "withheld": alert.told.get("withheld", ""),
        "facts": dict(alert.facts),
    }


def iso(at: datetime | None) -> str | None:
    """Return an instant as JSON has it."""
    return None if at is None else at.isoformat()


def rank_of(alert: Alert) -> tuple[bool, int, float, str]:
    """Return what sorts alerts: open ones first, then the gravest, then the dearest."""
    cost = facts_of(alert).cost_per_hour or 0.0
    return (not alert.is_open, -RANK[alert.severity], -cost, alert.fingerprint)


def show_table(plant: Plant, found: Sequence[Alert]) -> None:
    """Show alerts as a table."""
    if not found:
        typer.echo("no alert is open")
        return
    table = Table("alert", "severity", "state", "what", "since", "per hour", "who knows")
    for alert in sorted(found, key=rank_of):
        facts = facts_of(alert)
        money = "" if facts.cost_per_hour is None else f"{facts.cost_per_hour:,.0f} {facts.currency}"
        knows = alert.acknowledged_by or ("nobody" if alert.fired_at else "")
        state = str(alert.state) if not alert.snoozed_until else f"{alert.state}, snoozed"
        table.add_row(
            alert.fingerprint[:8], str(alert.severity), state, _what(alert), local(alert.since, plant), money,
            knows,
        )  # fmt: skip
    Console().print(table)


def _what(alert: Alert) -> str:
    facts = alert.facts
    place = " ".join(str(facts[name]) for name in ("process", "resource") if facts.get(name))
    return f"{facts.get('hotspot_kind') or alert.kind}: {place or facts.get('meter') or alert.key}"


def show_row(row: dict[str, Any] | None, *, as_json: bool) -> int:
    """Show an alert or a silence as it now stands; return 0, or 1 where there is none."""
    if row is None:
        return 1
    if as_json:
        typer.echo(json.dumps(row, indent=1))
    elif "fingerprint" in row:
        snoozed = f", snoozed until {row['snoozed_until']}" if row["snoozed_until"] else ""
        typer.echo(f"{row['fingerprint']}: {row['standing'].replace('_', ', ')}{snoozed}")
    else:
        typer.echo(f"silence {row['id']}: {' '.join(row['matchers'])} from {row['from']} to {row['to']}")
    return 0
