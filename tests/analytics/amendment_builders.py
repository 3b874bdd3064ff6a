"""Entries of the journal of amendments, with times in seconds after START."""

from __future__ import annotations

from typing import Any

from domain.amendment import Amendment, AmendmentKind
from tests.analytics.consumption_builders import START, at


def an_entry(
    kind: str, start_s: float, end_s: float | None = None, number: int = 1, **given: Any
) -> Amendment:
    """Return an entry about the meter `m`."""
    end = at(start_s if end_s is None else end_s)
    facts: dict[str, Any] = {"at": START, "who": "Lan", "why": "seen", "meter": "m"}
    return Amendment(id=number, kind=AmendmentKind(kind), start=at(start_s), end=end, **facts | given)


def a_replacement(at_s: float, old: float, new: float, number: int = 1, **given: Any) -> Amendment:
    """Return a replacement of the meter `m`, whose old register showed `old` and the new one `new`."""
    return an_entry("replaced", at_s, number=number, old_register=old, new_register=new, **given)


def an_undoing(number: int, undoes: int) -> Amendment:
    """Return an entry that undoes another."""
    return an_entry("undone", 0, number=number, undoes=undoes)
