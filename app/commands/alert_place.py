"""What the commands about alerts work on: plant and ledger, one transaction, and who says it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import typer

from app.amendments import instant, refuse
from app.wiring import load_configuration, open_ledger
from config.durations import parse_duration
from domain.errors import Problem, RefusedError
from domain.plant import Plant
from domain.ports import LedgerTx
from store.ledger import SqlLedger

By = tuple[str, str]  # who ("" = who is at this machine), why


class Place(NamedTuple):
    """What the commands work on."""

    plant: Plant
    ledger: SqlLedger
    now: datetime


@contextmanager
def opened(settings_file: Path | None, plant_file: Path | None) -> Iterator[Place]:
    """Give the plant and its ledger, its tables up to date."""
    settings, plant = load_configuration(settings_file, plant_file)
    ledger = open_ledger(settings)
    try:
        ledger.migrate()
        yield Place(plant, ledger, datetime.now(UTC))
    finally:
        ledger.close()


def tried(
    settings_file: Path | None, plant_file: Path | None, verb: Callable[[Place, LedgerTx], dict[str, Any]]
) -> dict[str, Any] | None:
    """Return what a verb gives in one transaction; None after saying why it was refused."""
    with opened(settings_file, plant_file) as place:
        try:
            with place.ledger.begin() as tx:
                return verb(place, tx)
        except RefusedError as refused:
            typer.echo(str(refused), err=True)
            return None


def said(by: By) -> By:
    """Return who and why; who is at this machine where nobody is named."""
    who, why = by
    if who.strip():
        return who.strip(), why
    try:
        return f"{getpass.getuser()} (command line)", why
    except (KeyError, OSError):
        return "command line", why


def until_of(text: str, place: Place) -> datetime:
    """Return an instant: of a duration from now, or of a date and time."""
    try:
        return place.now + timedelta(seconds=parse_duration(text))
    except ValueError:
        problems: list[Problem] = []
        at = instant("--until", text, place.plant.timezone, problems)
        refuse(problems)
        assert at is not None
        return at
