"""A stream's days, its running sum, and since when it has been rising: from the frame of a span."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from analytics.calendar import local_time
from analytics.enpi.cusum import added
from analytics.enpi.slopes import slopes
from analytics.enpi.turning import turning_point
from domain.plant import Plant
from web.span import Span, midnight
from web.trend import Slope, Stretch, Sums

#: points of the running sum at most: narrower than any screen
POINTS = 340
#: a change takes days on both sides of it: this many are looked at, those before a short span too
LOOK_BACK = 42
#: around a day on which a slope changed its hour is looked for this far
AROUND = timedelta(days=2)
_AMOUNTS = ("actual", "expected", "excess", "cost", "kg_co2e")


def days_of(plant: Plant, frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per local day: day, actual, expected, excess, cost, kg_co2e, n, known, intervals, totals.

    Args:
        frame: of `asked_frame`.

    Returns:
        every date from the first to the last, sorted; null = unknown; total, total_cost: running sums.
    """
    days = frame.with_columns(day=local_time(frame["start"], plant).dt.date()).group_by("day").agg(*_sums())
    running = added([days.select("day", "excess", "cost", "kg_co2e", "n", "intervals")], alike=True)
    rest = days.select("day", "actual", "expected", "known")
    return (
        running.join(rest, on="day", how="left", maintain_order="left")
        .with_columns(pl.col("known").fill_null(0))
        .rename({"cusum": "total", "cusum_cost": "total_cost"})
        .drop("cusum_kg_co2e")
    )


def _sums() -> list[pl.Expr]:
    both = pl.col("excess").is_not_null()
    columns = {name: pl.col(name) for name in _AMOUNTS} | {"expected": pl.when(both).then("expected")}
    return [
        *(pl.when(one.count() > 0).then(one.sum()).alias(name) for name, one in columns.items()),
        both.sum().alias("n"),
        pl.col("actual").count().alias("known"),
        pl.len().alias("intervals"),
    ]


def whole_of(frame: pl.DataFrame, span: Span) -> Stretch:
    """Return the sums over a whole span."""
    row: dict[str, Any] = frame.select(_sums()).row(0, named=True)
    return Stretch(span.first, span.last, **row)


def stretches(days: pl.DataFrame) -> list[Stretch]:
    """Return each day of `days_of`."""
    return [Stretch(row["day"], row["day"], **_without_day(row)) for row in days.iter_rows(named=True)]


def weeks(days: pl.DataFrame) -> list[Stretch]:
    """Return the days of `days_of` by weeks from Monday; the ends may be parts of one."""
    grouped = days.group_by(week=pl.col("day").dt.truncate("1w")).agg(
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        *(pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in _AMOUNTS),
        pl.col("n", "known", "intervals").sum(),
        pl.col("total", "total_cost").last(),
    )
    return [Stretch(**row) for row in grouped.sort("week").drop("week").iter_rows(named=True)]


def _without_day(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "day"}


def slopes_of(plant: Plant, frame: pl.DataFrame, days: pl.DataFrame, span: Span) -> list[Slope]:
    """Return the straight stretches of the running sum that reach into a span, from all that is given.

    None when no day is known well enough. A stretch that began before the span says so.

    Args:
        frame: of `asked_frame`, of the span and perhaps of days before it (`LOOK_BACK`).
        days: of `days_of`.
    """
    found, changes = slopes(days)
    per_day = max(days["intervals"].to_list(), default=1)
    begins = [midnight(found[0].first, plant.timezone)] if found else []
    for change in changes:
        near = _around(plant, frame, change.day)
        exact = turning_point(near, change.before / per_day, change.after / per_day)
        begins.append(exact or midnight(change.day, plant.timezone))
    return [
        Slope(since, number > 0, one.last, one.days, one.per_day, one.half_width, one.cost_per_day)
        for number, (since, one) in enumerate(zip(begins, found, strict=True))
        if one.last >= span.first
    ]


def _around(plant: Plant, frame: pl.DataFrame, day: date) -> pl.DataFrame:
    middle = midnight(day, plant.timezone)
    return frame.filter(pl.col("start").is_between(middle - AROUND, middle + AROUND, closed="left"))


def sums_of(plant: Plant, frame: pl.DataFrame, span: Span, found: Sequence[Slope], known_days: int) -> Sums:
    """Return the running sums of excess and money, in `POINTS` steps at most; null before any is known."""
    interval_us = plant.interval_s * 1_000_000
    start_us = round(span.start.timestamp() * 1e6)
    many = -(-(round(span.end.timestamp() * 1e6) - start_us) // interval_us)
    step_us = -(-many // POINTS) * interval_us
    rows = frame.select(
        place=(pl.col("start").to_physical() - start_us) // step_us,
        unit=pl.col("excess").cum_sum().forward_fill(),
        cost=pl.col("cost").cum_sum().forward_fill(),
    )
    ends = rows.group_by("place", maintain_order=True).last()
    at = [(start_us + (place + 1) * step_us) // 1_000_000 for place in ends["place"]]
    return Sums(at, ends["unit"].to_list(), ends["cost"].to_list(), found, known_days)


def known_days(days: pl.DataFrame) -> int:
    """Return on how many days something is known."""
    return int((days["n"] > 0).sum())
