"""What is kept of readings when they are gone: the consumption of every meter in every interval.

Readings live as long as the retention says; their consumption for ever. It is kept as `consume` computed it,
so a baseline over a year needs no year of readings, and nothing is averaged twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from domain.consumption import Quality
from domain.ports import SeriesStore

_KEY = ["meter", "start"]
_WHAT = ["amount", "mean", "quality", "coverage"]


def first_times(readings: pl.DataFrame) -> pl.DataFrame:
    """Return meter, first: the time of the earliest of these readings of each meter."""
    return readings.group_by("meter").agg(pl.col("time").min().alias("first"))


def with_kept(
    computed: pl.DataFrame,
    store: SeriesStore,
    meters: Sequence[str],
    first: pl.DataFrame,
    interval_s: int,
    start: datetime,
    end: datetime,
) -> pl.DataFrame:
    """Return the CONSUMPTION frame with kept rows where an interval begins before the meter's first reading.

    There the readings have gone, or never were. Anywhere else the readings decide, so a correction of them
    is never undone by what was kept before it. Rows of another interval length are not used.

    Args:
        computed: CONSUMPTION frame of [start, end).
        first: meter, first, of the readings it was computed from, the one before the window included.

    Raises:
        StoreError: the store cannot be read.
    """
    if first.height == len(meters) and first["first"].max() <= start:  # type: ignore[operator]
        return computed
    gone = computed.join(first, on="meter", how="left").select(
        *_KEY, (pl.col("first").is_null() | (pl.col("start") < pl.col("first"))).alias("gone")
    )
    if not gone["gone"].any():
        return computed
    lacking = {*gone.filter("gone")["meter"].unique()}
    wanted = [meter for meter in meters if meter in lacking]
    kept = store.read_consumption(wanted, start, end).filter(pl.col("interval_s") == interval_s)
    if kept.is_empty():
        return computed
    there = kept.join(gone.filter("gone"), on=_KEY, how="semi").select(computed.columns)
    return computed.join(there, on=_KEY, how="anti").vstack(there).sort(_KEY)


def keep(store: SeriesStore, computed: pl.DataFrame, interval_s: int, start: datetime, end: datetime) -> int:
    """Keep the consumption of [start, end); return how many rows that changed.

    An interval of which nothing is known is only written where something else was kept of it.

    Args:
        computed: CONSUMPTION frame of [start, end).

    Raises:
        StoreError: the store is away.
    """
    known = store.read_consumption(computed["meter"].unique().to_list(), start, end)
    now = computed.with_columns(pl.lit(interval_s, pl.Int64).alias("interval_s"))
    changed = now.join(known, on=[*_KEY, *_WHAT, "interval_s"], how="anti", nulls_equal=True)
    empty = (pl.col("quality") == str(Quality.MISSING)) & (pl.col("coverage") == 0.0)
    unknown = changed.filter(empty).join(known, on=_KEY, how="semi")
    fresh = pl.concat([changed.filter(~empty), unknown])
    if fresh.height:
        store.append_consumption(fresh)
    return fresh.height
