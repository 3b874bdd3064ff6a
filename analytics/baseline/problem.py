"""What every model is fitted on: a screened sample, cut into folds of whole weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline.instants import Bools, Floats, Ints
from analytics.baseline.normal import Normal, normal_of
from analytics.baseline.sample import Sample
from analytics.baseline.screening import Screened

#: folds at most: a year is cut into pieces of six weeks
MAX_FOLDS = 9
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Problem:
    """A sample with weights and folds, and the normal equations that linear models share."""

    sample: Sample
    weights: Floats  # (n,) 0 = not learned from
    week: Ints  # (n,) 0, 1, ...: whole weeks from the first day on; days in a period of less than two weeks
    fold: Ints  # (n,) 0, 1, ...: some weeks
    normal: Normal
    floor: float | None  # what is expected is not below it

    @property
    def folds(self) -> int:
        """Return how many folds there are."""
        return int(self.fold.max()) + 1

    def rows(self, fold: int) -> Ints:
        """Return the intervals of one fold."""
        return np.flatnonzero(self.fold == fold)


def problem_of(sample: Sample, screened: Screened) -> Problem:
    """Return the problem that a screened sample poses."""
    week = weeks_of(sample.calendar.day, sample.usable)
    fold = folds_of(week)
    least = float(sample.actual[screened.weights > 0].min())
    return Problem(
        sample=sample,
        weights=screened.weights,
        week=week,
        fold=fold,
        normal=normal_of(screened.design, screened.weights, fold),
        floor=0.0 if least >= 0 else None,
    )


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
