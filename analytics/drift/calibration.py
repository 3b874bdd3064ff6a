"""What the daily channels of a stream usually do, and where their limits lie: learned with its baseline."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl

from analytics.drift.budget import Side, clip_of, limits_for
from analytics.drift.channels import IDLE, SHIFT
from analytics.drift.interval import is_idle, is_off
from analytics.drift.limits import (
    CONTRAST_SHARE,
    DAILY_SHARE,
    DAY_FLOOR,
    LEAST_K,
    MOST_K,
    OUTPUT_FLOOR,
    UNDER_SHARE,
    WORTH,
)
from analytics.drift.past_days import Bools, Hours, PastDays, past_days
from analytics.robust import Floats

#: one day counts up to this many robust deviations in its channel's scale
SCALE_CAP = 4.0
#: days of one kind below which its scale is taken from all days
MIN_KIND = 8


def watch_of(
    residuals: pl.DataFrame,
    calendar: pl.DataFrame,
    interval_s: int,
    per_year: float,
    *,
    knows_output: bool,
) -> dict[str, Any]:
    """Return scales and limits of a stream's daily channels, as JSON values for its baseline.

    Args:
        residuals: start, excess, expected, sigma [unit per interval] of the intervals that were learned from,
            out of sample, in order.
        calendar: CALENDAR frame of the same starts, in the same order.
        interval_s: their length [s].
        per_year: hotspots per stream and year that may be false; what the channels may spend of it is divided
            evenly between total and idle, with a little for each shift.
        knows_output: whether the model explains the use by what is made: such streams are judged finer.

    Returns:
        scales: per channel [deviation on a working day, on a day of rest] > 0, floors included; k: the
        CUSUM's reference values; limits: per channel [upwards, downwards], all in such deviations; days: how
        many were known.
    """
    days = _days(residuals, calendar, interval_s)
    names = list(days.values)
    level = float(np.abs(residuals["expected"].to_numpy()).mean()) * (3600.0 / interval_s)
    floor = OUTPUT_FLOOR if knows_output else DAY_FLOOR
    scales = {name: _scale(days, name, floor * (level if name == IDLE else 1.0)) for name in names}
    series = {name: days.standardised(name, scales[name]) for name in names}
    rates = _rates(names, per_year)
    ks = {name: k_of(scales[name][0], level if name == IDLE else 1.0) for name in names}
    up = [Side(series[name], ks[name], clip_of(name, +1), rates[name]) for name in names]
    down = [Side(-series[name], ks[name], clip_of(name, -1), UNDER_SHARE * rates[name]) for name in names]
    limits = limits_for([*up, *down])
    pairs = zip(limits[: len(names)], limits[len(names) :], strict=True)
    return {
        "scales": {name: list(scale) for name, scale in scales.items()},
        "k": ks,
        "limits": {name: list(pair) for name, pair in zip(names, pairs, strict=True)},
        "days": days.rest.size,
        "per_year": per_year,
    }


def k_of(scale: float, level: float) -> float:
    """Return a channel's reference value: half the shift worth finding, in its deviations.

    >>> k_of(0.08, 1.0), round(k_of(0.04, 1.0), 9), k_of(0.01, 1.0)
    (0.5, 1.0, 1.25)
    """
    return min(MOST_K, max(LEAST_K, 0.5 * WORTH * level / scale))


def _rates(names: list[str], per_year: float) -> dict[str, float]:
    """Return the alarms a year that each channel may spend."""
    shares = {name: CONTRAST_SHARE if name.startswith(SHIFT) else 1.0 for name in names}
    total = sum(shares.values())
    return {name: per_year * DAILY_SHARE * share / total for name, share in shares.items()}


def _scale(days: PastDays, name: str, floor: float) -> tuple[float, float]:
    """Return a channel's deviation on working days and on days of rest, with a floor in its unit."""
    values = days.values[name]
    known = np.isfinite(values)
    pair = []
    for kind in (~days.rest, days.rest):
        own = values[known & kind]
        pair.append(float(np.hypot(_spread(own if own.size >= MIN_KIND else values[known]), floor)) + 1e-12)
    return pair[0], pair[1]


def _spread(values: Floats) -> float:
    """Return the root mean square, wild days cut."""
    limit = SCALE_CAP * 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return float(np.sqrt(np.mean(np.clip(values, -limit, limit) ** 2)))


def _days(residuals: pl.DataFrame, calendar: pl.DataFrame, interval_s: int) -> PastDays:
    """Return what each local day of the period says."""
    hours = _hours(residuals, calendar, interval_s)
    weekday = hours["hour_of_week"].to_numpy() // 24
    shift = hours["shift"].to_list()
    names = {name: place for place, name in enumerate(filter(None, dict.fromkeys(shift)))}
    idle, off = _kinds(hours, has_shifts=calendar["shift"].is_not_null().any())
    return past_days(
        Hours(
            day=np.cumsum(np.diff(weekday, prepend=weekday[:1]) != 0),
            **{name: hours[name].to_numpy() for name in ("excess", "expected", "sigma", "hours")},
            idle=idle,
            off=off,
            shift=np.array([names.get(name, -1) for name in shift], dtype=np.int64),
            shifts=tuple(names),
        )
    )


def _hours(residuals: pl.DataFrame, calendar: pl.DataFrame, interval_s: int) -> pl.DataFrame:
    """Return each clock hour of which something is known: means, the calendar's columns, `hours` known."""
    known = residuals.select("start", "excess", "expected", "sigma").with_columns(
        calendar.select("hour_of_week", "shift", idle_day=pl.col("holiday") | pl.col("closed"))
    )
    per_hour = max(1, 3600 // interval_s)
    means = known.group_by(pl.col("start").dt.truncate("1h"), maintain_order=True).agg(
        pl.col("excess", "expected", "sigma").mean() * per_hour,
        pl.col("hour_of_week", "shift", "idle_day").first(),
        hours=pl.len() / per_hour,
    )
    return means.with_columns(pl.col("shift").fill_null(""))


def _kinds(hours: pl.DataFrame, *, has_shifts: bool) -> tuple[Bools, Bools]:
    """Return which of `_hours` are idle, and which are outside production."""

    @cache  # a year has some hundred of them
    def kind(how: int, idle_day: bool, shift: str) -> tuple[bool, bool]:
        return (
            is_idle(how, shift, has_shifts=has_shifts),
            is_off(how, shift, idle_day=idle_day, has_shifts=has_shifts),
        )

    calendar = [hours[name].to_list() for name in ("hour_of_week", "idle_day", "shift")]
    kinds = np.array(list(map(kind, *calendar)), dtype=np.bool_).reshape(-1, 2)
    return kinds[:, 0], kinds[:, 1]
