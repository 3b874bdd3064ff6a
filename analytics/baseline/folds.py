"""A period cut into folds of whole weeks, for blocked cross-validation."""

from __future__ import annotations

import numpy as np

from analytics.baseline.instants import Bools, Ints

#: folds at most: a year is cut into pieces of six weeks
MAX_FOLDS = 9
WEEK_DAYS = 7


def weeks_of(day: Ints, usable: Bools) -> Ints:
    """Return the week of each interval, counted from the first usable day; its day in less than two weeks.

    Intervals before the first usable day are in the first week, those after the last in the last.

    Args:
        day: (n,) local date, days since 1970, ascending.
        usable: (n,)
    """
    first, last = int(day[usable][0]), int(day[usable][-1])
    age = np.clip(day, first, last) - first
    weeks: Ints = age // WEEK_DAYS if last - first + 1 >= 2 * WEEK_DAYS else age
    return weeks


def folds_of(week: Ints) -> Ints:
    """Return the fold of each interval: neighbouring weeks together, because neighbours are alike.

    Folds of single hours or days would make every model look good.

    >>> folds_of(np.arange(20)).tolist()
    [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6]
    """
    per_fold = -(-(int(week[-1]) + 1) // MAX_FOLDS)
    fold: Ints = week // per_fold
    return fold
