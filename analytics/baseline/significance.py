"""Whether a model, and each variable in it, explains more than chance would: F, t and p.

Residuals of hours are correlated, so n intervals say less than n independent ones: with rho the residuals'
correlation from one interval to the next, n' = n (1 - rho) / (1 + rho). Degrees of freedom and every F
are scaled by the same factor; p parameters of n intervals become p n'/n of n', and none is gained or lost.

Source: ASHRAE Guideline 14-2014, B.4 (n'); partial F-test, Draper and Smith, Applied Regression Analysis,
3rd ed., 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.autocorrelation import independent_values
from analytics.baseline.inertia import RECALLS
from analytics.baseline.instants import Floats, Ints
from analytics.baseline.normal import Normal, solve
from analytics.baseline.problem import Problem
from analytics.baseline.terms import TERMS

#: below this a p-value is no number any more; the equivalent t is then that of one column, the root of F
LEAST_P = 1e-300


@dataclass(frozen=True, slots=True)
class Significance:
    """One test. Of several columns (knots, busy and quiet hours) `t` is the |t| with the same p."""

    f: float
    p: float
    t: float
    columns: int  # numerator's degrees of freedom
    free: float  # denominator's effective degrees of freedom


@dataclass(frozen=True, slots=True)
class Significances:
    """All tests of a fit; None = not determinable, and why."""

    model: Significance | None
    variables: dict[str, Significance | None]
    correlation: float  # rho
    effective: float  # n'
    why: str = ""


def tests_of(
    problem: Problem, expected: Floats, p: float, terms: tuple[str, ...], variables: tuple[str, ...]
) -> Significances:
    """Return the tests of a model and of its variables.

    Args:
        problem: what it was fitted on.
        expected: (n,) in sample.
        p: its parameters, intercept included.
        terms: of a linear model; empty for one without coefficients.
        variables: ids that it uses.
    """
    rows = np.flatnonzero(problem.weights > 0)
    weights, actual = problem.weights[rows], problem.sample.actual[rows]
    residual = actual - expected[rows]
    rho = _correlation(problem, residual, rows)
    shrink = independent_values(1.0, rho)
    free = (rows.size - p) * shrink
    missed = float(weights @ residual**2)
    mean = float(np.average(actual, weights=weights))
    varied = float(weights @ (actual - mean) ** 2)
    if free < 1.0 or missed <= 1e-12 * max(varied, 1e-300) or p <= 1.0:
        why = (
            "nothing is left over to compare with"
            if free >= 1.0
            else "fewer independent intervals than parameters"
        )
        return Significances(None, dict.fromkeys(variables), rho, rows.size * shrink, why)
    mse = missed / (rows.size - p)
    whole = _test((varied - missed) / mse * shrink, p - 1.0, free)
    if not terms:
        why = "the model has no coefficients to test" if variables else ""
        return Significances(whole, dict.fromkeys(variables), rho, rows.size * shrink, why)
    normal = problem.normal
    full = _missed(normal, rows, actual, weights, terms, np.zeros(normal.design.scale.size, dtype=bool))
    found: dict[str, Significance | None] = {}
    for name in variables:
        own = columns_of(normal, terms, name)
        more = max(0.0, _missed(normal, rows, actual, weights, terms, own) - full)
        found[name] = _test(more / mse * shrink, float(own.sum()), free)
    return Significances(whole, found, rho, rows.size * shrink)


def columns_of(
    normal: Normal, terms: tuple[str, ...], name: str
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which columns depend on a variable: those that are unknown when it is."""
    design = normal.design
    first = np.zeros(1, dtype=np.int64)
    calendar = design.sample.calendar.take(first)
    variables = {key: np.zeros(1) for key in design.sample.variables}
    remembered = (name + recall.suffix for recall in RECALLS.values())
    variables |= dict.fromkeys((name, *remembered), np.full(1, np.nan))
    depends = np.zeros(design.scale.size, dtype=bool)
    for term in terms:
        groups = TERMS[term](calendar, variables, design.shape)
        unknown = [np.tile(np.isnan(group.values).any(axis=0), group.spread) for group in groups]
        depends[design.layout[term]] = np.concatenate([np.zeros(0, dtype=bool), *unknown])
    return depends


def _missed(
    normal: Normal,
    rows: Ints,
    actual: Floats,
    weights: Floats,
    terms: tuple[str, ...],
    without: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> float:
    """Return the weighted sum of squares that the terms, without some columns, leave unexplained."""
    coefficients = solve(normal, terms, without=without)
    expected = normal.design.expected_of_all(coefficients, normal.centre)[rows]
    return float(weights @ (actual - expected) ** 2)


def _correlation(
    problem: Problem, residual: Floats, rows: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> float:
    """Return the correlation of touching residuals, 0 .. 0.99."""
    start_us = problem.sample.start_us[rows]
    touch = np.diff(start_us) == problem.sample.interval_s * 1_000_000
    before, after = residual[:-1][touch], residual[1:][touch]
    square = float(np.sqrt((before @ before) * (after @ after)))
    return min(0.99, max(0.0, float(before @ after) / square)) if square > 0.0 else 0.0


def _test(total: float, columns: float, free: float) -> Significance | None:
    """Return the test of a sum of squares in units of the residual variance; None without columns."""
    from scipy.special import betainc, stdtrit  # a part of scipy that is quick to import

    if columns <= 0.0:
        return None
    f = max(0.0, total) / columns
    p = float(betainc(free / 2, columns / 2, free / (free + columns * f)))
    t = float(np.sqrt(f)) if columns == 1.0 or p < LEAST_P else float(-stdtrit(free, p / 2))
    return Significance(f, p, t, round(columns), free)
