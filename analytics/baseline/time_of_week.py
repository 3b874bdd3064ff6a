"""The median of each hour of the week; rest days count as Sundays."""

from __future__ import annotations

import numpy as np

from analytics.baseline.coefficients import Fit
from analytics.baseline.instants import Floats, Ints
from analytics.baseline.model import Model
from analytics.baseline.problem import Problem
from analytics.robust import group_median, order_by_group, sorted_median


def _fit(problem: Problem) -> Fit:
    """Return the medians of all weighted intervals."""
    shape = problem.normal.design.shape
    return Fit(_medians(problem, _by_hour(problem)), {}, shape, problem.floor)


def _out_of_fold(problem: Problem) -> Floats:
    """Return, for each interval, the median of the other folds."""
    expected = np.empty(problem.sample.size)
    by_hour = _by_hour(problem)
    for fold in range(problem.folds):
        rows = problem.rows(fold)
        medians = _medians(problem, by_hour[problem.fold[by_hour] != fold])
        expected[rows] = medians[problem.sample.calendar.hour[rows]]
    return expected


def _by_hour(problem: Problem) -> Ints:
    """Return the weighted intervals by hour of the week and use."""
    sample = problem.sample
    order = order_by_group(sample.actual, sample.calendar.hour)
    return order[problem.weights[order] > 0]


def _medians(problem: Problem, rows: Ints) -> Floats:
    """Return the median use at each hour of the week; where none was seen, that of the hour of the day.

    Args:
        problem: the sample.
        rows: intervals, by hour of the week and use.
    """
    hour, actual = problem.sample.calendar.hour[rows], problem.sample.actual[rows]
    medians = sorted_median(actual, hour, 168)
    if np.isfinite(medians).all():
        return medians
    by_day = np.tile(group_median(actual, hour % 24, 24), 7)
    pooled = np.where(np.isfinite(by_day), by_day, np.median(actual))
    return np.where(np.isfinite(medians), medians, pooled)


def _parameters(problem: Problem) -> float:
    """Return how many hours of the week were seen."""
    return float(np.unique(problem.sample.calendar.hour[problem.weights > 0]).size)


MODEL = Model("time_of_week", frozenset(), _fit, _out_of_fold, _parameters)
