"""Models that are sums of terms: one regression for all of them."""

from __future__ import annotations

import numpy as np

from analytics.baseline.coefficients import Fit
from analytics.baseline.instants import Floats
from analytics.baseline.model import Model
from analytics.baseline.normal import Normal, parameters_of, solve
from analytics.baseline.problem import Problem
from analytics.baseline.shape import Shape

#: terms that need a kind of variable
NEEDS = {"temperature": "temperature", "output": "output", "running": "output"}


def linear_model(key: str, terms: tuple[str, ...]) -> Model:
    """Return the model that is the sum of the given terms."""
    return Model(
        key=key,
        needs=frozenset(NEEDS[term] for term in terms if term in NEEDS),
        fit=lambda problem: _fit(problem, terms),
        out_of_fold=lambda problem: _out_of_fold(problem, terms),
        parameters=lambda problem: parameters_of(problem.normal, terms),
    )


def fit_of(
    normal: Normal, terms: tuple[str, ...], coefficients: Floats, shape: Shape, floor: float | None
) -> Fit:
    """Return coefficients of all columns as a fit: constant and profile become the table of hours."""
    layout = normal.design.layout
    hours = np.full(168, normal.centre)
    if "constant" in terms:
        hours = hours + coefficients[layout["constant"]][0]
    if "profile" in terms:
        hours = hours + normal.design.week @ coefficients[layout["profile"]]
    others = [name for name in terms if name not in ("constant", "profile")]
    own = {name: coefficients[layout[name]] for name in others}
    return Fit(hours, {name: values for name, values in own.items() if values.size}, shape, floor)


def _fit(problem: Problem, terms: tuple[str, ...]) -> Fit:
    """Return the model fitted to all of a problem."""
    normal = problem.normal
    return fit_of(normal, terms, solve(normal, terms), normal.design.shape, problem.floor)


def _out_of_fold(problem: Problem, terms: tuple[str, ...]) -> Floats:
    """Return what each interval is expected to use by the fit to all other folds."""
    normal = problem.normal
    expected = np.empty(problem.sample.size)
    for fold in range(problem.folds):
        rows = problem.rows(fold)
        expected[rows] = normal.design.expected(solve(normal, terms, fold), normal.centre, rows)
    return expected if problem.floor is None else np.maximum(expected, problem.floor)
