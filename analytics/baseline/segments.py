"""Stretches of residuals that cannot belong to the process as it usually runs: leaks, outages, odd weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.residuals import Residuals


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a stretch: each residual adds |z| up to `cap` less `slack`, and the sum reaches `limit`."""

    slack: float
    cap: float
    limit: float
    min_length: int


#: 4 hours at 8 robust standard deviations and more, or 16 at 5: 1.3 per year on real meters
HOURLY = Rule(slack=4.0, cap=8.0, limit=16.0, min_length=4)
#: 2 days at 7 of their own deviations, or 10 at 3: 0.2 per year on real meters
DAILY = Rule(slack=2.0, cap=8.0, limit=10.0, min_length=2)


@dataclass(frozen=True, slots=True)
class Segment:
    """Positions [first, last] of a stretch, its direction (+1 uses more, -1 less), mean z and score."""

    first: int
    last: int
    direction: int
    mean_z: float
    score: float

    @property
    def length(self) -> int:
        """Return how many positions it covers."""
        return self.last - self.first + 1


def all_segments(residuals: Residuals) -> list[Segment]:
    """Return the stretches that stand out by the hour or by the day, as hours, in order.

    What begins or ends on a day that the calendar sets apart is followed into it, hour by hour.
    """
    hourly = np.where(residuals.ordinary, residuals.hourly, np.nan)
    found = segments_of(hourly, HOURLY)
    for segment in segments_of(residuals.daily, DAILY):
        refined = _refined(hourly, residuals.day, segment)
        if refined is not None:
            found.append(refined)
    return merged([_followed(segment, residuals.hourly) for segment in found], residuals.hourly)


def _followed(segment: Segment, z: Floats) -> Segment:
    """Return a segment with the hours next to it that stand out on their own."""
    beyond = np.nan_to_num(z * segment.direction) > HOURLY.slack
    first, last = segment.first, segment.last
    while first > 0 and beyond[first - 1]:
        first -= 1
    while last + 1 < z.size and beyond[last + 1]:
        last += 1
    return _segment(z, first, last, segment.direction)


def segments_of(z: Floats, rule: Rule) -> list[Segment]:
    """Return the stretches of large residuals of one sign, in order.

    Args:
        z: (n,) standardised residuals; NaN = unknown, it neither adds to a stretch nor ends it.
        rule: what makes a stretch.
    """
    found = [segment for direction in (1, -1) for segment in _one_sided(z, direction, rule)]
    return sorted(found, key=lambda segment: segment.first)


def _one_sided(z: Floats, direction: int, rule: Rule) -> list[Segment]:
    """Return the stretches in one direction."""
    score = np.clip(z * direction, 0.0, rule.cap) - rule.slack
    return [
        _segment(z, first, last, direction)
        for first, last, total in maximal_stretches(np.nan_to_num(score))
        if total >= rule.limit and last - first + 1 >= rule.min_length
    ]


def _segment(z: Floats, first: int, last: int, direction: int) -> Segment:
    """Return a stretch with its figures."""
    inside = z[first : last + 1]
    return Segment(first, last, direction, float(np.nanmean(inside)), float(np.nansum(np.abs(inside))))


def _refined(hourly: Floats, day: Ints, days: Segment) -> Segment | None:
    """Return a stretch of days as the hours, up to a day wider, where it begins and ends.

    Hours above half of its mean count for it, others against it.
    """
    inside = (day >= days.first) & (day <= days.last)
    window = np.flatnonzero((day >= days.first - 1) & (day <= days.last + 1))
    mean = float(np.nanmean(hourly[inside])) * days.direction
    if not mean > 0:
        return None
    score = np.nan_to_num(np.clip(hourly[window] * days.direction, -2 * mean, 2 * mean) - mean / 2)
    stretches = maximal_stretches(score)
    if not stretches:
        return None
    first, last, _ = max(stretches, key=lambda stretch: stretch[2])
    return _segment(hourly, int(window[first]), int(window[last]), days.direction)


def merged(segments: Sequence[Segment], z: Floats) -> list[Segment]:
    """Return segments with those of one direction that overlap made one, in order."""
    result: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: (segment.direction, segment.first)):
        last = result[-1] if result else None
        if last and last.direction == segment.direction and segment.first <= last.last + 1:
            result[-1] = _segment(z, last.first, max(last.last, segment.last), last.direction)
        else:
            result.append(segment)
    return sorted(result, key=lambda segment: segment.first)


def maximal_stretches(scores: Floats) -> list[tuple[int, int, float]]:
    """Return all maximal scoring stretches (first, last, sum), disjoint, in order.

    Source: Ruzzo & Tompa, A linear time algorithm for finding all maximal scoring subsequences, ISMB 1999.

    >>> maximal_stretches(np.array([-1.0, 3.0, -1.0, 3.0, -9.0, 2.0]))
    [(1, 3, 5.0), (5, 5, 2.0)]
    """
    sums = np.concatenate(([0.0], np.cumsum(scores)))
    kept: list[tuple[int, int, float, float]] = []  # first, last, sum before it, sum up to its end
    for place in np.flatnonzero(scores > 0).tolist():
        new = (place, place, float(sums[place]), float(sums[place + 1]))
        while kept:
            earlier = next((i for i in range(len(kept) - 1, -1, -1) if kept[i][2] < new[2]), None)
            if earlier is None or kept[earlier][3] >= new[3]:
                break
            new = (kept[earlier][0], new[1], kept[earlier][2], new[3])
            del kept[earlier:]
        kept.append(new)
    return [(first, last, end - start) for first, last, start, end in kept]
