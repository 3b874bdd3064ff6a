"""From what was published when and stored when to the figures of a run. Instants are monotonic [s]."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

Curve = Sequence[tuple[float, int]]  # (instant, messages until then), both rising

LOOK_S = 0.05  # between two looks at how many are stored
_ASKED = 1000  # messages whose lag is taken
_LIVE_S = 0.5  # a backlog of less than so much is how a collector always works


def reached_at(curve: Curve, messages: int) -> float | None:
    """Return when a curve came to so many messages, between its points in a straight line; None if never.

    >>> reached_at([(0.0, 0), (2.0, 100)], 50)
    1.0
    """
    place = bisect_right(curve, messages - 1, key=lambda point: point[1])
    if place == len(curve):
        return None
    instant, count = curve[place]
    if place == 0:
        return instant
    before, least = curve[place - 1]
    return before + (instant - before) * (messages - least) / (count - least)


def value_at(curve: Curve, instant: float) -> float:
    """Return how many messages a curve had come to at an instant.

    >>> value_at([(0.0, 0), (2.0, 100)], 1.0), value_at([(0.0, 0), (2.0, 100)], 9.0)
    (50.0, 100)
    """
    place = bisect_right(curve, instant, key=lambda point: point[0])
    if place == 0:
        return 0.0
    if place == len(curve):
        return curve[-1][1]
    (before, least), (after, most) = curve[place - 1], curve[place]
    return least + (most - least) * (instant - before) / (after - before)


def lags(published: Curve, stored: Curve) -> list[float]:
    """Return how long after its publication a message could be queried, for up to 1,000 of them, sorted [s].

    A message is queryable when the first look finds so many stored: at most one look too late. Messages
    that were never stored have no lag.
    """
    total = published[-1][1]
    found = []
    for number in range(1, total + 1, max(1, total // _ASKED)):
        sent = reached_at(published, number)
        place = bisect_right(stored, number - 1, key=lambda point: point[1])
        if sent is not None and place < len(stored):
            found.append(max(0.0, stored[place][0] - sent))
    return sorted(found)


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Return a percentile of sorted values; None when there are none.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    3.0
    """
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


@dataclass(frozen=True, slots=True)
class Drain:
    """How a backlog is worked off while the plant goes on."""

    waited_s: float  # from the return of the database until something is stored again
    ratio: float  # from then on, how fast the backlog shrinks, in multiples of the live rate


def drain_of(published: Curve, stored: Curve, back_at: float, rate: float) -> Drain | None:
    """Return how a backlog was worked off after the database came back.

    A ratio of 1 means: gone in the time in which as much came in. It is taken until less than half a second
    of messages waits, or until all are published.

    Args:
        stored: with a point at `back_at`.
        rate: of the plant [messages/s].

    Returns:
        None when there was no backlog, or nothing was stored any more.
    """
    after = [(instant, count) for instant, count in stored if instant > back_at]
    slack = _LIVE_S * rate
    if not after or _waiting(published, stored, back_at) <= slack:
        return None
    began = max(
        back_at, after[0][0] - LOOK_S
    )  # the first look that finds something comes too late by up to one
    before = value_at(published, began) - value_at(stored, back_at)
    for instant, _ in after:
        waiting = _waiting(published, stored, instant)
        if waiting <= slack or instant >= published[-1][0]:
            break
    return Drain(began - back_at, (before - waiting) / (instant - began) / rate)


def _waiting(published: Curve, stored: Curve, instant: float) -> float:
    return value_at(published, instant) - value_at(stored, instant)
