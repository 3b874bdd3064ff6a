"""Which variables of a process are its output, and how much came out in each interval."""

from __future__ import annotations

import polars as pl

from domain.meter import MeterKind, Variable
from domain.plant import Plant
from domain.units import AMOUNT_OF, AREA, COUNT, LENGTH, MASS, VOLUME, amount_unit

#: what a factory makes is weighed, counted or measured
_OUTPUTS = {MASS, COUNT, VOLUME, LENGTH, AREA}


def outputs_of(plant: Plant, process: str) -> tuple[Variable, ...]:
    """Return the variables of a process that say how much it made, in its order.

    The process's `output`, where the plant file names one; else its relevant variables that are amounts of
    things (kg, pcs, m3, m, m2), or rates of them.
    """
    described = plant.processes[process]
    if described.output:
        return tuple(plant.variables[name] for name in described.output)
    variables = (plant.variables[name] for name in described.variables)
    return tuple(one for one in variables if is_output(one))


def is_output(variable: Variable) -> bool:
    """Return whether a variable can be an output: an amount of things, or a rate of them."""
    dimension = variable.unit.dimension
    if variable.kind is MeterKind.GAUGE:
        return AMOUNT_OF.get(dimension) in _OUTPUTS
    return dimension in _OUTPUTS


def with_amounts(frame: pl.DataFrame, outputs: tuple[Variable, ...], interval_s: int) -> pl.DataFrame:
    """Return a PROCESS frame in which each output's column is an amount: of a gauge, mean rate x hours.

    Args:
        frame: a column per output under its id; one that is not there becomes unknown.
    """
    hours = interval_s / 3600.0
    columns = []
    for one in outputs:
        value = pl.col(one.id) if one.id in frame.columns else pl.lit(None, dtype=pl.Float64)
        columns.append((value * hours if one.kind is MeterKind.GAUGE else value).alias(one.id))
    return frame.with_columns(*columns)


def output_unit(outputs: tuple[Variable, ...]) -> str | None:
    """Return the canonical unit in which outputs add up; None where they do not, or there is none."""
    units = {amount_unit(one.unit) for one in outputs}
    return units.pop() if len(units) == 1 else None
