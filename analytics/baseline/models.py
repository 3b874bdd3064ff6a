"""Every baseline model by its key, and the race between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline import sums, time_of_week
from analytics.baseline.instants import Floats
from analytics.baseline.model import Model
from analytics.baseline.problem import Problem
from analytics.baseline.sample import Sample
from analytics.baseline.terms import OUTPUT_TERMS, TEMPERATURE_TERMS, TERMS

#: the models, simplest first. To add one: one file, or one sum of terms in `sums`, and its place here
MODELS: dict[str, Model] = {
    model.key: model for model in (*sums.SIMPLE[:1], time_of_week.MODEL, *sums.SIMPLE[1:], *sums.RICH)
}


#: what a day's mean error counts for beside its hours' where output drives the use: as much, if all its hours
#: miss by themselves. Which hour of a batch falls into which hour of the day is luck: the model that knew the
#: hours of the day best expected the days of simulated lines a tenth worse than a plain one. Real buildings,
#: whose hours are no luck, would be expected half a point of CV(RMSE) worse
DAYS_WORTH = 24.0


@dataclass(frozen=True, slots=True)
class Runner:
    """How one candidate did."""

    key: str
    mse: float  # weighted mean squared error out of fold
    score: float  # what decides: that, and where output drives the use that of whole days beside it
    behind: float  # its score less that of the best, the mean over the folds
    standard_error: float  # of `behind`, over the folds; 0 for the best
    out_of_fold: Floats  # (n,)

    @property
    def within(self) -> bool:
        """Return whether it is not worse than the best by more than one standard error."""
        return self.behind <= self.standard_error


@dataclass(frozen=True, slots=True)
class Race:
    """Which model won, and what it expected of each interval when it had not seen its fold."""

    model: Model
    out_of_fold: Floats  # (n,)
    runners: tuple[Runner, ...]  # simplest first


def candidates_for(sample: Sample) -> list[Model]:
    """Return the models whose variables and shifts the sample has, simplest first."""
    has = {"temperature"} if sample.temperatures else set()
    has |= {"output"} if sample.outputs else set()
    has |= {"shifts"} if sample.calendar.shift.any() else set()
    return [model for model in MODELS.values() if model.needs <= has]


def union_of(sample: Sample) -> tuple[str, ...]:
    """Return every term that a candidate may use."""
    lacking = frozenset() if sample.temperatures else TEMPERATURE_TERMS
    lacking |= frozenset() if sample.outputs else OUTPUT_TERMS
    return tuple(name for name in TERMS if name not in lacking)


def race(problem: Problem) -> Race:
    """Return the simplest model that is within one standard error of the best, out of fold.

    The error is the weighted mean square, where output drives the use that of whole days beside it. The
    standard error is that of the difference between a model and the best, fold by fold: both meet the same
    weather and the same odd weeks, so the difference says more than either error alone.

    Source: the one-standard-error rule, Hastie, Tibshirani, Friedman, 2nd ed., 7.10.
    """
    models = candidates_for(problem.sample)
    expected = [model.out_of_fold(problem) for model in models]
    rows = problem.weights > 0
    weight = np.bincount(problem.fold[rows], problem.weights[rows])
    used = weight > 0
    share = weight[used] / weight.sum()
    squares = np.stack([_squares(problem, one) for one in expected])[:, used] / weight[used]
    scores = squares
    if problem.sample.outputs:
        of_days = np.stack([_squares_of_days(problem, one) for one in expected])[:, used] / weight[used]
        scores = squares + DAYS_WORTH * of_days
    means = scores @ share
    worse = scores - scores[int(np.argmin(means))]
    behind = worse @ share
    spread = np.sqrt(((worse - behind[:, None]) ** 2) @ share / max(int(used.sum()) - 1, 1))
    figures = zip(models, squares @ share, means, behind, spread, expected, strict=True)
    runners = [
        Runner(m.key, float(e), float(score), float(b), float(s), out) for m, e, score, b, s, out in figures
    ]
    winner = next(place for place, runner in enumerate(runners) if runner.within)
    return Race(models[winner], expected[winner], tuple(runners))


def report(won: Race, mean: float) -> list[dict[str, object]]:
    """Return how the candidates did, as JSON values a person can read, simplest first.

    Args:
        won: the race.
        mean: mean use over the intervals learned from.

    Returns:
        model; cvrmse_pct: out of fold, null where the mean is zero; behind_pct: by how much its score is
        above that of the best [% of the best's]; standard_error_pct: of that; place:
        "chosen", "as good" (within one standard error of the best, less simple than the chosen) or "worse".
    """
    best = min(runner.score for runner in won.runners)

    def place(runner: Runner) -> str:
        return "chosen" if runner.key == won.model.key else "as good" if runner.within else "worse"

    return [
        {
            "model": runner.key,
            "cvrmse_pct": 100.0 * runner.mse**0.5 / mean if mean else None,
            "behind_pct": 100.0 * runner.behind / best if best else 0.0,
            "standard_error_pct": 100.0 * runner.standard_error / best if best else 0.0,
            "place": place(runner),
        }
        for runner in won.runners
    ]


def _squares(problem: Problem, expected: Floats) -> Floats:
    """Return each fold's weighted sum of squared errors."""
    rows = problem.weights > 0
    squared = problem.weights[rows] * (problem.sample.actual[rows] - expected[rows]) ** 2
    return np.bincount(problem.fold[rows], squared).astype(np.float64)


def _squares_of_days(problem: Problem, expected: Floats) -> Floats:
    """Return each fold's weighted sum of the squared mean errors of its intervals' days."""
    rows = problem.weights > 0
    weights, missed = problem.weights[rows], problem.sample.actual[rows] - expected[rows]
    _, day = np.unique(problem.sample.calendar.day[rows], return_inverse=True)
    mean = np.bincount(day, weights * missed) / np.bincount(day, weights)
    return np.bincount(problem.fold[rows], weights * mean[day] ** 2).astype(np.float64)
