"""A history that goes on at another scale from some day on: another pulse value, transformer ratio or unit.

What was read before such a day says nothing of how much is used now. It is found where all of these hold: the
middle use of two weeks is several times, or a fraction of, that of the two weeks before; it stays so against
all days before that are like those after (as warm, as much made, the same side of the weekend); hardly a day
is an exception; and a day's quiet hours are as quiet beside its mean as before, which a leak or another way
of working would change. A season is none of that: its days are not like those of another, or it comes back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analytics.baseline.instants import SATURDAY, Bools, Floats, Ints
from analytics.baseline.sample import Sample
from analytics.baseline.shape import YEAR_DAYS
from analytics.robust import group_median, order_by_group

#: by how much the use has to change; real buildings change by half or double without any change of scale
LEAST_FACTOR = 3.0
#: known days on either side that a change is looked for in, and the least that either side must have
SIDE_DAYS = 14
#: the share of the days of one side that must have like ones on the other, and how many a kind needs
LIKE_SHARE, LEAST_LIKE = 0.75, 3
#: the share of like days on either side that lie on their side of the middle
CLEAR_SHARE = 0.9
#: how far the quiet hours' share of a day's mean may move
EVEN = 0.25
#: days as warm: within so many kelvin; with as much made: within one of so many equal groups; of one season
DEGREES, OUTPUT_GROUPS, MONTH_DAYS = 3.0, 5, 30.0
MIDSUMMER = 196  # day of the year


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """Since when a history is at its present scale."""

    position: int  # of the first interval after the day of the change, which may be of both
    factor: float  # what is read since, in multiples of what was read before on like days


@dataclass(frozen=True, slots=True)
class _Days:
    """The known days on which something was used, in order."""

    day: Ints  # local date, days since 1970
    use: Floats  # logarithm of the mean of the day's intervals
    quiet: Floats  # the lower quartile of its intervals, as a share of their mean
    kind: Ints  # days of one kind are like each other


def scale_change(sample: Sample) -> ScaleChange | None:
    """Return the last lasting change of scale of a sample; None if there is none.

    Args:
        sample: n intervals; only usable ones are looked at.
    """
    day, mean = _known_days(sample)
    use = np.log(mean[mean > 0.0])
    places = list(_jumps(use))
    if not places:
        return None
    days = _described(sample, day[mean > 0.0], use)
    found, since, earlier = None, 0, 0
    for place in places:
        factor = _lasting(days, since, place)
        if factor is not None:
            after = int(np.searchsorted(sample.calendar.day, days.day[place] + 1))
            found, since = ScaleChange(after, _lasting(days, earlier, place) or factor), place
        earlier = place
    return found


def _known_days(sample: Sample) -> tuple[Ints, Floats]:
    """Return the local days of which half is usable, and the mean of each."""
    first = int(sample.calendar.day[0])
    day = sample.calendar.day[sample.usable] - first
    count = np.bincount(day)
    known = np.flatnonzero(count >= sample.per_day / 2)
    return known + first, np.bincount(day, sample.actual[sample.usable])[known] / count[known]


def _jumps(use: Floats) -> Iterator[int]:
    """Yield the places where two weeks differ from the two before by LEAST_FACTOR, in order."""
    if use.size < 2 * SIDE_DAYS:
        return
    middle = np.median(np.lib.stride_tricks.sliding_window_view(use, SIDE_DAYS), axis=1)
    jump = np.full(use.size, 0.0)
    jump[SIDE_DAYS : use.size - SIDE_DAYS + 1] = middle[SIDE_DAYS:] - middle[:-SIDE_DAYS]
    far = np.where(np.abs(jump) >= math.log(LEAST_FACTOR), np.sign(jump), 0.0)
    edges = np.flatnonzero(np.diff(far, prepend=0.0, append=0.0))
    for first, end in pairwise(edges.tolist()):
        if far[first]:
            yield _sharpest(use, middle, first, end)


def _sharpest(use: Floats, middle: Floats, first: int, end: int) -> int:
    """Return which place of [first, end) parts the days around it best into two levels."""

    def left(place: int) -> float:
        before, after = use[max(0, first - SIDE_DAYS) : place], use[place : end + SIDE_DAYS]
        return float(np.abs(before - middle[place - SIDE_DAYS]).sum() + np.abs(after - middle[place]).sum())

    return min(range(first, end), key=left)


def _described(sample: Sample, day: Ints, use: Floats) -> _Days:
    """Return all that is asked of some days."""
    number = np.searchsorted(day, sample.calendar.day)
    inside = sample.usable & (day[np.minimum(number, day.size - 1)] == sample.calendar.day)
    number, values = number[inside], sample.actual[inside]
    return _Days(day, use, _quiet(values, number, use), _kinds(sample, inside, number, day))


def _quiet(values: Floats, number: Ints, use: Floats) -> Floats:
    """Return each day's lower quartile as a share of its mean."""
    ordered = values[order_by_group(values, number)]
    count = np.bincount(number, minlength=use.size)
    first = np.cumsum(count) - count
    shares: Floats = ordered[first + count // 4] / np.exp(use)
    return shares


def _kinds(sample: Sample, inside: Bools, number: Ints, day: Ints) -> Ints:
    """Return the number of each day's kind: of one output, temperature or season, and side of the weekend."""

    def mean(values: Floats | Ints | Bools) -> Floats:
        return _means(values[inside], number, day.size)

    columns = [np.round(mean(sample.calendar.hour >= SATURDAY))]
    columns += [_grouped(mean(sample.variables[name])) for name in sample.outputs]
    columns += [np.floor(mean(sample.variables[name]) / DEGREES) for name in sample.temperatures]
    if len(columns) == 1:
        away = np.abs(mean(sample.calendar.day_of_year) - MIDSUMMER)
        columns.append(np.floor(np.minimum(away, YEAR_DAYS - away) / MONTH_DAYS))
    kinds = np.unique(np.stack(columns), axis=1, return_inverse=True)[1]
    return np.asarray(kinds, dtype=np.int64).reshape(-1)


def _means(values: Floats | Ints | Bools, number: Ints, days: int) -> Floats:
    """Return the mean of each day's known values, NaN where none is."""
    known = np.isfinite(values)
    count = np.bincount(number[known], minlength=days)
    total = np.bincount(number[known], values[known], days)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _grouped(output: Floats) -> Floats:
    """Return which of some equal groups each day's output lies in, 0 = nothing made."""
    made = output[output > 0.0]
    if not made.size:
        return np.zeros(output.size)
    edges = np.quantile(made, np.arange(1, OUTPUT_GROUPS) / OUTPUT_GROUPS)
    return np.where(output > 0.0, 1.0 + np.searchsorted(edges, output), 0.0)


def _lasting(days: _Days, since: int, place: int) -> float | None:
    """Return the factor between like days of [since, place) and from place on; None = no change of scale."""
    if place - since < SIDE_DAYS:
        return None
    use, quiet, kind = days.use[since:], days.quiet[since:], days.kind[since:]
    kinds, late = int(kind.max()) + 1, np.arange(use.size) >= place - since
    before, after = (np.bincount(kind[side], minlength=kinds) for side in (~late, late))
    like = ((before >= LEAST_LIKE) & (after >= LEAST_LIKE))[kind]
    if max(like[~late].mean(), like[late].mean()) < LIKE_SHARE:
        return None
    old, new = like & ~late, like & late
    old_level, new_level = (group_median(use[rows], kind[rows], kinds) for rows in (old, new))
    weight = np.where(np.isfinite(old_level), np.minimum(before, after), 0)
    change = float(np.average(np.nan_to_num(new_level - old_level), weights=weight))
    beyond = (use - (old_level + new_level)[kind] / 2.0) * math.copysign(1.0, change) > 0.0
    clear = min(beyond[new].mean(), 1.0 - beyond[old].mean())
    moved = abs(float(np.median(quiet[new]) - np.median(quiet[old])))
    if abs(change) < math.log(LEAST_FACTOR) or clear < CLEAR_SHARE or moved > EVEN:
        return None
    return math.exp(change)
