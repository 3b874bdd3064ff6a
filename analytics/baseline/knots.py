"""Where the use of energy bends with temperature: the base temperatures of heating and cooling."""

from __future__ import annotations

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.robust import group_median
from analytics.baseline.sample import Sample

MAX_KNOTS = 3
#: more whole degrees than a climate has: a furnace's temperature is looked at in coarser steps
MAX_CANDIDATES = 40
#: knots are whole degrees, at least this far apart
GAP_DEGC = 3.0


def fit_knots(sample: Sample, temperature: Floats, weights: Floats) -> tuple[float, ...]:
    """Return the knots of a piecewise-linear effect of temperature, ascending [degC]; maybe none.

    Candidates are the whole degrees between the 3rd and the 97th percentile. The hour of the week is taken
    out first; busy and quiet hours bend at the same knots with slopes of their own. Knots are added one by
    one where they explain most, each as long as it lowers Akaike's information criterion, with days as the
    number of independent observations: a knot too many costs nothing beside the terms' ridge.

    Source: base temperature fitting as in ASHRAE's inverse modelling toolkit (RP-1050), with more than
    one change point; modes as in LBNL's time-of-week-and-temperature model (Mathieu et al. 2011).

    Args:
        sample: n intervals.
        temperature: (n,) [degC].
        weights: (n,) 0 = not to be learned from.
    """
    rows = (weights > 0) & np.isfinite(temperature)
    t, w = temperature[rows], weights[rows]
    if t.size == 0:
        return ()
    low, high = np.quantile(t, (0.03, 0.97))
    step = np.ceil(max(1.0, (high - low) / MAX_CANDIDATES))
    candidates = np.arange(np.ceil(low), np.floor(high) + 1, step)
    busy = _is_busy(sample.actual[rows], sample.calendar.hour[rows])
    hinges = np.maximum(0.0, t[:, None] - candidates)
    columns = np.column_stack((t * busy, t * ~busy, hinges * busy[:, None], hinges * ~busy[:, None]))
    inside = _centred(np.column_stack((columns, sample.actual[rows])), sample.calendar.hour[rows], w)
    gram = inside.T @ (inside * w[:, None])
    days = np.unique(sample.calendar.day[rows]).size
    return tuple(float(candidates[knot]) for knot in sorted(_greedy(gram, candidates, days)))


def _is_busy(actual: Floats, hour: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return whether each interval's hour of the week uses more than the median hour."""
    typical = group_median(actual, hour, 168)
    return (typical > np.nanmedian(typical))[hour]


def _centred(columns: Floats, hour: Ints, weights: Floats) -> Floats:
    """Return columns without their weighted mean at each hour of the week."""
    total = np.maximum(np.bincount(hour, weights, 168), 1e-300)
    means = np.stack([np.bincount(hour, weights * c, 168) / total for c in columns.T], axis=1)
    return columns - means[hour]


def _greedy(gram: Floats, candidates: Floats, days: int) -> list[int]:
    """Return the candidates worth having, by forward selection.

    Args:
        gram: cross products of [t busy, t quiet, hinges busy, hinges quiet, y].
        candidates: (m,) ascending [degC].
        days: number of independent observations.
    """
    m = candidates.size
    chosen: list[int] = []
    error = _unexplained(gram, [0, 1])
    while len(chosen) < MAX_KNOTS:
        columns = [0, 1, *(2 + k for k in chosen), *(2 + m + k for k in chosen)]
        free = [k for k in range(m) if all(abs(candidates[k] - candidates[c]) >= GAP_DEGC for c in chosen)]
        if not free:
            break
        errors = [_unexplained(gram, [*columns, 2 + k, 2 + m + k]) for k in free]
        best = int(np.argmin(errors))
        if days * np.log(error / max(errors[best], 1e-300)) <= 2 * 2:  # two slopes
            break
        chosen.append(free[best])
        error = errors[best]
    return chosen


def _unexplained(gram: Floats, columns: list[int]) -> float:
    """Return the sum of squares that a regression of the last variable on some columns leaves."""
    inner = gram[np.ix_(columns, columns)]
    ridge = 1e-9 * np.diag(np.diag(inner)) + 1e-12 * np.eye(len(columns))
    outer = gram[columns, -1]
    left = gram[-1, -1] - outer @ np.linalg.solve(inner + ridge, outer)
    return max(float(left), 1e-12 * float(gram[-1, -1]) + 1e-300)
