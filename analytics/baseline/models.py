"""Every baseline model by its key, and the race between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline import (
    linear_output,
    seasonal,
    seasonal_output,
    time_of_week,
    towt,
    towt_output,
)
from analytics.baseline.instants import Floats
from analytics.baseline.model import Model
from analytics.baseline.problem import Problem
from analytics.baseline.sample import Sample

#: the models, simplest first. To add one: one file and one row here
MODELS: dict[str, Model] = {
    module.MODEL.key: module.MODEL
    for module in (linear_output, time_of_week, seasonal, towt, seasonal_output, towt_output)
}


@dataclass(frozen=True, slots=True)
class Race:
    """Which model won, and what it expected of each interval when it had not seen its fold."""

    model: Model
    out_of_fold: Floats  # (n,)
    errors: dict[str, float]  # each candidate's mean squared error out of fold


def candidates_for(sample: Sample) -> list[Model]:
    """Return the models whose variables the sample has, simplest first."""
    has = {"temperature"} if sample.temperatures else set()
    has |= {"output"} if sample.outputs else set()
    return [model for model in MODELS.values() if model.needs <= has]


def union_of(sample: Sample) -> tuple[str, ...]:
    """Return every term that a candidate may use, the profile first."""
    temperature = ("temperature",) if sample.temperatures else ()
    output = ("output", "running") if sample.outputs else ()
    return (*seasonal.CALENDAR, *temperature, *output, "constant")


def race(problem: Problem) -> Race:
    """Return the simplest model that is within one standard error of the best, out of fold.

    The error is the weighted mean square; its standard error is that of the differences between a model and
    the best, week by week.

    Source: the one-standard-error rule, Hastie, Tibshirani, Friedman, 2nd ed., 7.10.
    """
    models = candidates_for(problem.sample)
    expected = [model.out_of_fold(problem) for model in models]
    rows = problem.weights > 0
    weight = np.bincount(problem.week[rows], problem.weights[rows])
    used = weight > 0
    squares = np.stack([_squares(problem, one) for one in expected])[:, used] / weight[used]
    share = weight[used] / weight.sum()
    means = squares @ share
    worse = squares - squares[int(np.argmin(means))]
    spread = np.sqrt(((worse - (worse @ share)[:, None]) ** 2) @ share / max(int(used.sum()) - 1, 1))
    winner = int(np.argmax(worse @ share <= spread))
    errors = {model.key: float(mean) for model, mean in zip(models, means, strict=True)}
    return Race(models[winner], expected[winner], errors)


def _squares(problem: Problem, expected: Floats) -> Floats:
    """Return each week's weighted sum of squared errors."""
    rows = problem.weights > 0
    squared = problem.weights[rows] * (problem.sample.actual[rows] - expected[rows]) ** 2
    return np.bincount(problem.week[rows], squared).astype(np.float64)
