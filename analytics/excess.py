"""Actual against expected: the excess in the unit, in money and in CO2e."""

from __future__ import annotations

import polars as pl

from analytics.pricing import factor_at, price_at
from domain.plant import Plant
from domain.resource import Resource


def excess_frame(
    frame: pl.DataFrame, expected: pl.DataFrame, plant: Plant, resource: Resource
) -> pl.DataFrame:
    """Return the EXCESS frame: what each interval used beyond what it should have, and what that costs.

    Args:
        frame: PROCESS frame: start, actual, quality (other columns are ignored).
        expected: EXPECTED frame: start, expected, sigma; starts that it lacks are unknown.
        plant: time zone and currency.
        resource: prices and emission factors, taken at the start of each interval.

    Returns:
        start, actual, quality, expected, sigma as given; excess = actual - expected [unit of the resource],
        null where either is; cost = excess x price [plant currency]; kg_co2e = excess x factor [kg]: both
        negative for under-consumption, null where the excess or the price (factor) is. Sorted by start, one
        row per row of `frame`.

    Raises:
        polars.exceptions.ComputeError: an interval occurs twice.
    """
    joined = frame.select("start", "actual", "quality").join(
        expected.select("start", "expected", "sigma"), on="start", how="left", validate="1:1"
    )
    joined = joined.sort("start")
    starts = joined["start"]
    return joined.with_columns(
        excess=pl.col("actual") - pl.col("expected"),
        cost=(pl.col("actual") - pl.col("expected")) * price_at(starts, resource, plant),
        kg_co2e=(pl.col("actual") - pl.col("expected")) * factor_at(starts, resource, plant),
    )
