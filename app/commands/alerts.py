"""`wastenot alerts ...`: what is open, who knows, what is silent, and how good the alerts are."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from alerts.acting import (
    acknowledge,
    alert_named,
    assign,
    comment,
    snooze,
    unacknowledge,
    unsnooze,
)
from alerts.judging import give_feedback
from alerts.machine import RANK
from alerts.policy import planned
from alerts.quality import quality
from alerts.shifts import Shifts
from alerts.silencing import add_silence, end_silence
from app.amendments import instant, local, problem, refuse
from app.wiring import load_configuration, open_ledger
from config.durations import parse_duration
from domain.alert import Alert
from domain.alert_change import AlertChange
from domain.errors import Problem, RefusedError
from domain.feedback import Verdict
from domain.plant import Plant
from domain.ports import LedgerTx
from domain.silence import Matcher, Silence, SilenceKind, parse_matcher
from store.ledger import SqlLedger

#: without shifts a snooze lasts this long
SNOOZE = timedelta(hours=8)
By = tuple[str, str]  # who ("" = who is at this machine), why
Deed = Callable[[LedgerTx, str, str, datetime], Alert]


class Place(NamedTuple):
    """What the commands work on."""

    plant: Plant
    ledger: SqlLedger
    now: datetime


def run_list(settings_file: Path | None, plant_file: Path | None, *, everything: bool, as_json: bool) -> int:
    """Show the open alerts, or all; return 0."""
    with _opened(settings_file, plant_file) as place:
        with place.ledger.begin() as tx:
            found = tx.alerts(open_only=not everything)
        rows = [_row(alert) for alert in sorted(found, key=_rank)]
        if as_json:
            typer.echo(json.dumps(rows, indent=1))
            return 0
        _table(place.plant, found)
    return 0


def _rank(alert: Alert) -> tuple[bool, int, float, str]:
    cost = float(alert.facts.get("cost_per_hour") or 0.0)
    return (not alert.is_open, -RANK[alert.severity], -cost, alert.fingerprint)


def _row(alert: Alert) -> dict[str, Any]:
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
        "fired_at": _iso(alert.fired_at),
        "resolved_at": _iso(alert.resolved_at),
        "acknowledged_at": _iso(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "snoozed_until": _iso(alert.snoozed_until),
        "assigned_to": alert.assigned_to,
        "withheld": alert.told.get("withheld", ""),
        "facts": dict(alert.facts),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _table(plant: Plant, found: Sequence[Alert]) -> None:
    if not found:
        typer.echo("no alert is open")
        return
    table = Table("alert", "severity", "state", "what", "since", "per hour", "who knows")
    for alert in sorted(found, key=_rank):
        cost = alert.facts.get("cost_per_hour")
        money = "" if cost is None else f"{cost:,.0f} {alert.facts.get('currency', '')}"
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


def run_show(settings_file: Path | None, plant_file: Path | None, which: str, *, as_json: bool) -> int:
    """Show one alert with its history; return 0, or 1 when there is none of that name."""

    def show(_place: Place, tx: LedgerTx) -> dict[str, Any]:
        alert = alert_named(tx, which)
        return _row(alert) | {"history": [_change(one) for one in tx.changes(fingerprint=alert.fingerprint)]}

    row = _tried(settings_file, plant_file, show)
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


def run_ack(
    settings_file: Path | None, plant_file: Path | None, which: str, *, undo: bool, by: By, as_json: bool
) -> int:
    """Acknowledge an alert, or take that back; return 0, or 1 when that cannot be."""
    deed = unacknowledge if undo else acknowledge
    return _did(
        settings_file,
        plant_file,
        lambda tx, who, why, now: deed(tx, which, who, why, now),
        by,
        as_json=as_json,
    )


def run_snooze(
    settings_file: Path | None, plant_file: Path | None, which: str, *, until: str, end: bool, by: By,
    as_json: bool,
) -> int:  # fmt: skip
    """Snooze an alert until the shift ends or until an instant, or end that; return 0, or 1."""

    def quiet(place: Place, tx: LedgerTx) -> dict[str, Any]:
        who, why = _said(by)
        if end:
            return _row(unsnooze(tx, which, who, why, place.now))
        shifts = Shifts(place.plant.timezone, place.plant.shifts)
        at = _until(until, place) if until else shifts.end_of_shift(place.now) or place.now + SNOOZE
        return _row(snooze(tx, which, at, who, why, place.now))

    return _show(_tried(settings_file, plant_file, quiet), as_json=as_json)


def run_assign(
    settings_file: Path | None, plant_file: Path | None, which: str, to: str, *, by: By, as_json: bool
) -> int:
    """Say who looks after an alert; return 0, or 1."""
    return _did(
        settings_file, plant_file, lambda tx, who, why, now: assign(tx, which, to, who, why, now), by,
        as_json=as_json,
    )  # fmt: skip


def run_comment(
    settings_file: Path | None, plant_file: Path | None, which: str, text: str, *, who: str, as_json: bool
) -> int:
    """Write into an alert's history; return 0, or 1."""
    return _did(
        settings_file, plant_file, lambda tx, name, _, now: comment(tx, which, text, name, now), (who, ""),
        as_json=as_json,
    )  # fmt: skip


