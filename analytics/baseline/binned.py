"""Intervals added up to hours and to local months: what the acceptance profiles are about."""

from __future__ import annotations

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.statistics import fit_statistics
from domain.baseline import FitStatistics

HOUR_US = 3_600_000_000
#: a month counts when at least this share of its intervals is known; its sums then stand for all of it
LEAST_KNOWN = 0.9


def hourly(actual: Floats, expected: Floats, start_us: Ints, p: float) -> FitStatistics:
    """Return the statistics of hourly sums, over hours that are known throughout.

    Args:
        actual: (n,) NaN = not known.
        expected: (n,) NaN = not known.
        start_us: (n,) starts, rising [us].
        p: parameters of the model; 0 out of sample.
    """
    _, place = np.unique(start_us // HOUR_US, return_inverse=True)
    used, should = _sums(actual, expected, place, 1.0)
    return fit_statistics(used, should, p)


def monthly(actual: Floats, expected: Floats, day: Ints, interval_s: int, p: float) -> FitStatistics:
    """Return the statistics of sums per local calendar month, over months that are known nearly throughout.

    Args:
        actual: (n,) NaN = not known.
        expected: (n,) NaN = not known.
        day: (n,) local date, days since 1970.
        interval_s: length of an interval [s].
        p: parameters: 1 in sample. A model of hours has more of them than there are months; all that its
            monthly sums can still be fitted by is their mean.
    """
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    distinct, place = np.unique(months, return_inverse=True)
    days = (distinct + 1).astype("datetime64[D]") - distinct.astype("datetime64[D]")
    whole = np.bincount(place) >= LEAST_KNOWN * days.astype(np.int64) * 86_400 / interval_s
    used, should = _sums(actual, expected, place, LEAST_KNOWN)
    return fit_statistics(np.where(whole, used, np.nan), should, p)


def _sums(actual: Floats, expected: Floats, place: Ints, least: float) -> tuple[Floats, Floats]:
    """Return the sums of both where enough is known, NaN elsewhere; what is unknown counts as the mean."""
    known = np.isfinite(actual) & np.isfinite(expected)
    size = np.bincount(place)
    seen = np.bincount(place[known], minlength=size.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(seen >= least * size, size / seen, np.nan)
    used = np.bincount(place[known], actual[known], size.size).astype(np.float64)
    should = np.bincount(place[known], expected[known], size.size).astype(np.float64)
    return used * up, should * up
