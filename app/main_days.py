"""Main meters against those under them, per day and shift, from what was kept of each meter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from analytics.balance.flows import all_known
from analytics.balance.mains import meters_under
from analytics.calendar import local_time
from analytics.enpi.selection import with_period
from analytics.pricing import price_at
from analytics.readiness import floor_to
from app.trends_frame import grid
from domain.consumption import Quality
from domain.enpi import Every
from domain.meter import Meter
from domain.plant import Plant
from domain.ports import SeriesStore

_USABLE = pl.col("quality") != str(Quality.RESET)


def main_days(plant: Plant, store: SeriesStore, main: str, start: datetime, end: datetime) -> pl.DataFrame:
    """Return sums over the intervals of [start, end) in which a main meter and all under it are known.

    Returns:
        day: Date; shift: String; intervals, n; a column per meter under its id [unit], null over nothing;
        remainder_paid: what the remainder cost [currency], null where no price is known.

    Raises:
        StoreError: the store cannot be read.
    """
    meters = [plant.meters[main], *meters_under(plant, main)]
    rows = grid(start, floor_to(end, plant.interval_s), plant.interval_s)
    for meter in meters:
        rows = rows.join(
            _amounts(plant, store, meter, start, end), on="start", how="left", maintain_order="left"
        )
    known = all_known(meters)
    resource = plant.resources[meters[0].resource]
    rows = with_period(rows, plant, Every.DAY).with_columns(
        day=local_time(rows["start"], plant).dt.date(), price=price_at(rows["start"], resource, plant)
    )
    remainder = pl.col(main) - pl.sum_horizontal(pl.lit(0.0), *(meter.id for meter in meters[1:]))
    paid = (remainder * pl.col("price")).filter(known)
    return rows.group_by("day", "shift").agg(
        pl.len().alias("intervals"),
        known.sum().alias("n"),
        *(
            pl.when(known.any()).then(pl.col(meter.id).filter(known).sum()).alias(meter.id)
            for meter in meters
        ),
        pl.when(paid.count() > 0).then(paid.sum()).alias("remainder_paid"),
    )


def _amounts(plant: Plant, store: SeriesStore, meter: Meter, start: datetime, end: datetime) -> pl.DataFrame:
    """Return start and a meter's amount under its id: what was kept, else what was judged of it alone."""
    kept = store.read_consumption([meter.id], start, end).filter(pl.col("interval_s") == plant.interval_s)
    columns = [kept.filter(_USABLE).select("start", pl.col("amount").alias(meter.id))]
    if _alone(plant, meter):
        judged = store.read_intervals(meter.process, meter.resource, start, end).filter(_USABLE)
        columns.append(judged.select("start", pl.col("actual").alias(meter.id)))
    return pl.concat(columns).drop_nulls().unique("start", keep="first", maintain_order=True)


def _alone(plant: Plant, meter: Meter) -> bool:
    """Return whether a meter is the only one of its process and resource."""
    meters: Sequence[Meter] = plant.meters_of(meter.process, meter.resource)
    return len(meters) == 1
