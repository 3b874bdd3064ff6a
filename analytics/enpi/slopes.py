"""The CUSUM as straight stretches: since when how much is lost per day, and when that changed."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import polars as pl

from analytics.autocorrelation import independent_values
from analytics.enpi.change_points import Floats, Scatter, change_points, scatter
from analytics.enpi.student import two_tailed
from domain.enpi import CONFIDENCE, Slope, SlopeChange

#: share of a day's intervals that has to be known for the day to have a say
WHOLE_DAY = 0.75
#: likewise of several streams added up: a small meter must not stand in for a large one that is silent
WHOLE_DAY_OF_SUM = 0.95


def slopes(
    days: pl.DataFrame, column: str = "excess", whole_day: float = WHOLE_DAY
) -> tuple[list[Slope], list[SlopeChange]]:
    """Return the straight stretches of a CUSUM frame, and the days on which its slope changed.

    Days of which less than `whole_day` is known have no say; others are scaled up to a whole day.

    Args:
        days: CUSUM frame (`cusum`).
        column: "excess" [unit], or "cost" [currency] where parts of different units are added up.
        whole_day: share of a day's intervals; a sum of several streams wants more of it than one alone.

    Returns:
        stretches in order of time, at least one unless no day is known; one change between each two.
    """
    known = pl.col("n") >= whole_day * pl.col("intervals").max()
    rows = days.filter(known, pl.col(column).is_not_null())
    if rows.is_empty():
        return [], []
    scale = pl.col("intervals") / pl.col("n")
    per_day: Floats = rows.select(pl.col(column) * scale).to_series().to_numpy().astype(np.float64)
    cost: Floats = rows.select(pl.col("cost") * scale).to_series().to_numpy().astype(np.float64)
    borders = [0, *change_points(per_day), rows.height]
    spread = scatter(per_day, borders)
    dates = rows["day"].to_list()
    found = [
        Slope(
            first=dates[begin],
            last=dates[end - 1],
            days=end - begin,
            per_day=float(per_day[begin:end].mean()),
            half_width=_half_width(spread, end - begin),
            cost_per_day=_mean(cost[begin:end]),
        )
        for begin, end in pairwise(borders)
    ]
    return found, [_change(one, two, spread.error) for one, two in pairwise(found)]


def _half_width(spread: Scatter, days: int) -> float | None:
    """Return the half width of a slope's 90 % interval; None where too few days are known."""
    free = independent_values(days, spread.rho) - 1.0
    if free < 1.0 or math.isnan(spread.error):
        return None
    return two_tailed(CONFIDENCE, free) * spread.error / math.sqrt(days)


def _mean(values: Floats) -> float | None:
    """Return the mean of the known values."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _change(one: Slope, two: Slope, error: float) -> SlopeChange:
    deviation = error * math.sqrt(1.0 / one.days + 1.0 / two.days)
    step = two.per_day - one.per_day
    z = step / deviation if deviation > 1e-9 * abs(step) else None
    return SlopeChange(two.first, one.per_day, two.per_day, one.cost_per_day, two.cost_per_day, z)
