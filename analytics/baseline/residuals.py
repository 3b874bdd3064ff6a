"""Residuals of a fit, by the hour and by the day, in robust standard deviations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline.instants import SATURDAY, Bools, DayKind, Floats, Ints
from analytics.baseline.sample import Sample
from analytics.robust import group_scale

#: a residual's standard deviation is taken to be at least this share of the median use
FLOOR_SHARE = 0.005
#: how many residuals the scale of all counts for in the scale of one group of hours, or of days
HOUR_SHRINK, DAY_SHRINK = 50.0, 20.0
#: hours of the day, on workdays and on weekends
GROUPS = 48
#: share of a day's intervals that have to be known for the day to count
WHOLE_DAY = 0.75


@dataclass(frozen=True, slots=True)
class Residuals:
    """Standardised mean residuals of a period; NaN where nothing usable is known."""

    hourly: Floats  # (hours,)
    ordinary: Bools  # (hours,) whether the calendar has nothing to say about the hour's day
    day: Ints  # (hours,) the hour's day, 0 = the period's first
    daily: Floats  # (days,) NaN also on days that are known for less than WHOLE_DAY, or not ordinary


def day_groups(hour: Ints) -> Ints:
    """Return the group of like hours for scales: hour of the day, on workdays and on weekends, 0 .. 47."""
    return hour % 24 + 24 * (hour >= SATURDAY)


def least_sigma(actual: Floats) -> float:
    """Return the least standard deviation that residuals of this use are taken to have, > 0.

    Args:
        actual: usable use, not empty.
    """
    size = np.abs(actual)
    return FLOOR_SHARE * float(np.median(size)) + 1e-9 * float(np.max(size)) + 1e-300


def residuals_of(sample: Sample, residual: Floats, hour: Ints) -> Residuals:
    """Return the standardised residuals of a period.

    Days that the calendar sets apart have no say in the scales, and none in the daily residuals: too few of
    them are seen to tell what is unusual for one.

    Args:
        sample: n intervals.
        residual: (n,) actual less fitted.
        hour: (n,) hours since the first interval's.
    """
    ordinary = sample.calendar.kind == DayKind.ORDINARY
    day_of_row = sample.calendar.day - sample.calendar.day[0]
    hours, days = int(hour[-1]) + 1, int(day_of_row[-1]) + 1
    day, group, plain = np.zeros(hours, np.int64), np.zeros(hours, np.int64), np.zeros(hours, np.bool_)
    day[hour], group[hour], plain[hour] = day_of_row, day_groups(sample.calendar.hour), ordinary
    weekend = np.zeros(days, dtype=np.int64)
    weekend[day_of_row] = sample.calendar.hour >= SATURDAY
    floor = least_sigma(sample.actual[sample.usable])
    by_hour = _means(residual, hour, sample.usable, hours, 1)
    enough = int(WHOLE_DAY * sample.per_day)
    by_day = _means(residual, day_of_row, sample.usable & ordinary, days, max(enough, 1))
    return Residuals(
        hourly=_standardised(by_hour, group, plain, HOUR_SHRINK, floor),
        ordinary=plain,
        day=np.maximum.accumulate(day),
        daily=_standardised(by_day, weekend, np.isfinite(by_day), DAY_SHRINK, floor),
    )


def _means(residual: Floats, place: Ints, rows: Bools, size: int, enough: int) -> Floats:
    """Return the mean residual at each place, NaN where fewer than `enough` are known."""
    n = np.bincount(place[rows], minlength=size)
    means = np.full(size, np.nan)
    known = n >= enough
    means[known] = np.bincount(place[rows], residual[rows], size)[known] / n[known]
    return means


def _standardised(means: Floats, group: Ints, rows: Bools, shrink: float, floor: float) -> Floats:
    """Return means less their median, over the robust scale of their group; some rows decide on both."""
    known = rows & np.isfinite(means)
    centred = means - (float(np.median(means[known])) if known.any() else 0.0)
    standardised: Floats = centred / group_scale(centred[known], group[known], GROUPS, shrink, floor)[group]
    return standardised
