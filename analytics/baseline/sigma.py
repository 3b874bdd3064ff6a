"""How far one interval's excess usually lies from zero, by the hour: from residuals out of sample."""

from __future__ import annotations

import numpy as np

from analytics.baseline.instants import Floats
from analytics.baseline.problem import Problem
from analytics.baseline.residuals import GROUPS, HOUR_SHRINK, day_groups, least_sigma
from analytics.robust import group_scale

#: residuals count up to this many robust standard deviations: a wild hour must not blind its hour for a year
CAP = 6.0
#: how many residuals the mean square of all counts for in that of one group
SHRINK = 20.0


def sigma_of(problem: Problem, out_of_fold: Floats) -> Floats:
    """Return the standard deviation of the excess at each hour of the day, on workdays, then on weekends.

    In-sample residuals would be far too small. The root mean square of each group is drawn towards that of
    all, as if so many more residuals had been seen as SHRINK says, and has a floor.

    Args:
        problem: n intervals.
        out_of_fold: (n,) what each was expected to use by a fit that had not seen its weeks.

    Returns:
        (48,) > 0 [unit of the resource per interval].
    """
    rows = problem.weights > 0
    residual = problem.sample.actual[rows] - out_of_fold[rows]
    group = day_groups(problem.sample.calendar.hour[rows])
    floor = least_sigma(problem.sample.actual[rows])
    limit = CAP * group_scale(residual, group, GROUPS, HOUR_SHRINK, floor)[group]
    square = np.clip(residual, -limit, limit) ** 2
    n = np.bincount(group, minlength=GROUPS)
    shrunk = (np.bincount(group, square, GROUPS) + SHRINK * square.mean()) / (n + SHRINK)
    sigma: Floats = np.maximum(np.sqrt(shrunk), max(floor, float(np.sqrt(square.mean())) / 5))
    return sigma
