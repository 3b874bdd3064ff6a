"""Excess by hour of the day and by day, on the plant's clock."""

from __future__ import annotations

import polars as pl

from analytics.calendar import local_time
from domain.plant import Plant
from web.trend import HeatRow

HOURS = 24


def heat_of(plant: Plant, frame: pl.DataFrame, *, money: bool, by_week: bool) -> list[HeatRow]:
    """Return mean rates of the excess for each hour of each local day, or of each week from Monday.

    An hour that clocks repeat is one cell, the mean of both; one that they leave out was never asked for.

    Args:
        frame: of `asked_frame`.
        money: currency per hour in place of the unit per hour.
    """
    local = local_time(frame["start"], plant)
    day = pl.col("day").dt.truncate("1w") if by_week else pl.col("day")
    cells = (
        frame.with_columns(day=local.dt.date(), hour=local.dt.hour())
        .group_by(row=day, hour="hour")
        .agg(
            pl.col("cost" if money else "excess").mean() * (3600.0 / plant.interval_s),
            pl.col("day").min().alias("first"), pl.col("day").max().alias("last"),
        )
        .sort("row", "hour")
    )  # fmt: skip
    rows = []
    for part in cells.partition_by("row", maintain_order=True):
        found = dict(zip(part["hour"], part["cost" if money else "excess"], strict=True))
        rows.append(
            HeatRow(
                part["first"].min(), part["last"].max(), [found.get(hour) for hour in range(HOURS)],  # type: ignore[arg-type]
                [hour in found for hour in range(HOURS)],
            )
        )  # fmt: skip
    return rows
