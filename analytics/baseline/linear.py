"""Models that are sums of terms: one regression for all of them."""

from __future__ import annotations

import numpy as np

from analytics.baseline.coefficients import Fit
from analytics.baseline.instants import Floats, Instants
from analytics.baseline.model import Model
from analytics.baseline.normal import Normal, parameters_of, solve, solve_without_each
from analytics.baseline.problem import Problem
from analytics.baseline.terms import OUTPUT_TERMS, TEMPERATURE_TERMS, TERMS, over_the_week

#: what becomes the fit's table of hours
TABLE = ("constant", "profile")


def linear_model(key: str, terms: tuple[str, ...], *, needs_shifts: bool = False) -> Model:
    """Return the model that is the sum of the given terms.

    Args:
        key: its name.
        terms: of TERMS.
        needs_shifts: it is another one's twin where the plant has no shifts.
    """
    needs = {"temperature"} if TEMPERATURE_TERMS & set(terms) else set()
    needs |= {"output"} if OUTPUT_TERMS & set(terms) else set()
    needs |= {"shifts"} if needs_shifts else set()
    return Model(
        key=key,
        needs=frozenset(needs),
        fit=lambda problem: _fit(problem, terms),
        out_of_fold=lambda problem: _out_of_fold(problem, terms),
        parameters=lambda problem: parameters_of(problem.normal, terms),
        terms=terms,
    )


def _fit(problem: Problem, terms: tuple[str, ...]) -> Fit:
    """Return the model fitted to all of a problem."""
    normal = problem.normal
    coefficients, design = solve(normal, terms), normal.design
    others = [name for name in terms if name not in TABLE]
    own = {name: coefficients[design.layout[name]] for name in others}
    used = {name: values for name, values in own.items() if values.size}
    return Fit(_hours(normal, terms, coefficients), used, design.shape, problem.floor)


def _hours(normal: Normal, terms: tuple[str, ...], coefficients: Floats) -> Floats:
    """Return constant and profile as one table of the hours of the week, (168,)."""
    design, hour = normal.design, np.arange(168)
    none = np.zeros(168, dtype=np.int64)
    week = Instants(hour, none, np.zeros(168), none, none, none)
    hours = np.full(168, normal.centre)
    for name in (name for name in TABLE if name in terms):
        first = design.layout[name].start
        for group in TERMS[name](week, {}, design.shape):
            worth = over_the_week(group, coefficients[first : first + group.size], design.shape)
            hours = hours + (group.values * worth).sum(axis=1)
            first += group.size
    return hours


def _out_of_fold(problem: Problem, terms: tuple[str, ...]) -> Floats:
    """Return what each interval is expected to use by the fit to all other folds."""
    normal = problem.normal
    expected = normal.design.expected_of_all(solve_without_each(normal, terms), normal.centre)
    return expected if problem.floor is None else np.maximum(expected, problem.floor)
