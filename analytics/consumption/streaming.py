"""Consumption of more meters than fit into memory at once: one lazy pass, a group of meters at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from analytics.consumption import consume
from domain.amendment import Amendment
from domain.meter import Meter, Variable

#: meters that are computed together; 500 at 10 s are 4 million readings a day
GROUP = 500


def consume_in_groups(
    readings: pl.LazyFrame,
    meters: Sequence[Meter | Variable],
    interval_s: int,
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
    *,
    group: int = GROUP,
) -> Iterator[pl.DataFrame]:
    """Yield the CONSUMPTION frame of [start, end), group by group of meters in the order of their ids.

    Put together they are bit for bit what `consume` returns for all of them at once. No more than one
    group's readings are in memory, provided that the scan can skip the others: Parquet written in
    the order of meters lets it, by the statistics of its row groups.

    Args:
        readings: meter: String, time: Datetime[us, UTC], value: Float64, as `consume` wants them, not
            collected.
        meters: as for `consume`, in any order.
        group: meters at a time.

    Raises:
        ValueError: as `consume` does, or `group` is less than one.
        polars.exceptions.PolarsError: the scan cannot be read.
    """
    if group < 1:
        raise ValueError(f"a group is at least one meter, not {group}")
    ordered = sorted(meters, key=lambda one: one.id)
    for first in range(0, len(ordered), group):
        mine = ordered[first : first + group]
        within = readings.filter(pl.col("meter").is_between(pl.lit(mine[0].id), pl.lit(mine[-1].id)))
        yield consume(within.collect(), mine, interval_s, start, end, amendments)
