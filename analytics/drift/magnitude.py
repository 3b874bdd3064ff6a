"""How well a hotspot's size is known: its interval, nine times of ten, and what chance has lent it."""

from __future__ import annotations

import math
from statistics import NormalDist

from analytics.autocorrelation import long_run_variance
from analytics.drift.channels import TOTAL
from analytics.drift.limits import LEVEL_DAYS
from analytics.drift.memory import Memory, Sums
from domain.enpi import CONFIDENCE

#: standard errors to either side
WIDTH = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0)
#: correlation of one day's total with the next: median of 56 real meter-years (quartiles .66 and .79)
DAY_RHO = 0.72
#: of what chance alone would lend to what is found by its days, and the largest part of an excess that is
#: taken for it. Measured in docs/adr/0043
SELECTED, MOST_SELECTED = 0.35, 0.25


def interval_of(sums: Sums, level: float, memory: Memory, rho: float) -> tuple[float, float] | None:
    """Return the 90 % interval of the mean excess per hour above the stream's own level [unit/h].

    A mean of hours is as uncertain as its hours, whose deviations the baseline tells and whose correlation
    makes them count for fewer; and as its days, which stray as wholes by more than hours alone would tell.
    The larger of both counts, with what the level itself is uncertain by. None: nothing tells how far
    hours stray.

    Args:
        sums: the episode's totals.
        level: excess per hour that was there before [unit/h].
        rho: correlation of one hour with the next.
    """
    size = _size(sums, level, memory, rho)
    if size is None:
        return None
    rate, variance = size
    half = WIDTH * math.sqrt(variance)
    return rate - half, rate + half


def by_chance(sums: Sums, level: float, memory: Memory, rho: float) -> float:
    """Return the part of an excess per hour that was found by its days which chance has lent it [unit/h].

    What passes a limit passes it while noise leans its way: at that moment its size is too large, the more so
    the less certain it is. A mean that is as uncertain as it is large would be nothing but chance (shrinkage
    by James and Stein); SELECTED of that is taken, MOST_SELECTED of the excess at most. Nothing where the
    baseline knows the output: little is left there that strays, and sizes are right as they are.

    Args:
        sums: the episode's totals when it is found.
        level: excess per hour that was there before [unit/h].
        rho: correlation of one hour with the next.

    Source: W. James, C. Stein (1961), Estimation with quadratic loss, Proc. 4th Berkeley Symposium 1,
    361-379.
    """
    size = _size(sums, level, memory, rho)
    if memory.knows_output or size is None or size[0] == 0.0:
        return 0.0
    rate, variance = size
    return min(MOST_SELECTED, SELECTED * variance / rate**2) * rate


def _size(sums: Sums, level: float, memory: Memory, rho: float) -> tuple[float, float] | None:
    """Return the mean excess per hour above a level and its variance; None: nothing tells how hours stray."""
    if sums.hours <= 0.0 or sums.sigma <= 0.0:
        return None
    rate = sums.excess / sums.hours - level
    by_hours = long_run_variance((sums.sigma / sums.hours) ** 2 / sums.hours, rho)
    a_day = _day_deviation(sums, memory) ** 2
    variance = max(by_hours, a_day * _of_mean(sums.hours / 24.0)) + a_day * _of_mean(LEVEL_DAYS)
    return rate, variance


def _of_mean(days: float) -> float:
    """Return the variance of the mean of so many days, as a share of one day's; days correlate (AR(1)).

    >>> _of_mean(1.0), round(_of_mean(10.0), 2), round(_of_mean(56.0), 2)
    (1.0, 0.44, 0.1)
    """
    n, rho = max(1.0, days), DAY_RHO
    together = 2.0 * rho * (1.0 - rho**n) / (n * (1.0 - rho) ** 2)
    share: float = (long_run_variance(1.0, rho) - together) / n
    return share


def _day_deviation(sums: Sums, memory: Memory) -> float:
    """Return how far a whole day strays [unit/h]: a share of what is expected; 0 = not known."""
    known = memory.scales.get(TOTAL)
    share = known[0] if known else memory.day_cv or 0.0
    return share * abs(sums.expected) / sums.hours
