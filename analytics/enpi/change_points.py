"""Where the mean of an autocorrelated daily series changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.autocorrelation import long_run_variance

Floats: TypeAlias = NDArray[np.float64]

#: days that a slope has to last
MIN_DAYS = 5
#: what a change has to explain, in innovation variances: this much per log(n), and at least the other. So
#: chosen that at most one steady series in 20 shows a change (30 days to two years, rho up to 0.6)
PENALTY, LEAST_PENALTY = 3.0, 16.0
#: a day counts up to this many deviations from the running median of RUN days: a wild day is no change
CAP, RUN = 3.0, 15
MAX_RHO = 0.8
ALPHA = 0.05
#: fewer days than this have no changes
LEAST_DAYS = 20


def change_points(series: Floats) -> list[int]:
    """Return the positions at which a new mean begins, rising; empty for a series too short to tell.

    Wild days are drawn in, the series is whitened by its lag-1 correlation (estimated from differences, which
    a few changes of the mean do not disturb), and the segments are those that minimise squared deviations
    plus a penalty per change that grows with log(n). Of these, changes remain whose step is
    significant at 5 % over the whole series, by the scatter about the means and its memory.

    Args:
        series: (n,) finite, one value per day in order of time.

    Source: S. Chakar et al., A robust approach for estimating change-points in the mean of an AR(1)
        process, Bernoulli 23 (2017) 1408.

    >>> change_points(np.array([1.0, -1.0, 0.5, -0.5, 0.2] * 8 + [9.0, 7.0, 8.5, 7.5, 8.2] * 8))
    [40]
    """
    if series.size < LEAST_DAYS:
        return []
    calm = drawn_in(series)
    rho, variance = memory_of(calm)
    if variance <= 0.0:
        return []
    white = (calm[1:] - rho * calm[:-1]) / math.sqrt(variance)
    penalty = max(LEAST_PENALTY, PENALTY * math.log(series.size))
    return significant(calm, [place + 1 for place in best_segments(white, penalty, MIN_DAYS)])


def significant(series: Floats, places: list[int]) -> list[int]:
    """Return the changes left when the least clear one is dropped until all are clear.

    Clear at 5 % two-tailed, shared among all n days (Bonferroni).
    """
    limit = NormalDist().inv_cdf(1.0 - ALPHA / (2.0 * series.size))
    rounding = 1e-9 * float(np.abs(series).max(initial=0.0))
    while places:
        borders = [0, *places, series.size]
        error = scatter(series, borders).error
        means = [float(series[a:b].mean()) for a, b in pairwise(borders)]
        lengths = [b - a for a, b in pairwise(borders)]
        steps = [
            abs(after - before) / math.sqrt(1.0 / n + 1.0 / m)
            for (before, after), (n, m) in zip(pairwise(means), pairwise(lengths), strict=True)
        ]
        weakest = int(np.argmin(steps))
        if steps[weakest] > limit * max(error, rounding):
            break
        places = [*places[:weakest], *places[weakest + 1 :]]
    return places


@dataclass(frozen=True, slots=True)
class Scatter:
    """How days lie about the means of their stretches."""

    error: float  # deviation of a mean over n days, times sqrt(n): memory counted; NaN = not known
    rho: float  # lag-1 correlation, 0 .. MAX_RHO


def scatter(series: Floats, borders: list[int]) -> Scatter:
    """Return how a series lies about its means between borders (0 and n among them)."""
    parts = [series[a:b] - series[a:b].mean() for a, b in pairwise(borders)]
    free = series.size - len(parts)
    squares = float(sum(part @ part for part in parts))
    if free < 1:
        return Scatter(math.nan, 0.0)
    touching = float(sum(part[1:] @ part[:-1] for part in parts))
    rho = min(MAX_RHO, max(0.0, touching / squares)) if squares > 0.0 else 0.0
    return Scatter(math.sqrt(long_run_variance(squares / free, rho)), rho)


def drawn_in(series: Floats) -> Floats:
    """Return the series with wild days drawn in to CAP robust deviations from the running median."""
    padded = np.pad(series, RUN // 2, mode="reflect")
    median: Floats = np.median(np.lib.stride_tricks.sliding_window_view(padded, RUN), axis=1)
    scale = 1.4826 * float(np.median(np.abs(series - median)))
    return median + np.clip(series - median, -CAP * scale, CAP * scale) if scale > 0.0 else series


def memory_of(series: Floats) -> tuple[float, float]:
    """Return the lag-1 correlation, 0 .. MAX_RHO, and the variance of the innovations.

    Of an AR(1) series var(x_(t+1) - x_t) = 2 s2 (1 - rho) and var(x_(t+2) - x_t) = 2 s2 (1 - rho^2), so their
    ratio is 1 + rho. Differences beyond three deviations, where the mean may have changed, are drawn in.
    """
    one, two = (_mean_square(series[lag:] - series[:-lag]) for lag in (1, 2))
    if one <= 0.0:
        return 0.0, 0.0
    rho = min(MAX_RHO, max(0.0, two / one - 1.0))
    return rho, one * (1.0 + rho) / 2.0


def _mean_square(differences: Floats) -> float:
    scale = 1.4826 * float(np.median(np.abs(differences)))
    if scale <= 0.0:
        scale = float(np.sqrt((differences**2).mean()))
    return float((np.clip(differences, -3.0 * scale, 3.0 * scale) ** 2).mean())


def best_segments(series: Floats, penalty: float, least: int) -> list[int]:
    """Return where segments begin that minimise sum of squares about their means + penalty per change.

    Optimal partitioning: exact, in time that grows with the square of n (a year of days: milliseconds).

    Args:
        series: (n,) finite.
        penalty: > 0.
        least: shortest segment.

    Source: B. Jackson et al., An algorithm for optimal partitioning of data on an interval, IEEE Signal
        Processing Letters 12 (2005) 105.
    """
    n = series.size
    sums, squares = np.append(0.0, np.cumsum(series)), np.append(0.0, np.cumsum(series**2))
    best, before = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=np.int64)
    best[0] = -penalty
    for end in range(least, n + 1):
        begin = np.arange(end - least + 1)
        cost = squares[end] - squares[begin] - (sums[end] - sums[begin]) ** 2 / (end - begin)
        total = best[begin] + cost
        before[end] = int(np.argmin(total))
        best[end] = total[before[end]] + penalty
    found, place = [], int(before[n])
    while place > 0:
        found.append(place)
        place = int(before[place])
    return found[::-1]
