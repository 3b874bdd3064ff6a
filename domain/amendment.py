"""What people state about the past: another instrument, wrong readings, a static factor that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class AmendmentKind(StrEnum):
    """What is stated. What it does to the amounts stands in docs/registers.md."""

    REPLACED = "replaced"  # another instrument from this instant on: a new epoch of the meter
    BAD = "bad"  # the readings of the window are not used
    SET = "set"  # counter, delta: this much was used in the window; gauge: the rate was this
    INTERPOLATED = "interpolated"  # a line between the readings on both sides
    SCALED = "scaled"  # the window's amounts times a factor
    SHIFTED = "shifted"  # the window's readings plus an amount
    ADDED = "added"  # adjustment of what a process should use: this much more (or less) per hour
    GROWN = "grown"  # likewise: so many per cent more (or less)
    UNDONE = "undone"  # an earlier entry holds no more


#: non-routine adjustments (IPMVP; ISO 50006): about a process and resource, not about a meter
ADJUSTMENTS = (AmendmentKind.ADDED, AmendmentKind.GROWN)
#: the end of what has none
FOREVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Amendment:
    """One entry of the journal of amendments, which only grows; registers and values in the canonical unit.

    A replacement has `start` = `end`: readings at that instant or later are the new instrument's. An
    adjustment names process and resource and no meter.
    """

    id: int  # 1, 2, ... in the order of entry; 0 = not saved yet
    at: datetime  # when it was entered
    who: str
    why: str
    meter: str  # id of the meter or variable; "" = it is about a process and resource
    kind: AmendmentKind
    start: datetime
    end: datetime  # exclusive
    value: float | None = None  # set, scaled, shifted; added [canonical unit per hour]; grown [%]
    old_register: float | None = None  # replaced: what the old instrument showed last
    new_register: float | None = None  # replaced: what the new one showed first
    old_rollover: float | None = None  # replaced: size of the old register; None = it never wraps
    new_rollover: float | None = None  # replaced: size of the new one; None = as the plant file says
    undoes: int | None = None  # undone: id of the entry that holds no more
    process: str = ""  # adjustments
    resource: str = ""


def in_force(journal: Sequence[Amendment]) -> tuple[Amendment, ...]:
    """Return the entries that hold, in the order of entry: neither undone nor an undoing."""
    undone = {entry.undoes for entry in journal if entry.kind is AmendmentKind.UNDONE}
    return tuple(
        entry
        for entry in sorted(journal, key=lambda entry: entry.id)
        if entry.kind is not AmendmentKind.UNDONE and entry.id not in undone
    )


@dataclass(frozen=True, slots=True)
class Journal:
    """All amendments up to one id: what the analysis goes by during one run."""

    entries: tuple[Amendment, ...] = ()

    @property
    def last(self) -> int:
        """Return the newest entry's id; 0 while there is none."""
        return max((entry.id for entry in self.entries), default=0)

    @property
    def in_force(self) -> tuple[Amendment, ...]:
        """Return the entries that hold."""
        return in_force(self.entries)


def replacements(amendments: Sequence[Amendment], meter: str) -> tuple[Amendment, ...]:
    """Return the replacements of a meter among amendments in force, by their instants."""
    found = [one for one in amendments if one.kind is AmendmentKind.REPLACED and one.meter == meter]
    return tuple(sorted(found, key=lambda one: one.start))


def adjustments(amendments: Sequence[Amendment], process: str, resource: str) -> tuple[Amendment, ...]:
    """Return the non-routine adjustments of a process and resource among amendments in force."""
    return tuple(
        one
        for one in amendments
        if one.kind in ADJUSTMENTS and (one.process, one.resource) == (process, resource)
    )
