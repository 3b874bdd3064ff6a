"""A stream's days as plain detectors see them: in deviations, less the days before, with what drives them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.baseline import Baseline

Floats = NDArray[np.float64]
#: the days as they are, less the days before, or together with what drives the use
PLAIN, CENTRED, SLOPE = "plain", "centred", "slope"
CENTRE_DAYS, CENTRE_LAG, CENTRE_MIN = 56, 7, 14


@dataclass(frozen=True)
class Series:
    """One stream's days: excess in deviations and as a share of what is expected; NaN = too little data."""

    z: Floats
    share: Floats
    driver: Floats  # what drives the use, in any unit

    @property
    def fed(self) -> dict[str, list[float]]:
        """Return the values that detectors are fed, by what they see."""
        own, driven = centred(self.z), _in_deviations(centred(self.driver))
        return {PLAIN: self.z.tolist(), CENTRED: own.tolist(), SLOPE: (own * driven).tolist()}


def series_of(excess: pl.DataFrame, per_day: int, baseline: Baseline, driver: Floats) -> Series:
    """Return the days of an EXCESS frame; a day of which less than three quarters is known is unknown.

    Args:
        driver: (n,) what drives the use in each interval, in any unit.
    """
    rows = excess[: excess.height // per_day * per_day]
    over = rows["excess"].fill_null(math.nan).to_numpy().reshape(-1, per_day)
    expected = rows["expected"].fill_null(math.nan).to_numpy().reshape(-1, per_day)
    known = np.isfinite(over).mean(axis=1) >= 0.75
    total = np.where(known, np.nansum(over, axis=1), np.nan)
    of_day = np.maximum(np.nansum(expected, axis=1), 1e-9)
    statistics = baseline.cross_validated or baseline.statistics
    deviation = of_day * (statistics.cvrmse_daily_pct or 15.0) / 100.0
    return Series(total / deviation, total / of_day, driver[: rows.height].reshape(-1, per_day).sum(axis=1))


def centred(z: Floats) -> Floats:
    """Return each day less the median of the days before: what strays slowly is not the day's.

    >>> centred(np.full(20, 3.0))[[0, 20 - 1]].tolist()
    [3.0, 3.0]
    >>> float(centred(np.full(40, 3.0))[-1])
    0.0
    """
    out = z.copy()
    for day in range(z.size):
        past = z[max(0, day - CENTRE_LAG - CENTRE_DAYS) : max(0, day - CENTRE_LAG)]
        past = past[np.isfinite(past)]
        if past.size >= CENTRE_MIN:
            out[day] -= np.median(past)
    return out


def _in_deviations(values: Floats) -> Floats:
    """Return values over their root mean square."""
    return values / (float(np.sqrt(np.nanmean(values**2))) or 1.0)
