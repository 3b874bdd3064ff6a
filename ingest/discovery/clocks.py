"""Which value of a payload is its time, in which unit: whatever reads as an instant near the arrival."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from zoneinfo import ZoneInfo

from ingest.discovery.leaves import Steps
from ingest.discovery.vocabulary import TIME_WORDS
from ingest.discovery.words import words_of
from ingest.times import time_reader

_NEAR_S = 86400.0  # a value without a time's name has to be so near to its arrival
_FAR_S = 400 * 86400.0  # one with it may be so old: a gateway sends what it kept
_AHEAD_S = 300.0  # ingest refuses times that are further ahead
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_LATE_S = 600.0
_UNITS = ("ms", "s", "us", "ns")


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """Where a payload's time stands, and how it is written."""

    steps: Steps
    unit: str  # s, ms, us, ns or iso
    off_s: float  # median of arrival minus time
    zoneless: bool  # an iso time without an offset: read as the plant's time
    named: bool

    @property
    def why(self) -> str:
        """Return the evidence in words."""
        told = f"{self.unit}, {_span(self.off_s)}"
        return told + (", no UTC offset: read as the plant's local time" if self.zoneless else "")

    @property
    def sure(self) -> bool:
        """Return whether it is so near to the arrival that no time zone can be wrong."""
        return abs(self.off_s) < _LATE_S


def _span(seconds: float) -> str:
    """Return by how much a time goes before the arrival, for a person.

    >>> _span(0.04), _span(-2.5), _span(7210.0)
    ('0.0 s before arrival', '2.5 s after arrival', '2.0 h before arrival')
    """
    size = f"{abs(seconds):.1f} s" if abs(seconds) < _LATE_S else f"{abs(seconds) / 3600:.1f} h"
    return f"{size} {'before' if seconds > -0.05 else 'after'} arrival"


def guess_time(columns: Mapping[Steps, Sequence[tuple[int, object]]], timezone: ZoneInfo) -> TimeGuess | None:
    """Return the payload's time, None where nothing reads as one.

    Args:
        columns: values by their place, each with its arrival [microseconds since 1970, UTC].
        timezone: of the plant, for iso times without an offset.
    """
    found = [guess for steps, column in columns.items() if (guess := _as_time(steps, column, timezone))]
    return min(found, key=lambda one: (not one.named, len(one.steps), abs(one.off_s)), default=None)


def _as_time(steps: Steps, column: Sequence[tuple[int, object]], timezone: ZoneInfo) -> TimeGuess | None:
    named = is_time_named(steps)
    if not column:
        return None
    if all(type(value) in {int, float} for _, value in column):
        guesses = [_read(steps, column, unit, timezone, named) for unit in _UNITS]
        return min((one for one in guesses if one), key=lambda one: abs(one.off_s), default=None)
    if all(isinstance(value, str) and looks_like_a_time(value) for _, value in column):
        return _read(steps, column, "iso", timezone, named)
    return None


def is_time_named(steps: Steps) -> bool:
    """Return whether a place is called a time.

    >>> is_time_named(("params", "ts")), is_time_named(("lastSeen",)), is_time_named(("total",))
    (True, True, False)
    """
    last = next((step for step in reversed(steps) if isinstance(step, str)), "")
    return bool(TIME_WORDS & set(words_of(last)))


def looks_like_a_time(text: str) -> bool:
    """Return whether a text may be an ISO 8601 instant.

    >>> looks_like_a_time("2026-11-22T09:40:00"), looks_like_a_time("shellypro3em-1")
    (True, False)
    """
    return _ISO.match(text.strip()) is not None


def _read(
    steps: Steps, column: Sequence[tuple[int, object]], unit: str, timezone: ZoneInfo, named: bool
) -> TimeGuess | None:
    read = time_reader(unit, timezone)
    try:
        offs_s = [(arrival_us - read(value)) / 1e6 for arrival_us, value in column]
    except (ValueError, OverflowError):
        return None
    farthest_s = _FAR_S if named else _NEAR_S
    if not all(-_AHEAD_S <= off_s <= farthest_s for off_s in offs_s):
        return None
    if 2 * len({read(value) for _, value in column}) < len(column) > 2:
        return None  # the start of a minute or of a day, not the time of the reading
    zoneless = unit == "iso" and any(_zoneless(str(value)) for _, value in column)
    return TimeGuess(steps, unit, median(offs_s), zoneless, named)


def _zoneless(written: str) -> bool:
    clock = written.strip()[10:]
    return not (clock.endswith(("Z", "z")) or "+" in clock or "-" in clock)
