"""A stream's intervals -> sums per local day and shift, from which any longer time is added up."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.calendar import local_time
from analytics.enpi.indicators import FLAGS, SUMS, flagged, sums
from analytics.enpi.selection import (
    MISSING,
    MIXED_PRODUCTS,
    PRODUCT_UNKNOWN,
    RESET,
    reason_of,
    with_period,
)
from analytics.pricing import price_at
from domain.enpi import Every
from domain.meter import Variable
from domain.plant import Plant
from domain.resource import Resource

#: why intervals are left out of every figure
REASONS = (MISSING, RESET, PRODUCT_UNKNOWN, MIXED_PRODUCTS)
#: what is added up over days
COUNTS = ("intervals", *(f"n_{flag}" for flag in (*FLAGS, "paid", *REASONS)))
AMOUNTS = (
    *(f"{column}_{flag}" for column, flag in SUMS),
    "actual_used",
    "used_unpriced",
    "paid",
    "excess_unpriced",
)


def day_sums(
    frame: pl.DataFrame, plant: Plant, resource: Resource, outputs: tuple[Variable, ...], product: str = ""
) -> pl.DataFrame:
    """Return what each local day, and each shift in it, adds up to.

    Args:
        frame: start, actual, expected, cost, kg_co2e, quality, a column per output [amount]; null = unknown.
        plant: clock, shifts, prices.
        resource: what is used.
        outputs: of the process; their amounts add up.
        product: id of one of them: only while it, and no other, is made; "" = whatever is made.

    Returns:
        day: Date; shift: String, null = outside every shift; first, last: start of the first and last
        interval; COUNTS, and AMOUNTS, null where they are sums over nothing: `paid` is what all known use
        cost, `used_unpriced` the use that has no price, `excess_unpriced` the excess of judged intervals
        without one. Sorted by day and shift.
    """
    rows = with_period(frame, plant, Every.DAY).with_columns(
        left_out=reason_of([one.id for one in outputs], product),
        day=local_time(frame["start"], plant).dt.date(),
        price=price_at(frame["start"], resource, plant),
    )
    if product:
        made = pl.col(product)
        rows = rows.filter(made.is_null() | (made > 0.0))
        outputs = tuple(one for one in outputs if one.id == product)
    unpriced, paid = pl.col("judged") & ~pl.col("priced"), pl.col("used") & pl.col("price").is_not_null()
    return (
        flagged(rows, outputs)
        .group_by("day", "shift")
        .agg(
            *sums(),
            *((pl.col("left_out") == reason).sum().alias(f"n_{reason}") for reason in REASONS),
            paid.sum().alias("n_paid"),
            _over(pl.col("actual"), pl.col("used")).alias("actual_used"),
            _over(pl.col("actual"), pl.col("used") & pl.col("price").is_null()).alias("used_unpriced"),
            _over(pl.col("actual") * pl.col("price"), paid).alias("paid"),
            _over(pl.col("actual") - pl.col("expected"), unpriced).alias("excess_unpriced"),
        )
        .sort("day", "shift")
    )


def add_up(days: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the sums of `day_sums` rows by some columns, those in order of appearance."""
    return days.group_by(by, maintain_order=True).agg(
        pl.col("first").min(),
        pl.col("last").max(),
        *(pl.col(name).sum() for name in COUNTS),
        *(pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in AMOUNTS),
    )


def _over(value: pl.Expr, flag: pl.Expr) -> pl.Expr:
    """Return a sum over the intervals of a flag, null over none."""
    return pl.when(flag.any()).then(value.filter(flag).sum())
