"""How well a model explains a period."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.sample import floats_of
from analytics.calendar import local_time
from domain.baseline import FitStatistics
from domain.consumption import USABLE
from domain.plant import Plant


def fit_statistics(
    actual: Floats, expected: Floats, p: float, day: Ints | None = None, interval_s: int = 3600
) -> FitStatistics:
    """Return the statistics of a model over the intervals whose actual and expected use are both known.

    CV(RMSE) = 100 sqrt(sum((y-yhat)^2)/(n-p))/ybar; NMBE = 100 sum(y-yhat)/((n-p) ybar). The daily CV(RMSE)
    compares daily sums over days that are known throughout, with degrees of freedom reduced in the same
    proportion as those of the intervals. None where not defined: no data, p >= n, or a mean of zero.

    Args:
        actual: (n,) NaN = unknown or not usable.
        expected: (n,) NaN = unknown.
        p: parameters of the model, intercept included, rounded up; 0 out of sample.
        day: (n,) local date of each interval, days since 1970; None = no daily figure.
        interval_s: length of an interval [s].

    Source: ASHRAE Guideline 14-2014, 5.2.11; sign of NMBE as in domain.baseline.
    """
    p = math.ceil(p)
    known = np.isfinite(actual) & np.isfinite(expected)
    n = int(known.sum())
    y, residual = actual[known], (actual - expected)[known]
    mean = float(y.mean()) if n else 0.0
    free = n - p
    defined = free > 0 and abs(mean) > 1e-12 * float(np.abs(y).max(initial=0.0))
    total = float(((y - mean) ** 2).sum())
    return FitStatistics(
        n=n,
        p=p,
        cvrmse_pct=100 * math.sqrt(float(residual @ residual) / free) / mean if defined else None,
        cvrmse_daily_pct=_daily(actual, residual, known, n / free, day, interval_s)
        if defined and day is not None
        else None,
        nmbe_pct=100 * float(residual.sum()) / (free * mean) if defined else None,
        r2=1 - float(residual @ residual) / total if total > 0 else None,
        coverage=n / actual.size if actual.size else 0.0,
    )


def reporting_statistics(excess: pl.DataFrame, plant: Plant) -> FitStatistics:
    """Return the statistics of a frozen baseline over an EXCESS frame: out of sample, so p = 0.

    Args:
        excess: start, actual, quality, expected; intervals of poor quality count as unknown.
        plant: time zone and interval.
    """
    usable = excess["quality"].is_in([str(quality) for quality in USABLE]).to_numpy()
    actual = np.where(usable, floats_of(excess["actual"]), np.nan)
    day = local_time(excess["start"], plant).dt.date().to_physical().to_numpy().astype(np.int64)
    return fit_statistics(actual, floats_of(excess["expected"]), 0, day, plant.interval_s)


def _daily(
    actual: Floats, residual: Floats, known: np.ndarray[tuple[int], np.dtype[np.bool_]], correction: float,
    day: Ints, interval_s: int,
) -> float | None:  # fmt: skip
    """Return CV(RMSE) of daily sums [%], over days that are known throughout."""
    _, place = np.unique(day, return_inverse=True)
    intervals, seen = np.bincount(place), np.bincount(place[known], minlength=int(place.max()) + 1)
    shortest = 23 * 3600 / interval_s  # the day on which clocks go forward
    full = (intervals == seen) & (intervals >= shortest)
    used = np.bincount(place[known], actual[known], full.size)[full]
    missed = np.bincount(place[known], residual, full.size)[full]
    if not full.any() or not used.mean():
        return None
    return float(100 * np.sqrt((missed**2).mean() * correction) / used.mean())
