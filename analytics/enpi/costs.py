"""What use cost by time of use, and what it emitted by factor: location- and market-based side by side."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.calendar import local_time
from analytics.enpi.selection import MISSING, NO_FACTOR, NO_PRICE, RESET
from analytics.pricing import factor_at, factors_of, price_at, window_at
from domain.consumption import Quality
from domain.enpi import Figure
from domain.plant import Plant
from domain.resource import EmissionFactor, Resource


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process's use of a resource cost and emitted in a window."""

    process: str
    resource: str
    amount: Figure
    cost: Figure  # plant currency
    co2e_location: Figure  # kg
    co2e_market: Figure  # kg; None where no market-based factor is known


def costs(frame: pl.DataFrame, plant: Plant, process: str, resource: str) -> Cost:
    """Return the cost and CO2e of a window's use, each over the intervals in which it is known.

    Args:
        frame: PROCESS frame: start, actual, quality.
        plant: prices and factors, by the reading's local time.
        process: id.
        resource: id.
    """
    described, rows = plant.resources[resource], with_prices(frame, plant, plant.resources[resource])
    known = rows.filter(pl.col("left_out").is_null())
    counts = rows["left_out"].drop_nulls().value_counts().rows()
    left_out = dict(sorted(counts))

    def figure(column: str, unit: str, reason: str) -> Figure:
        paid = (known["actual"] * known[column]).drop_nulls() if column else known["actual"]
        more = {reason: known.height - paid.len()} if paid.len() < known.height else {}
        value = float(paid.sum()) if paid.len() else None
        return Figure(value, unit, paid.len(), rows.height, left_out | more)

    return Cost(
        process=process,
        resource=resource,
        amount=figure("", described.unit, ""),
        cost=figure("price", plant.currency, NO_PRICE),
        co2e_location=figure("location", "kg", NO_FACTOR),
        co2e_market=figure("market", "kg", NO_FACTOR),
    )


def with_prices(frame: pl.DataFrame, plant: Plant, resource: Resource) -> pl.DataFrame:
    """Return the frame with price, window, location, market (per canonical unit), and left_out."""
    starts = frame["start"]
    reason = (
        pl.when(pl.col("actual").is_null())
        .then(pl.lit(MISSING))
        .when(pl.col("quality") == str(Quality.RESET))
        .then(pl.lit(RESET))
        .otherwise(pl.lit(None, dtype=pl.String))
    )
    return frame.with_columns(
        price=price_at(starts, resource, plant),
        window=window_at(starts, resource, plant),
        location=factor_at(starts, resource, plant),
        market=factor_at(starts, resource, plant, "market"),
        left_out=reason,
    )


def costs_by_window(frame: pl.DataFrame, plant: Plant, resource: str) -> pl.DataFrame:
    """Return what was used and paid in each time-of-use window; amounts and costs add up to the whole.

    Args:
        frame: PROCESS frame: start, actual, quality.
        plant: prices.
        resource: id.

    Returns:
        window: String, "" = outside all windows, null = no price then, sorted; amount: Float64 [unit]; cost:
        Float64 [plant currency], null without a price; n: UInt32, known intervals.
    """
    rows = with_prices(frame, plant, plant.resources[resource]).filter(pl.col("left_out").is_null())
    paid = pl.col("actual") * pl.col("price")
    return (
        rows.group_by("window")
        .agg(
            pl.col("actual").sum().alias("amount"),
            pl.when(paid.count() > 0).then(paid.sum()).alias("cost"),
            pl.len().alias("n"),
        )
        .sort("window")
    )


def carbon_by_factor(frame: pl.DataFrame, plant: Plant, resource: str) -> pl.DataFrame:
    """Return what was emitted under each factor, so that a figure can be traced to its source.

    Args:
        frame: PROCESS frame: start, actual, quality.
        plant: factors.
        resource: id.

    Returns:
        method: "location" | "market"; scope: Int64; source: String; since: Date; amount: Float64 [unit];
        kg_co2e: Float64. One row per method and factor that was in force in the window, by method and date.
    """
    described = plant.resources[resource]
    rows = with_prices(frame, plant, described).filter(pl.col("left_out").is_null())
    found = []
    for method in ("location", "market"):
        for factor in factors_of(described, method):
            mine = rows.filter(_in_force(rows, factor, described, plant, method))
            if mine.height:
                amount = float(mine["actual"].sum())
                found.append(
                    (method, factor.scope, factor.source, factor.start, amount, amount * factor.amount)
                )
    schema = {
        "method": pl.String(), "scope": pl.Int64(), "source": pl.String(), "since": pl.Date(),
        "amount": pl.Float64(), "kg_co2e": pl.Float64(),
    }  # fmt: skip
    return pl.DataFrame(found, schema=schema, orient="row")


def _in_force(
    rows: pl.DataFrame, factor: EmissionFactor, resource: Resource, plant: Plant, method: str
) -> pl.Series:
    """Return in which rows this factor, and no later one, is in force."""
    day = local_time(rows["start"], plant).dt.date()
    later = [one.start for one in factors_of(resource, method) if one.start > factor.start]
    inside = day >= factor.start
    if later:
        inside &= day < min(later)
    return inside if factor.to is None else inside & (day <= factor.to)
