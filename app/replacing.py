"""A meter's replacement: what it would count, and whether that can be true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.consumption.counter import MAX_WRAP, NOISE
from analytics.surroundings import latest_left, next_left
from app.amendments import canonical, local, problem, shown
from domain.amendment import Amendment, AmendmentKind, replacements
from domain.errors import Problem
from domain.meter import Meter, MeterKind, Variable
from domain.plant import Plant
from domain.ports import SeriesStore

#: the same registers again within this time are the same replacement, entered twice
TWICE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reading:
    """A register and when it showed that; `is_exchange` where a person read it at another replacement."""

    at: datetime
    value: float
    is_exchange: bool = False


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The readings on both sides of a replacement; None = none yet."""

    before: Reading | None
    after: Reading | None


def neighbours(
    store: SeriesStore, meter: Meter | Variable, at: datetime, amendments: Sequence[Amendment]
) -> Neighbours:
    """Return what the register showed before and after an instant, other replacements included.

    Raises:
        StoreError: the store cannot be read.
    """
    last, first = latest_left(store, meter, at, amendments), next_left(store, meter, at, amendments)
    before = [Reading(time, value) for _, time, value in last.iter_rows()]
    after = [Reading(time, value) for _, time, value in first.iter_rows()]
    for one in replacements(amendments, meter.id):
        if one.start < at and one.new_register is not None:
            before.append(Reading(one.start, one.new_register, is_exchange=True))
        elif one.start > at and one.old_register is not None:
            after.append(Reading(one.start, one.old_register, is_exchange=True))
    return Neighbours(
        max(before, key=lambda one: (one.at, one.is_exchange), default=None),
        min(after, key=lambda one: (one.at, not one.is_exchange), default=None),
    )


def replacement_problems(
    plant: Plant,
    meter: Meter | Variable,
    entry: Amendment,
    amendments: Sequence[Amendment],
    around: Neighbours,
) -> list[Problem]:
    """Return everything that cannot be true about a replacement."""
    if meter.kind is not MeterKind.COUNTER:
        message = f"is a {meter.kind}: only a counter has a register; others need no word of it"
        return [problem("METER", meter.id, message)]
    problems = _again(plant, entry, amendments)
    if entry.start > entry.at:
        problems.append(
            problem("--at", local(entry.start, plant), "lies in the future; now or earlier is allowed")
        )
    return problems + _too_low(plant, meter, entry, around) + _too_big(meter, entry)


def _again(plant: Plant, entry: Amendment, amendments: Sequence[Amendment]) -> list[Problem]:
    """Return the problem that this replacement was entered before."""
    for one in replacements(amendments, entry.meter):
        same = (one.old_register, one.new_register) == (entry.old_register, entry.new_register)
        if one.start == entry.start or (same and abs(one.start - entry.start) <= TWICE):
            message = (
                f"replacement {one.id} of {local(one.start, plant)} says so already; "
                f"undo that one first (wastenot meter undo {one.id}) if it is wrong"
            )
            return [problem("--at", local(entry.start, plant), message)]
    return []


def counted(v0: float | None, v1: float | None, size: float | None) -> float | None:
    """Return what a register counted from one value to another; None if unknown, or if it cannot be true.

    >>> counted(998.0, 2.0, 1000.0), counted(998.0, 2.0, None)
    (4.0, None)
    """
    if v0 is None or v1 is None:
        return None
    if v1 >= v0 * (1.0 - NOISE):
        return max(0.0, v1 - v0)
    wrapped = None if size is None else size - v0 + v1
    return wrapped if size is not None and wrapped is not None and wrapped <= MAX_WRAP * size else None


def register_size(meter: Meter | Variable, entry: Amendment) -> float | None:
    """Return the size of the new instrument's register; None = it never wraps."""
    return meter.rollover if entry.new_rollover is None else entry.new_rollover


def _too_low(plant: Plant, meter: Meter | Variable, entry: Amendment, around: Neighbours) -> list[Problem]:
    """Return the problems of registers that would have run backwards."""
    problems = []
    old, new = entry.old_register or 0.0, entry.new_register or 0.0
    before, after = around.before, around.after
    if before is not None and counted(before.value, old, entry.old_rollover) is None:
        message = f"is less than before: {_seen(plant, meter, before)}; that or more is allowed"
        problems.append(problem("--old-register", _figure(meter, old), message))
    if after is not None and counted(new, after.value, register_size(meter, entry)) is None:
        message = f"is more than after: {_seen(plant, meter, after)}; that or less is allowed"
        problems.append(problem("--new-register", _figure(meter, new), message))
    return problems


def _seen(plant: Plant, meter: Meter | Variable, one: Reading) -> str:
    return f"{_figure(meter, one.value)} {meter.unit.name} at {local(one.at, plant)}"


def _too_big(meter: Meter | Variable, entry: Amendment) -> list[Problem]:
    """Return the problems of registers beyond their size."""
    pairs = (
        ("--old-register", entry.old_register, entry.old_rollover),
        ("--new-register", entry.new_register, register_size(meter, entry)),
    )
    problems = []
    for option, value, size in pairs:
        if value is not None and value < 0.0:
            problems.append(problem(option, _figure(meter, value), "a register shows 0 or more"))
        if value is not None and size is not None and value >= size:
            message = (
                f"is beyond the register, which goes back to 0 at {_figure(meter, size)} {meter.unit.name}"
            )
            problems.append(problem(option, _figure(meter, value), message))
    return problems


def _figure(meter: Meter | Variable, value: float) -> str:
    return f"{shown(meter, value):.10g}"


def a_replacement(
    meter: Meter | Variable,
    at: datetime,
    registers: tuple[float, float],
    rollover: float | None,
    amendments: Sequence[Amendment],
    said: tuple[str, str, datetime],
) -> Amendment:
    """Return the entry for a replacement; registers and rollover in the meter's unit.

    The old register's size is kept with it, so that a later change of the plant file does not change how
    the old register's history is read.

    Args:
        said: who, why, and when that is.
    """
    earlier = [one for one in replacements(amendments, meter.id) if one.start < at]
    known = earlier[-1].new_rollover if earlier else None
    who, why, now = said
    return Amendment(
        0, now, who, why, meter.id, AmendmentKind.REPLACED, at, at,
        old_register=canonical(meter, registers[0]),
        new_register=canonical(meter, registers[1]),
        old_rollover=meter.rollover if known is None else known,
        new_rollover=None if rollover is None else canonical(meter, rollover),
    )  # fmt: skip
