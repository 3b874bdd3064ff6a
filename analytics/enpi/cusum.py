"""Excess per day and its running sum: rising = more is used than expected."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.calendar import local_time
from analytics.enpi.selection import Selection, select
from domain.enpi import Every
from domain.plant import Plant


def cusum(frame: pl.DataFrame, plant: Plant, shift: str = "") -> pl.DataFrame:
    """Return the CUSUM frame: C_t = C_(t-1) + (actual - expected), day by day, in unit, money and CO2e.

    The last value of each sum is the sum of all that is known. A day of which nothing is known adds nothing,
    which is not to say that it had no excess: its own figures are null, and `n` is 0.

    Args:
        frame: start: Datetime[us, UTC], sorted; actual, expected [unit]; quality; cost, kg_co2e of the
            excess. Null = unknown.
        plant: time zone and shifts.
        shift: only its hours; "" = all. A shift over midnight counts for both dates.

    Returns:
        day: Date, every local date from the first to the last, sorted; excess [unit], cost [plant currency],
        kg_co2e: of that day, null = unknown; cusum, cusum_cost, cusum_kg_co2e: running sums, null before the
        first known day; n, intervals: UInt32, known and asked for.
    """
    chosen = select(frame, plant, (), Selection(Every.WHOLE, shift))
    known = pl.col("left_out").is_null() & pl.col("expected").is_not_null()
    days = (
        chosen.with_columns(
            day=local_time(chosen["start"], plant).dt.date(),
            excess=pl.when(known).then(pl.col("actual") - pl.col("expected")),
            cost=pl.when(known).then("cost"),
            kg_co2e=pl.when(known).then("kg_co2e"),
        )
        .group_by("day")
        .agg(
            *(_sum(name) for name in _SUMS), pl.col("excess").count().alias("n"), pl.len().alias("intervals")
        )
    )
    return _running(days)


def added(many: Sequence[pl.DataFrame], *, alike: bool) -> pl.DataFrame:
    """Return the CUSUM frame of several: excess and money of each day added up.

    Args:
        many: CUSUM frames, at least one, of streams none of which holds another (`top_streams`).
        alike: they are of one resource; otherwise excess and cusum are null, and money and CO2e add up.

    Returns:
        of what is known: `n` and `intervals` add up, too.
    """
    rows = (
        pl.concat(many).group_by("day").agg(*(_sum(name) for name in _SUMS), pl.col("n", "intervals").sum())
    )
    return _running(rows if alike else rows.with_columns(excess=pl.lit(None, dtype=pl.Float64)))


def _running(days: pl.DataFrame) -> pl.DataFrame:
    """Return days with their running sums, every date between the first and the last."""
    if days.is_empty():
        return days.with_columns(pl.col(name).alias(f"cusum{_suffix(name)}") for name in _SUMS).select(
            _COLUMNS
        )
    whole = days.select(pl.date_range(pl.col("day").min(), pl.col("day").max(), "1d").alias("day"))
    days = whole.join(days, on="day", how="left").with_columns(pl.col("n", "intervals").fill_null(0))
    return (
        days.sort("day")
        .with_columns(pl.col(name).cum_sum().forward_fill().alias(f"cusum{_suffix(name)}") for name in _SUMS)
        .select(_COLUMNS)
    )


_SUMS = ("excess", "cost", "kg_co2e")
_COLUMNS = ("day", *_SUMS, "cusum", "cusum_cost", "cusum_kg_co2e", "n", "intervals")


def _suffix(name: str) -> str:
    return "" if name == "excess" else f"_{name}"


def _sum(name: str) -> pl.Expr:
    """Return a sum that is null over nothing."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
