"""A PROCESS frame -> the arrays that models read: what was used, what may be learned from, what drove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from analytics.baseline.instants import Bools, Floats, Instants, Ints, instants_of
from domain.consumption import USABLE
from domain.meter import MeterKind, Variable
from domain.plant import Plant
from domain.units import TEMPERATURE


@dataclass(frozen=True, slots=True)
class Sample:
    """n intervals of one process and resource, sorted by start."""

    start_us: Ints  # microseconds since 1970, UTC
    interval_s: int
    actual: Floats  # NaN = unknown
    usable: Bools  # known, and its quality is good enough to learn from
    calendar: Instants
    variables: dict[str, Floats]  # NaN = unknown
    temperatures: tuple[str, ...]  # ids of variables that act through knots
    outputs: tuple[str, ...]  # ids of all other variables: they act in proportion

    @property
    def size(self) -> int:
        """Return how many intervals it has."""
        return self.start_us.size

    @property
    def per_day(self) -> float:
        """Return how many intervals a day has."""
        return 86_400 / self.interval_s

    def without(self, rows: Bools) -> Sample:
        """Return the sample with these intervals barred from learning."""
        return replace(self, usable=self.usable & ~rows)

    def since(self, position: int) -> Sample:
        """Return the intervals from a position on."""
        return replace(
            self,
            start_us=self.start_us[position:],
            actual=self.actual[position:],
            usable=self.usable[position:],
            calendar=self.calendar.take(slice(position, None)),
            variables={name: values[position:] for name, values in self.variables.items()},
        )


def sample_of(frame: pl.DataFrame, plant: Plant, process: str) -> Sample:
    """Return the arrays of a PROCESS frame, sorted by start.

    Args:
        frame: start, actual, quality, and a column per variable of the process; a variable without a
            column is unknown throughout.
        plant: calendar, interval and variables.
        process: id.
    """
    frame = frame.sort("start")
    actual = floats_of(frame["actual"])
    usable = frame["quality"].is_in([str(quality) for quality in USABLE]).fill_null(value=False)
    variables = [plant.variables[name] for name in plant.processes[process].variables]
    return Sample(
        start_us=frame["start"].to_physical().to_numpy().astype(np.int64),
        interval_s=plant.interval_s,
        actual=actual,
        usable=usable.to_numpy() & np.isfinite(actual),
        calendar=instants_of(frame["start"], plant),
        variables=variable_arrays(frame, [variable.id for variable in variables]),
        temperatures=tuple(variable.id for variable in variables if _is_temperature(variable)),
        outputs=tuple(variable.id for variable in variables if not _is_temperature(variable)),
    )


def variable_arrays(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    """Return the frame's variables by id, NaN where unknown or where the frame has no such column."""
    unknown = np.full(frame.height, np.nan)
    return {name: floats_of(frame[name]) if name in frame.columns else unknown for name in names}


def _is_temperature(variable: Variable) -> bool:
    """Return whether a variable acts through knots: what is needed to heat or cool, not to produce."""
    return variable.kind is MeterKind.GAUGE and variable.unit.dimension == TEMPERATURE


def floats_of(column: pl.Series) -> Floats:
    """Return a column as floats, NaN for null and for what is not finite."""
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)
