"""`wastenot alerts ack | snooze | assign | comment | feedback`: what people do about an alert."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.acting import acknowledge, alert_named, assign, comment, snooze, unacknowledge, unsnooze
from alerts.judging import give_feedback
from alerts.shifts import Shifts
from app.commands.alert_place import By, Place, said, tried, until_of
from app.commands.alert_shown import alert_row, show_row
from domain.alert import Alert
from domain.feedback import Verdict
from domain.ports import LedgerTx

#: without shifts a snooze lasts this long
SNOOZE = timedelta(hours=8)
Deed = Callable[[LedgerTx, str, str, datetime], Alert]


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
        who, why = said(by)
        if end:
            return alert_row(unsnooze(tx, which, who, why, place.now))
        shifts = Shifts(place.plant.timezone, place.plant.shifts)
        at = until_of(until, place) if until else shifts.end_of_shift(place.now) or place.now + SNOOZE
        return alert_row(snooze(tx, which, at, who, why, place.now))

    return show_row(tried(settings_file, plant_file, quiet), as_json=as_json)


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


def _did(settings_file: Path | None, plant_file: Path | None, deed: Deed, by: By, *, as_json: bool) -> int:
    def act(place: Place, tx: LedgerTx) -> dict[str, Any]:
        return alert_row(deed(tx, *said(by), place.now))

    return show_row(tried(settings_file, plant_file, act), as_json=as_json)
