"""Consumption per meter -> one row per interval of a process and resource, with its relevant variables."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from domain.consumption import RANK, USABLE, Quality
from domain.meter import Meter, MeterKind, Variable
from domain.plant import Plant


def process_frame(consumed: pl.DataFrame, plant: Plant, process: str, resource: str) -> pl.DataFrame:
    """Return the PROCESS frame of one process and resource.

    Args:
        consumed: CONSUMPTION frame of at least its meters and variables; others in it are ignored.
        plant: which meters measure the resource at the process, and which variables drive it.
        process: id.
        resource: id.

    Returns:
        start: every interval of `consumed`, once, sorted; actual: Float64, the sum over the meters [canonical
        unit], null when any of them is missing; quality: String, the worst of the meters; and per variable
        of the process one Float64 column under its id: a gauge's mean, another's amount, null when it is
        missing or when its quality would mislead a baseline (catch_up, reset).
    """
    meters = plant.meters_of(process, resource)
    variables = [plant.variables[name] for name in plant.processes[process].variables]
    frame = consumed.select(pl.col("start").unique().sort())
    for number, meter in enumerate(meters):
        frame = frame.join(_meter(consumed, meter, number), on="start", how="left")
    actual = pl.sum_horizontal(_amounts(meters), ignore_nulls=False)
    frame = frame.select("start", actual=actual, quality=_worst(meters))
    for variable in variables:
        frame = frame.join(variable_column(consumed, variable), on="start", how="left")
    return frame


def _meter(consumed: pl.DataFrame, meter: Meter, number: int) -> pl.DataFrame:
    """Return start, and one meter's amount and rank of quality under its number."""
    rank = pl.col("quality").replace_strict({str(quality): rank for quality, rank in RANK.items()})
    one = consumed.filter(pl.col("meter") == meter.id)
    return one.select("start", pl.col("amount").alias(f"amount {number}"), rank.alias(f"rank {number}"))


def _amounts(meters: Sequence[Meter]) -> list[str]:
    """Return the columns that hold the meters' amounts, in the meters' order: sums keep their bits."""
    return [f"amount {number}" for number in range(len(meters))]


def _worst(meters: Sequence[Meter]) -> pl.Expr:
    """Return the worst quality of the meters; one that is not there is missing."""
    ranks = [pl.col(f"rank {number}").fill_null(RANK[Quality.MISSING]) for number in range(len(meters))]
    names = {rank: str(quality) for quality, rank in RANK.items()}
    return pl.max_horizontal(ranks).replace_strict(names, return_dtype=pl.String)


def variable_column(consumed: pl.DataFrame, variable: Variable) -> pl.DataFrame:
    """Return start and a variable's value under its id; null where it cannot be relied on."""
    value = pl.col("mean" if variable.kind is MeterKind.GAUGE else "amount")
    usable = pl.col("quality").is_in([str(quality) for quality in USABLE])
    one = consumed.filter(pl.col("meter") == variable.id)
    return one.select("start", pl.when(usable).then(value).alias(variable.id))
