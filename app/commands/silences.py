"""`wastenot alerts silence | silences | unsilence`: what is kept from people for a while, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from alerts.policy import planned
from alerts.silencing import add_silence, end_silence
from app.amendments import local, problem, refuse
from app.commands.alert_place import By, Place, opened, said, tried, until_of
from app.commands.alert_shown import show_row
from domain.errors import Problem
from domain.ports import LedgerTx
from domain.silence import Matcher, Silence, SilenceKind, parse_matcher


def run_silence(
    settings_file: Path | None, plant_file: Path | None, match: Sequence[str], span: tuple[str, str], *,
    maintenance: bool, by: By, as_json: bool,
) -> int:  # fmt: skip
    """Add a silence; return 0, or 1 when it cannot be."""
    matchers = _matchers(match)
    kind = SilenceKind.MAINTENANCE if maintenance else SilenceKind.SILENCE

    def add(place: Place, tx: LedgerTx) -> dict[str, Any]:
        who, why = said(by)
        begin = until_of(span[0], place) if span[0] else place.now
        return _silence_row(
            add_silence(tx, kind, matchers, (begin, until_of(span[1], place)), who, why, place.now), place.now
        )

    return show_row(tried(settings_file, plant_file, add), as_json=as_json)


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
    with opened(settings_file, plant_file) as place:
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
        return _silence_row(end_silence(tx, number, *said(by), place.now), place.now)

    return show_row(tried(settings_file, plant_file, end), as_json=as_json)
