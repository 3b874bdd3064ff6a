"""What a unit of a resource costs, and emits, at an instant."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.calendar import is_within, local_time
from domain.plant import EmissionFactor, Plant, Price, Resource


def price_at(starts: pl.Series, resource: Resource, plant: Plant) -> pl.Series:
    """Return what one canonical unit costs at each instant [plant currency per unit].

    The price in force on the instant's local date counts; within it the first time-of-use window that the
    instant lies in (`calendar.is_within`), else the price's own amount.

    Args:
        starts: Datetime[us, UTC]; any order.
        resource: its prices, sorted by start, in force until the next one, or `to`, inclusive.
        plant: the time zone.

    Returns:
        Float64, one per instant; null where no price is in force, never zero.
    """
    return _in_force(starts, resource.prices, plant).alias("price")


def factor_at(starts: pl.Series, resource: Resource, plant: Plant) -> pl.Series:
    """Return what one canonical unit emits at each instant [kg CO2e per unit].

    Args:
        starts: Datetime[us, UTC]; any order.
        resource: its emission factors, sorted by start, in force until the next one, or `to`, inclusive.
        plant: the time zone.

    Returns:
        Float64, one per instant; null where no factor is in force, never zero.
    """
    return _in_force(starts, resource.emission_factors, plant).alias("factor")


def _in_force(starts: pl.Series, entries: Sequence[Price | EmissionFactor], plant: Plant) -> pl.Series:
    """Return the amount of the entry that is in force at each instant; null where there is none."""
    local = pl.DataFrame({"local": local_time(starts, plant)})
    day = pl.col("local").dt.date()
    amount = pl.lit(None, dtype=pl.Float64)
    for (
        entry
    ) in entries:  # a later one replaces an earlier one from its first day on, also where it has ended
        valid = pl.lit(value=True) if entry.to is None else day <= entry.to
        now = pl.when(valid).then(_amount(entry))
        amount = pl.when(day >= entry.start).then(now).otherwise(amount)
    return local.with_columns(amount=amount)["amount"]


def _amount(entry: Price | EmissionFactor) -> pl.Expr:
    """Return an entry's amount by local time."""
    amount = pl.lit(float(entry.amount))
    if isinstance(entry, EmissionFactor):
        return amount
    for window in reversed(entry.windows):
        amount = pl.when(is_within(window, pl.col("local"))).then(float(window.amount)).otherwise(amount)
    return amount
