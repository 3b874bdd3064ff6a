"""A fitted model: everything that predicting needs, and its way to JSON values and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.baseline.inertia import DAYS_BEFORE, HOUR_BEFORE, Recall
from analytics.baseline.instants import Floats, Instants
from analytics.baseline.shape import Shape
from analytics.baseline.terms import (
    OUTPUT_TERMS,
    TEMPERATURE_TERMS,
    TERMS,
    Variables,
    over_the_week,
)

#: intervals predicted at a time, so that memory stays flat
BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Fit:
    """expected = hours[hour of the week] + sum over terms of value x its worth then, not below `floor`."""

    hours: Floats  # (168,) unit of the resource per interval
    terms: dict[str, Floats]  # by term, in the order of its columns; natural units
    shape: Shape
    floor: float | None  # 0 where the process never gave anything back, else None

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the ids of the variables that it needs."""
        names: list[str] = []
        if TEMPERATURE_TERMS & set(self.terms):
            names += self.shape.temperatures
        if OUTPUT_TERMS & set(self.terms):
            names += self.shape.outputs
        return tuple(names)

    @property
    def remembers(self) -> tuple[tuple[str, Recall], ...]:
        """Return the ids of the variables of which it needs the time before, too, and how much of it."""
        walls = self.shape.temperatures if "memory" in self.terms else ()
        batches = self.shape.outputs if "output_before" in self.terms else ()
        return (*((name, DAYS_BEFORE) for name in walls), *((name, HOUR_BEFORE) for name in batches))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the names of all values that predicting reads."""
        return (*self.variables, *(name + recall.suffix for name, recall in self.remembers))


def predict(fit: Fit, calendar: Instants, variables: Variables) -> Floats:
    """Return what is expected of n intervals, NaN where a variable that matters is unknown.

    An interval's value does not depend on which others are asked for with it, to the last bit: columns are
    added one after the other, and no matrix product chooses its own order. So a replay of history in
    other steps gives the same excess.
    """
    n = calendar.hour.size
    expected = np.empty(n)
    for first in range(0, n, BLOCK):
        rows = slice(first, first + BLOCK)
        inside = {name: variables[name][rows] for name in fit.inputs}
        expected[rows] = _predict_block(fit, calendar.take(rows), inside)
    return expected


def _predict_block(fit: Fit, calendar: Instants, variables: Variables) -> Floats:
    """Return what is expected of some intervals."""
    expected = fit.hours[calendar.hour]
    for name, coefficients in fit.terms.items():
        first = 0
        for group in TERMS[name](calendar, variables, fit.shape):
            worth = over_the_week(group, coefficients[first : first + group.size], fit.shape)
            for column, by_hour in zip(group.values.T, worth.T, strict=True):
                expected = expected + column * by_hour[calendar.hour]
            first += group.size
    return expected if fit.floor is None else np.maximum(expected, fit.floor)


def to_json(fit: Fit) -> dict[str, Any]:
    """Return a fit as JSON values; `from_json` gives the same fit to the last bit."""
    shape = fit.shape
    return {
        "hours": fit.hours.tolist(),
        "terms": {name: values.tolist() for name, values in fit.terms.items()},
        "floor": fit.floor,
        "shape": {
            "activity": shape.activity.tolist(),
            "knots": {name: list(knots) for name, knots in shape.knots.items()},
            "centre": dict(shape.centre),
            "temperatures": list(shape.temperatures),
            "outputs": list(shape.outputs),
            "scale": dict(shape.scale),
            "running": list(shape.running),
            "end_day": shape.end_day,
            "steps": shape.steps,
            "seasonal": shape.seasonal,
            "shifts": shape.shifts,
        },
    }


def from_json(values: Mapping[str, Any]) -> Fit:
    """Return the fit that `to_json` was given."""
    shape = values["shape"]
    return Fit(
        hours=np.array(values["hours"], dtype=np.float64),
        terms={name: np.array(numbers, dtype=np.float64) for name, numbers in values["terms"].items()},
        floor=values["floor"],
        shape=Shape(
            activity=np.array(shape["activity"], dtype=np.float64),
            knots={name: tuple(knots) for name, knots in shape["knots"].items()},
            centre=dict(shape["centre"]),
            temperatures=tuple(shape["temperatures"]),
            outputs=tuple(shape["outputs"]),
            scale=dict(shape["scale"]),
            running=tuple(shape["running"]),
            end_day=int(shape["end_day"]),
            steps=int(shape["steps"]),
            seasonal=bool(shape["seasonal"]),
            shifts=int(shape.get("shifts", 0)),  # versions before the term existed have none
        ),
    )
