"""What one local day says: its excess as a share of the expected, when idle, and shift against shift.

Each channel answers to another kind of waste: `total` to what grows with the work, `idle` to what runs while
nothing is made, `shift <name>` to what one shift does and the others do not. What strays for days on end
hits all shifts alike and cancels in that contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from analytics.drift.limits import (
    LOOK_MIN_HOURS,
    MIN_CONTRAST_HOURS,
    MIN_DAY_HOURS,
    MIN_IDLE_HOURS,
    REST_SHARE,
)

TOTAL, IDLE, SHIFT = "total", "idle", "shift "


class Part(NamedTuple):
    """One usable clock hour as its day sees it; rates per hour."""

    excess: float
    expected: float
    sigma: float  # > 0
    idle: bool  # counts for the idle channel
    off: bool  # outside production
    shift: str
    hours: float  # usable part of the hour, 0 .. 1


class DayValues(NamedTuple):
    """A day's channels, each in its own unit; a channel of which too little is known is absent."""

    rest: bool | None  # hardly any production: judged by the scale of such days; None: it is not over yet
    values: dict[str, float]  # total, shift ...: shares of the expected; idle: [unit/h]


def day_values(parts: Sequence[Part], *, over: bool = True) -> DayValues:
    """Return what the hours of one local day say.

    Args:
        parts: the usable hours, of which MIN_DAY_HOURS say what the total is.
        over: whether no hour of it is to come; else LOOK_MIN_HOURS are enough.

    `total` is the excess' least squares slope over the expected, hours weighted by 1/sigma^2; `idle` the
    median excess of the idle hours; a shift's contrast its own share less that of the other shifts.

    >>> hour = Part(1.0, 10.0, 1.0, False, False, "early", 1.0)
    >>> late = hour._replace(excess=0.0, shift="late")
    >>> night = hour._replace(excess=0.5, idle=True, off=True, shift="")
    >>> {name: round(v, 3) for name, v in day_values([hour] * 8 + [late] * 8 + [night] * 8).values.items()}
    {'total': 0.05, 'idle': 0.5, 'shift early': 0.1, 'shift late': -0.1}
    """
    known = resting = above = below = 0.0
    idle = []
    for excess, expected, sigma, is_idle, is_off, _, hours in parts:  # one pass: a year has 8,766 of them
        known += hours
        above += excess * expected / sigma**2
        below += (expected / sigma) ** 2
        if is_off:
            resting += hours
        if is_idle:
            idle.append(excess)
    values: dict[str, float] = {}
    least = MIN_DAY_HOURS if over else LOOK_MIN_HOURS
    if known >= least and below > 1e-12 * len(parts):  # else nothing is expected
        values[TOTAL] = above / below
    if len(idle) >= MIN_IDLE_HOURS:
        values[IDLE] = median(idle)
    shifts = dict.fromkeys(part.shift for part in parts if part.shift)
    if len(shifts) > 1:
        values |= _contrasts(parts, list(shifts))
    return DayValues(resting > REST_SHARE * known if over else None, values)


def _contrasts(parts: Sequence[Part], shifts: list[str]) -> dict[str, float]:
    """Return each shift's excess as a share of its expected, less that of the other shifts.

    Shares of sums, not slopes: a batch that takes more when it begins takes less later, and within a shift
    both cancel. On simulated lines slopes made twice as many false contrasts and found fewer shifts.
    """
    found = {}
    for name in shifts:
        own = [part for part in parts if part.shift == name]
        others = [part for part in parts if part.shift not in ("", name)]
        if min(len(own), len(others)) >= MIN_CONTRAST_HOURS:
            one, rest = _share(own), _share(others)
            if one is not None and rest is not None:
                found[SHIFT + name] = one - rest
    return found


def _share(parts: Sequence[Part]) -> float | None:
    """Return the excess as a share of the expected; None where nothing is expected."""
    expected = sum(part.expected for part in parts)
    return sum(part.excess for part in parts) / expected if expected > 0.0 else None
