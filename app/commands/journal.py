"""What people enter into the journal, as `meter`, `correct` and `baseline adjust` list it and undo it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import typer

from app.amendments import Opened, journal_rows, meter_of, problem, refuse, said, undo
from domain.amendment import AmendmentKind
from domain.errors import Problem


class Entries(NamedTuple):
    """The entries that a command makes."""

    kinds: Sequence[AmendmentKind]
    word: str  # for one of them
    number: str  # what its number is, and which command lists them
    why: str = "--why"  # the option that says why


def rows_of(place: Opened, entries: Entries, meter: str) -> list[dict[str, Any]]:
    """Return the entries of one meter ("": of all) as JSON values, the undone ones too.

    Raises:
        ConfigError: the plant has no such meter.
    """
    if meter:
        problems: list[Problem] = []
        meter_of(place.plant, meter, problems)
        refuse(problems)
    with place.ledger.begin() as tx:
        return journal_rows(tx.amendments(), place.plant, entries.kinds, meter)


def state_of(row: dict[str, Any]) -> str:
    """Return whether an entry counts, in words."""
    return "in force" if row["undone"] is None else f"undone by {row['undone']['who']}"


def undo_entry(place: Opened, entries: Entries, number: str, who: str, why: str, *, as_json: bool) -> None:
    """Undo an entry by a counter entry, and say so; both stay in the journal.

    Raises:
        ConfigError: with everything that is wrong about it.
    """
    problems: list[Problem] = []
    if not number.isdigit():
        problems.append(problem("ID", number, entries.number))
    said({"--who": who, entries.why: why}, problems)
    refuse(problems)
    with place.ledger.begin() as tx:
        undone = undo(tx, int(number), entries.kinds, who, why, datetime.now(UTC))
    stream = {"process": undone.process, "resource": undone.resource}
    about = {"meter": undone.meter} if undone.meter else stream
    row = {"id": undone.id, "undoes": undone.undoes} | about
    words = f"{' '.join(about.values())}: {entries.word} {number} is undone"
    typer.echo(json.dumps(row, indent=1) if as_json else words)


def numbered(entries: Entries, number: object, *, dry_run: bool) -> str:
    """Return what became of an entry, as words to put into a sentence."""
    return "would be entered" if dry_run else f"is {entries.word} {number}"


def ended(lines: Sequence[str], *, dry_run: bool) -> str:
    """Return what a person reads after an entry, with what happens next."""
    later = "the analysis recomputes what this touches in its next run"
    return "\n".join([*lines, "dry run: nothing was written" if dry_run else later])
