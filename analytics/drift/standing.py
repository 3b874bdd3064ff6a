"""What standing losses have added to a stream's use: out of all that its tests see from then on.

An excess that has come to stay is no news any more, but what comes on top of it is. What it adds to each hour
is an amount (a leak), a share of what is expected (a worn burner), or both. Taken for an amount alone, a
proportional loss of 60 % was found 4.5 times in the mean in 265 days, up to 20 times, whenever much was made
(bench/standing.py); and a leak shifts the shifts' shares against each other. Nothing is taken from the
baseline: `expected` stays what the process should use, and a person decides whether that still holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from analytics.drift.interval import Interval
from analytics.drift.limits import STANDING_LEAST, STANDING_MIN_HOURS, STANDING_PRIOR
from analytics.drift.memory import Day, Hour, Memory, Standing, Sums


def learned(hours: Sequence[Hour]) -> Standing | None:
    """Return what the hours' excess is made of, by least squares weighted by 1/sigma^2.

    None: too few hours, or too small a loss to be taken apart. The share is drawn towards zero as if what is
    expected varied by STANDING_PRIOR of its mean more than the loss does: where it hardly varies, an amount
    and a share are the same.
    """
    known = [hour for hour in hours if hour.sums.sigma > 0.0]
    if len(known) < STANDING_MIN_HOURS:
        return None
    points = [
        ((one.sums.hours / one.sums.sigma) ** 2, one.sums.expected / one.sums.hours, one.rate)
        for one in known
    ]
    total = sum(w for w, _, _ in points)
    x_mean = sum(w * x for w, x, _ in points) / total
    y_mean = sum(w * y for w, _, y in points) / total
    if abs(y_mean) < STANDING_LEAST * x_mean:
        return None
    xx = sum(w * (x - x_mean) ** 2 for w, x, _ in points) + total * (STANDING_PRIOR * x_mean) ** 2
    xy = sum(w * (x - x_mean) * (y - y_mean) for w, x, y in points)
    share = xy / xx if xx > 0.0 else 0.0
    return Standing(y_mean - share * x_mean, share)


def settle(memory: Memory, more: Standing, since_us: int) -> None:
    """Let a loss stand: take it out of what is remembered since it began, so that old and new hours compare.

    An episode of the other direction that is open keeps its size.
    """
    before = noise(memory)
    memory.standing = Standing(memory.standing.per_hour + more.per_hour, memory.standing.share + more.share)
    louder = noise(memory) / before
    for episode in memory.episodes.values():
        episode.level -= per_hour(more, episode.sums)
    remembered: list[Hour | Day] = [*memory.hours, *memory.days]
    since = [one.sums for one in remembered if one.start_us >= since_us]
    for sums in (*since, *(episode.sums for episode in memory.episodes.values())):
        _take_out(sums, more, louder)


def noise(memory: Memory) -> float:
    """Return how many times as far the stream strays: what takes half as much again strays as much more."""
    return 1.0 + max(0.0, memory.standing.share)


def per_hour(standing: Standing, sums: Sums) -> float:
    """Return what standing losses add in the mean of some hours [unit/h]; of no hours, their amount."""
    share = standing.share * sums.expected / sums.hours if sums.hours > 0.0 else 0.0
    return standing.per_hour + share


def amounts(rows: Sequence[Interval], memory: Memory, hours: float) -> list[float]:
    """Return what standing losses take in each of some intervals [unit].

    Args:
        rows: of the EXCESS frame.
        memory: the stream's.
        hours: an interval's length [h].
    """
    known = memory.standing
    if known.per_hour == 0.0 and known.share == 0.0:
        return [0.0] * len(rows)
    amount, share = known.per_hour * hours, known.share
    return [amount + share * row.expected for row in rows]


def beyond(row: Interval, memory: Memory, hours: float) -> Interval:
    """Return an interval without what standing losses take in it.

    Args:
        row: of the EXCESS frame.
        memory: the stream's; its last known price and factor value what is taken out.
        hours: the interval's length [h].
    """
    if memory.standing.per_hour == 0.0 and memory.standing.share == 0.0:
        return row
    (out,) = amounts([row], memory, hours)
    return row._replace(
        excess=row.excess - out,
        sigma=row.sigma * noise(memory),
        cost=None if row.cost is None else row.cost - out * (memory.price or 0.0),
        co2=None if row.co2 is None else row.co2 - out * (memory.factor or 0.0),
    )


def _take_out(sums: Sums, more: Standing, louder: float) -> None:
    """Take a standing loss out of some hours' totals, at their mean price and factor."""
    rate = per_hour(more, sums)
    sums.excess -= rate * sums.hours
    sums.sigma *= louder
    sums.cost -= rate * sums.price_h
    sums.co2 -= rate * sums.factor_h
