"""The course of a stream's limits: nearer day by day while nothing is found, further away after every find.

Limits learned from one year hold for the next only as far as the next is like it. A stream that keeps still
can afford nearer ones, a stream that strays by itself needs further ones; either way its hotspots stay near
the plant's budget, whatever its baseline's residuals said. The upward tests of the whole day and of the idle
hours follow it, and what they find widens it. A shift's contrast comes nearer with them and is not widened;
the fast channels are widened a little: the second leak of a year is to be found almost as soon as the first.
A stream that is known to keep still comes near sooner (`straying`).

Source: I. Gibbs, E. Candes (2021), Adaptive conformal inference under distribution shift, NeurIPS 34: a
level that moves a little towards silence after every alarm, and back meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from analytics.drift import straying
from analytics.drift.channels import IDLE, TOTAL
from analytics.drift.limits import (
    FARTHEST,
    FAST_FARTHEST,
    HALVED_DAYS,
    KEEP_FINDS,
    LEAST_LIMIT,
    NEAREST,
    NEAREST_EXCURSION,
    STILL_SOONER,
    WIDER,
)
from analytics.drift.memory import OVER, Memory
from domain.alert import AlertKind, fingerprint_of

#: the channels whose upward tests follow the course wholly, and whose finds widen it
FOLLOWERS = frozenset({TOTAL, IDLE})


def daily_limit(memory: Memory, channel: str, side: int, learned: float) -> float:
    """Return a daily channel's limit as it is now [its standard deviations].

    Args:
        side: +1 upwards, -1 downwards.
        learned: what the baseline's residuals said; nearness alone leads no nearer than NEAREST_EXCURSION
            over the channel's reference value.
    """
    if side < 0:
        return learned
    follows = channel in FOLLOWERS
    course = memory.course if follows else min(0.0, memory.course)
    nearest = max(LEAST_LIMIT, NEAREST_EXCURSION / memory.reference(channel))
    limit = max(math.exp(course) * learned, min(nearest, learned))
    return limit * straying.farther(memory, channel) if follows else limit


def fast_factor(memory: Memory) -> float:
    """Return how much wider the fast channels' limits are than learned, 1 .. FAST_FARTHEST."""
    return min(FAST_FARTHEST, math.exp(memory.course)) if memory.course > 0.0 else 1.0


def pass_day(memory: Memory, confirmed: Collection[str]) -> None:
    """Let a local day pass: limits come nearer; what a find that was confirmed has widened is taken back.

    Args:
        confirmed: fingerprints of the alerts that people called right.
    """
    right = [one for one in memory.finds if fingerprint_of(AlertKind.HOTSPOT, one[0]) in confirmed]
    memory.finds = [one for one in memory.finds if one not in right]
    for _, widened in right:
        _move(memory, -widened)
    if OVER not in memory.episodes:
        _move(memory, -math.log(2.0) / HALVED_DAYS * (1.0 + STILL_SOONER * straying.stillness(memory)))


def widen(memory: Memory, hotspot: str, detector: str, per_year: float) -> None:
    """Note a hotspot of over-consumption: until a person calls it right, it counts against the budget.

    Args:
        hotspot: its id.
        detector: what found it.
        per_year: the budget, hotspots per stream and year that may be false.
    """
    if detector in {f"cusum_{channel}" for channel in FOLLOWERS}:
        widened = _move(memory, WIDER / per_year)
        memory.finds = [*memory.finds, (hotspot, widened)][-KEEP_FINDS:]


def _move(memory: Memory, by: float) -> float:
    """Move the course within its bounds; return by how much it moved."""
    before = memory.course
    memory.course = min(max(before + by, math.log(NEAREST)), math.log(FARTHEST))
    return memory.course - before