def run_feedback(
    settings_file: Path | None, plant_file: Path | None, which: str, verdict: Verdict, *, by: By,
    as_json: bool,
) -> int:  # fmt: skip
    """Keep what somebody says of an alert; return 0, or 1."""

    def said(tx: LedgerTx, who: str, why: str, now: datetime) -> Alert:
        give_feedback(tx, which, verdict, why, who, now)
        return alert_named(tx, which)

    return _did(settings_file, plant_file, said, by, as_json=as_json)


def run_silence(
    settings_file: Path | None, plant_file: Path | None, match: Sequence[str], span: tuple[str, str], *,
    maintenance: bool, by: By, as_json: bool,
) -> int:  # fmt: skip
    """Add a silence; return 0, or 1 when it cannot be."""
    matchers = _matchers(match)
    kind = SilenceKind.MAINTENANCE if maintenance else SilenceKind.SILENCE

    def add(place: Place, tx: LedgerTx) -> dict[str, Any]:
        who, why = _said(by)
        begin = _until(span[0], place) if span[0] else place.now
        return _silence_row(
            add_silence(tx, kind, matchers, (begin, _until(span[1], place)), who, why, place.now), place.now
        )

    return _show(_tried(settings_file, plant_file, add), as_json=as_json)


def _matchers(texts: Sequence[str]) -> list[Matcher]:
    problems: list[Problem] = []
    found = []
    for text in texts:
        try:
            found.append(parse_matcher(text))
        except ValueError as wrong:
            problems.append(problem("--match", text, str(wrong)))
    refuse(problems)
    return found


def run_silences(
    settings_file: Path | None, plant_file: Path | None, *, everything: bool, as_json: bool
) -> int:
    """List the silences; return 0."""
    with _opened(settings_file, plant_file) as place:
        with place.ledger.begin() as tx:
            kept = tx.silences(since=None if everything else place.now)
        found = [*kept, *planned(place.plant.maintenance, place.plant.timezone, place.now)]
        rows = [_silence_row(one, place.now) for one in found]
        if as_json:
            typer.echo(json.dumps(rows, indent=1))
            return 0
        table = Table("id", "kind", "matches", "from", "to", "who", "comment", "holds")
        for row, one in zip(rows, found, strict=True):
            stretch = [local(at, place.plant) for at in (one.starts_at, one.ends_at)]
            names = (str(one.id or "-"), row["kind"], " ".join(row["matchers"]) or "everything")
            table.add_row(*names, *stretch, one.who, one.comment, "yes" if row["holds"] else "no")
        Console().print(table)
    return 0


def _silence_row(one: Silence, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id, "kind": str(one.kind), "matchers": [str(matcher) for matcher in one.matchers],
        "from": one.starts_at.isoformat(), "to": one.ends_at.isoformat(), "who": one.who,
        "comment": one.comment, "ended_by": one.ended_by, "holds": one.holds(now),
    }  # fmt: skip


def run_unsilence(
    settings_file: Path | None, plant_file: Path | None, number: int, *, by: By, as_json: bool
) -> int:
    """End a silence; return 0, or 1 when there is none of that number."""

    def end(place: Place, tx: LedgerTx) -> dict[str, Any]:
        return _silence_row(end_silence(tx, number, *_said(by), place.now), place.now)

    return _show(_tried(settings_file, plant_file, end), as_json=as_json)


def run_quality(settings_file: Path | None, plant_file: Path | None, days: float, *, as_json: bool) -> int:
    """Show the alert-quality indicators of the last days; return 0."""
    with _opened(settings_file, plant_file) as place:
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


@contextmanager
def _opened(settings_file: Path | None, plant_file: Path | None) -> Iterator[Place]:
    settings, plant = load_configuration(settings_file, plant_file)
    ledger = open_ledger(settings)
    try:
        ledger.migrate()
        yield Place(plant, ledger, datetime.now(UTC))
    finally:
        ledger.close()


def _tried(
    settings_file: Path | None, plant_file: Path | None, verb: Callable[[Place, LedgerTx], dict[str, Any]]
) -> dict[str, Any] | None:
    """Return what a verb gives in one transaction; None after saying why it was refused."""
    with _opened(settings_file, plant_file) as place:
        try:
            with place.ledger.begin() as tx:
                return verb(place, tx)
        except RefusedError as refused:
            typer.echo(str(refused), err=True)
            return None


def _did(settings_file: Path | None, plant_file: Path | None, deed: Deed, by: By, *, as_json: bool) -> int:
    def act(place: Place, tx: LedgerTx) -> dict[str, Any]:
        return _row(deed(tx, *_said(by), place.now))

    return _show(_tried(settings_file, plant_file, act), as_json=as_json)


def _show(row: dict[str, Any] | None, *, as_json: bool) -> int:
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


def _said(by: By) -> By:
    """Return who and why; who is at this machine where nobody is named."""
    who, why = by
    if who.strip():
        return who.strip(), why
    try:
        return f"{getpass.getuser()} (command line)", why
    except (KeyError, OSError):
        return "command line", why


def _until(text: str, place: Place) -> datetime:
    """Return an instant: of a duration from now, or of a date and time."""
    try:
        return place.now + timedelta(seconds=parse_duration(text))
    except ValueError:
        problems: list[Problem] = []
        at = instant("--until", text, place.plant.timezone, problems)
        refuse(problems)
        assert at is not None
        return at
