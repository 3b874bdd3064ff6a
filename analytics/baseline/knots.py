"""Where the use of energy bends with temperature: the base temperatures of heating and cooling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.baseline.instants import Bools, Floats, Ints
from analytics.baseline.sample import Sample
from analytics.robust import group_median

MAX_KNOTS = 3
#: more whole degrees than a climate has: a furnace's temperature is looked at in coarser steps
MAX_CANDIDATES = 40
#: knots are whole degrees, at least this far apart
GAP_DEGC = 3.0
#: sum of squares, of shares around their hour's mean, below which an output counts as constant
LEAST_SQUARES = 1e-6


def fit_knots(sample: Sample, temperature: Floats, weights: Floats) -> tuple[float, ...]:
    """Return the knots of a piecewise-linear effect of temperature, ascending [degC]; maybe none.

    Candidates are the whole degrees between the 3rd and the 97th percentile. The hour of the week is taken
    out first, and so are the outputs: a bend of a few per cent drowns in what the order book does. Busy and
    quiet hours bend at the same knots with slopes of their own. Knots are added one by one where they
    explain most, each as long as it lowers Akaike's information criterion, with days as the number of
    independent observations: a knot too many costs nothing beside the terms' ridge.

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
    hour, actual = sample.calendar.hour[rows], sample.actual[rows]
    busy = _is_busy(actual, hour)
    made = _made(sample, rows)
    columns = np.column_stack((made, t, np.maximum(0.0, t[:, None] - candidates), actual))
    grams = [_left_by(made.shape[1], _gram(columns[mode], hour[mode], w[mode])) for mode in (busy, ~busy)]
    days = np.unique(sample.calendar.day[rows]).size
    return tuple(float(candidates[knot]) for knot in sorted(_greedy(grams, candidates, days)))


def _made(sample: Sample, rows: Bools) -> Floats:
    """Return two columns per output: how much is made, as a share of the most, and whether any.

    An unknown output is none.
    """
    outputs = [np.nan_to_num(sample.variables[name][rows]) for name in sample.outputs]
    shares = [output / max(float(np.max(np.abs(output), initial=0.0)), 1e-300) for output in outputs]
    columns = [column for share in shares for column in (share, (share > 0.0).astype(np.float64))]
    return np.stack(columns, axis=1) if columns else np.zeros((int(rows.sum()), 0))


def _left_by(causes: int, gram: Floats) -> Floats:
    """Return the cross products of columns less what a regression on the first of them says of them.

    Args:
        causes: how many columns come first, none of them larger than 1; one that hardly moves says nothing:
            all of its cross products are rounding.
        gram: cross products of these and the others.
    """
    moving = np.flatnonzero(np.diag(gram)[:causes] > LEAST_SQUARES)
    across = gram[moving, causes:]
    root = np.sqrt(np.diag(gram)[moving])
    inner = np.linalg.pinv(gram[np.ix_(moving, moving)] / np.outer(root, root), rcond=1e-9, hermitian=True)
    scaled = across / root[:, None]
    left: Floats = gram[causes:, causes:] - scaled.T @ inner @ scaled
    return left


def _is_busy(actual: Floats, hour: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return whether each interval's hour of the week uses more than the median hour."""
    typical = group_median(actual, hour, 168)
    return (typical > np.nanmedian(typical))[hour]


def _gram(columns: Floats, hour: Ints, weights: Floats) -> Floats:
    """Return the weighted cross products of columns without their mean at each hour of the week."""
    if not hour.size:
        return np.zeros((columns.shape[1], columns.shape[1]))
    order = np.argsort(hour, kind="stable")
    first = np.flatnonzero(np.diff(hour[order], prepend=-1))
    root = np.sqrt(weights[order])[:, None]
    scaled = columns[order] * root
    total = np.maximum(np.add.reduceat(weights[order], first), 1e-300)
    sums = np.add.reduceat(scaled * root, first, axis=0)
    gram: Floats = scaled.T @ scaled - sums.T @ (sums / total[:, None])
    return gram


def _greedy(grams: Sequence[Floats], candidates: Floats, days: int) -> list[int]:
    """Return the candidates worth having, by forward selection.

    Args:
        grams: cross products of [t, hinges, y], of busy and of quiet hours.
        candidates: (m,) ascending [degC].
        days: number of independent observations.
    """
    chosen: list[int] = []
    error = _unexplained(grams, [0])
    while len(chosen) < MAX_KNOTS:
        columns = [0, *(1 + k for k in chosen)]
        free = [
            k
            for k in range(candidates.size)
            if all(abs(candidates[k] - candidates[c]) >= GAP_DEGC for c in chosen)
        ]
        if not free:
            break
        errors = [_unexplained(grams, [*columns, 1 + k]) for k in free]
        best = int(np.argmin(errors))
        if days * np.log(error / max(errors[best], 1e-300)) <= 2 * 2:  # two slopes
            break
        chosen.append(free[best])
        error = errors[best]
    return chosen


def _unexplained(grams: Sequence[Floats], columns: list[int]) -> float:
    """Return the sum of squares that regressions of the last variable on some columns leave: above zero.

    Where every hour of the week came once, cross products are rounding, of either sign.
    """
    left = 0.0
    for gram in grams:
        inner = gram[np.ix_(columns, columns)]
        ridge = 1e-9 * np.diag(np.diag(inner)) + 1e-12 * np.eye(len(columns))
        outer, total = gram[columns, -1], max(0.0, float(gram[-1, -1]))
        left += max(total - float(outer @ np.linalg.solve(inner + ridge, outer)), 1e-12 * total)
    return left + 1e-300
