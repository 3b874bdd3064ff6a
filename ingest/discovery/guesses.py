"""What the values of one place in a topic's payloads say: register, rate or amount, and how often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from domain.meter import MeterKind
from domain.units import AMOUNT_OF, COUNT, ENERGY, MASS, VOLUME, Unit

_ENOUGH = 4  # values: three rises in a row are chance in one of eight
_LADDER_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 21600, 43200, 86400)
_AMOUNTS = {ENERGY, VOLUME, MASS, COUNT}


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess as a plant file writes it, and why. `sure` is False where a person has to look."""

    text: str
    why: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Steps:
    """How a value moved from message to message."""

    rises: int
    falls: int
    stays: int

    @property
    def moves(self) -> int:
        """Return how many times there was a next value."""
        return self.rises + self.falls + self.stays


def steps_of(values: Sequence[float]) -> Steps:
    """Return how values moved.

    >>> steps_of([1, 2, 2, 1])
    Steps(rises=1, falls=1, stays=1)
    """
    pairs = list(pairwise(values))
    rises, falls = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
    return Steps(rises, falls, len(pairs) - rises - falls)


def guess_kind(values: Sequence[float], unit: Unit | None, state_class: str = "") -> Guess:
    """Return counter, gauge or delta.

    The unit decides what it can: a rate is a gauge. An amount that only rises is a register, one that goes
    up and down is an amount per message. Too few values, or none that moved, leave it unsure.

    Args:
        values: in the order of arrival, in the unit sent.
        unit: None where it is not known.
        state_class: Home Assistant's, "" where nothing is declared.

    >>> guess_kind([1.0, 2.0, 2.0, 3.0, 4.0], None)
    Guess(text='counter', why='rose in 3 of 4 messages, never fell', sure=True)
    """
    if unit is not None and unit.dimension in AMOUNT_OF:
        return Guess("gauge", f"{unit.name} is a rate")
    if unit is not None and unit.dimension not in _AMOUNTS:
        return Guess("gauge", f"a {unit.dimension} is averaged")
    if state_class in {"total", "total_increasing"}:
        return Guess("counter", f"declared as {state_class}")
    moved = steps_of(values)
    if moved.falls:
        return _falling(moved, unit)
    return _rising(moved)


def _rising(moved: Steps) -> Guess:
    if not moved.moves:
        return Guess("counter", "unsure: heard once", sure=False)
    if not moved.rises:
        return Guess("counter", f"unsure: did not move in {moved.moves + 1} messages", sure=False)
    if moved.moves + 1 < _ENOUGH:
        return Guess("counter", f"unsure: only {moved.moves + 1} messages", sure=False)
    return Guess("counter", f"rose in {moved.rises} of {moved.moves} messages, never fell")


def _falling(moved: Steps, unit: Unit | None) -> Guess:
    told = f"rose {moved.rises} and fell {moved.falls} times in {moved.moves} messages"
    if moved.falls == 1 and moved.rises >= 2 * _ENOUGH:
        return Guess("counter", f"unsure: {told} (a reset?)", sure=False)
    enough = moved.moves + 1 >= _ENOUGH
    kind = MeterKind.GAUGE if unit is None else MeterKind.DELTA
    return Guess(kind, told if enough else f"unsure: {told}", sure=enough)


def guess_cadence(arrivals_us: Sequence[int]) -> Guess | None:
    """Return how often messages come, as a plant file writes it; None if there are fewer than three.

    >>> guess_cadence([0, 10_020_000, 20_010_000, 30_030_000])
    Guess(text='10s', why='3 intervals, median 10.0 s', sure=True)
    """
    intervals_s = [(b - a) / 1e6 for a, b in pairwise(arrivals_us)]
    if len(intervals_s) < 2:
        return None
    middle_s = median(intervals_s)
    if middle_s < 0.01:
        return None  # they come in bursts: no cadence to judge silence by
    told = f"{len(intervals_s)} intervals, median {middle_s:.3g} s"
    if middle_s >= 10:
        told = f"{len(intervals_s)} intervals, median {middle_s:.1f} s"
    return Guess(cadence_text(middle_s), told, sure=max(intervals_s) < 3 * middle_s)


def cadence_text(seconds: float) -> str:
    """Return a duration rounded to what a person would have set: upwards where no round one is near.

    >>> cadence_text(9.7), cadence_text(61.0), cadence_text(7.31), cadence_text(0.5), cadence_text(3590)
    ('10s', '1min', '7.4s', '500ms', '1h')
    """
    near = min(_LADDER_S, key=lambda step: abs(math.log(seconds / step)))
    if abs(seconds / near - 1) <= 0.1:
        seconds = near
    else:
        digits = 10.0 ** (math.floor(math.log10(seconds)) - 1)
        seconds = math.ceil(round(seconds / digits, 6)) * digits
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:.0f}{name}"
    return f"{seconds:.10g}s" if seconds >= 1 else f"{seconds * 1000:.10g}ms"


def is_running_number(values: Sequence[float]) -> bool:
    """Return whether whole numbers go up by one from message to message (a number that wraps around may).

    >>> is_running_number([254, 255, 0, 1]), is_running_number([1, 2, 4, 8])
    (True, False)
    """
    pairs = list(pairwise(values))
    if len(pairs) < 2 or any(value != int(value) for value in values):
        return False
    return sum(b - a != 1 for a, b in pairs) <= len(pairs) // 3
