"""What a unit of a resource costs, and emits, at an instant."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.calendar import is_within, local_time
from domain.plant import Plant
from domain.resource import EmissionFactor, Price, Resource


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


def factor_at(starts: pl.Series, resource: Resource, plant: Plant, method: str = "location") -> pl.Series:
    """Return what one canonical unit emits at each instant [kg CO2e per unit].

    Args:
        starts: Datetime[us, UTC]; any order.
        resource: its emission factors, sorted by start, in force until the next one, or `to`, inclusive.
        plant: the time zone.
        method: of scope 2, "location" or "market"; other factors count for both.

    Returns:
        Float64, one per instant; null where no factor is in force, never zero.

    Source: GHG Protocol Scope 2 Guidance (2015), chapter 4: both are reported, side by side.
    """
    return _in_force(starts, factors_of(resource, method), plant).alias("factor")


def factors_of(resource: Resource, method: str) -> tuple[EmissionFactor, ...]:
    """Return the factors of a method, sorted by start: "location", or "market".

    A resource with market-based factors only has them for both: that is all that is known of it. One
    without any has no market-based figure; a contract that is not there is not replaced by the grid.
    """
    own = [one for one in resource.emission_factors if one.method == method]
    plain = [one for one in resource.emission_factors if not one.method]
    if method == "market":
        return tuple(own or plain)
    return tuple(sorted([*own, *plain], key=lambda one: one.start)) or resource.emission_factors


def window_at(starts: pl.Series, resource: Resource, plant: Plant) -> pl.Series:
    """Return the name of the time-of-use window that each instant lies in.

    Args:
        starts: Datetime[us, UTC]; any order.
        resource: its prices, as for `price_at`.
        plant: the time zone.

    Returns:
        String, one per instant; "" outside every window, null where no price is in force.
    """
    local = pl.DataFrame({"local": local_time(starts, plant)})
    day, name = pl.col("local").dt.date(), pl.lit(None, dtype=pl.String)
    for price in resource.prices:
        inside = [
            pl.when(is_within(window, pl.col("local"))).then(pl.lit(window.name)) for window in price.windows
        ]
        valid = pl.lit(value=True) if price.to is None else day <= price.to
        now = pl.when(valid).then(pl.coalesce(*inside, pl.lit("")))
        name = pl.when(day >= price.start).then(now).otherwise(name)
    return local.select(window=name)["window"]


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
