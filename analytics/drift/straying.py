"""How far a stream strays by itself: its recent level against its long mean, in each slow channel.

Some streams keep still but for noise; others creep for weeks without anything being wrong, and what creeps
upwards passes any limit at last. A stream tells which it is by how far its recent level lies from its long
mean: the part of that which noise cannot explain, learned day by day. Where there is some, an excess has to
stand out from the recent level if that lies above the long mean, what rises from a recent level below it
counts sooner, and limits are further, unless the baseline knows the output; where there is none, limits come
near sooner. The stream's own past decides: nothing is set by hand.

Source: W. James, C. Stein (1961), Estimation with quadratic loss, Proc. 4th Berkeley Symposium 1, 361-379:
the share of a mean square that is not noise, never below zero.
"""

from __future__ import annotations

from statistics import fmean

from analytics.drift.limits import (
    DROP_WEIGHT,
    KNOWN_LIFT_WEIGHT,
    LIFT_WEIGHT,
    RECENT_DAYS,
    RECENT_LAG_DAYS,
    RECENT_MIN_DAYS,
    STILL_LIFT,
    STILL_MIN_DAYS,
    STILL_WORTH_DAYS,
    STRAYING_DAYS,
    STRAYING_FARTHER,
)
from analytics.drift.memory import Memory, Straying


def lift(memory: Memory, channel: str, mean: float) -> float | None:
    """Return how far a channel's recent level lies above its long mean [standard deviations].

    The last days are left out: an excess that has just begun is not yet the stream's level.

    Args:
        memory: the stream's, before the day that is judged is in it.
        channel: total or idle.
        mean: the running mean of its upward test.

    Returns:
        None where too few days are known.
    """
    recent = memory.days[-RECENT_DAYS - RECENT_LAG_DAYS : -RECENT_LAG_DAYS]
    values = [day.z[channel] for day in recent if channel in day.z]
    return fmean(values) - mean if len(values) >= RECENT_MIN_DAYS else None


def learn(memory: Memory, channel: str, lifted: float | None) -> None:
    """Let a day's lift say how far the channel strays; not while a hotspot is open, which is no straying."""
    if lifted is None or memory.episodes:
        return
    known = _known(memory, channel)
    days = min(known.days + 1.0, STRAYING_DAYS)
    square = known.square + (lifted**2 - known.square) / (STILL_WORTH_DAYS + days)
    memory.straying[channel] = Straying(square, days)


def own_share(known: Straying) -> float:
    """Return the share of a channel's straying that noise does not explain, 0 .. 1.

    >>> own_share(Straying()), own_share(Straying(square=(2.0 * STILL_LIFT) ** 2, days=90.0))
    (0.0, 0.75)
    """
    return max(0.0, 1.0 - STILL_LIFT**2 / known.square) if known.square > 0.0 else 0.0


def reference(memory: Memory, channel: str, lifted: float | None) -> float:
    """Return the reference value of a channel's upward test today [standard deviations], 0 at least.

    What lies above the long mean for weeks goes on rising more often than not, so it counts several times
    over; less where the baseline knows the output.
    """
    own, share = memory.reference(channel), own_share(_known(memory, channel))
    if lifted is None:
        return own
    above = KNOWN_LIFT_WEIGHT if memory.knows_output else LIFT_WEIGHT
    return max(0.0, own + share * lifted * (above if lifted > 0.0 else DROP_WEIGHT))


def farther(memory: Memory, channel: str) -> float:
    """Return how many times further a channel's upward limit is than one of a still stream.

    Not where the baseline knows the output: what strays elsewhere may be work that nobody counts.
    """
    if memory.knows_output:
        return 1.0
    return 1.0 + STRAYING_FARTHER * own_share(_known(memory, channel))


def _known(memory: Memory, channel: str) -> Straying:
    """Return what is known of a channel's straying; of a new one, that it is noise."""
    return memory.straying.get(channel, Straying())


def stillness(memory: Memory) -> float:
    """Return 1 for a stream that is known to keep still, 0 for one that strays or is not known yet."""
    shares = [own_share(known) for known in memory.straying.values() if known.days > STILL_MIN_DAYS]
    return max(0.0, 1.0 - 3.0 * max(shares)) if shares else 0.0
