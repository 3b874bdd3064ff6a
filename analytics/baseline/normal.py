"""Normal equations by fold: one pass over the data, after which any model and any fold is a small solve.

Each hour of the day has columns of its own, which meet those of no other hour. The equations have the shape
of an arrow: 24 small blocks, and one that all hours share. Blocks are eliminated one by one, which takes
hundreds of times less than solving for all columns at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline.design import Design
from analytics.baseline.instants import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Normal:
    """Weighted cross products of a design's scaled columns, and of use less `centre`, per fold."""

    design: Design
    centre: float
    own: Floats  # (folds, 24, q, q)
    between: Floats  # (folds, 24, q, s)
    shared: Floats  # (folds, s, s)
    own_moment: Floats  # (folds, 24, q)
    shared_moment: Floats  # (folds, s)


@dataclass(frozen=True, slots=True)
class Arrow:
    """The penalised equations of some columns, without any fold or without each fold: k systems."""

    own_columns: Ints  # (24, a) positions of the columns in the design
    shared_columns: Ints  # (b,)
    own: Floats  # (k, 24, a, a) with penalties
    between: Floats  # (k, 24, a, b)
    shared: Floats  # (k, b, b) with penalties
    own_moment: Floats  # (k, 24, a)
    shared_moment: Floats  # (k, b)
    own_penalty: Floats  # (k, 24, a)
    shared_penalty: Floats  # (k, b)


def normal_of(design: Design, weights: Floats) -> Normal:
    """Return the normal equations of a design.

    Args:
        design: of n intervals.
        weights: (n,); 0 = left out. Where it is not 0, use and variables are known.
    """
    actual = design.sample.actual
    folds, q, s = design.folds, design.own.shape[1], design.shared.size
    centre = float(np.average(actual[weights > 0], weights=weights[weights > 0]))
    own, both = np.zeros((folds, 24, q, q + s + 1)), np.zeros((folds, s, s + 1))
    for fold in range(folds):
        rows = design.rows(fold)
        root = np.sqrt(weights[rows])
        x = np.empty((rows.size, q + s + 1))
        np.multiply(design.values(fold), root[:, None], out=x[:, :-1])
        x[:, -1] = np.where(weights[rows] > 0, actual[rows] - centre, 0.0) * root
        both[fold] = x[:, q:-1].T @ x[:, q:]
        for hour, part in enumerate(design.hours(fold)):
            own[fold, hour] = x[part, :q].T @ x[part]
    return Normal(
        design,
        centre,
        own=own[..., :q],
        between=own[..., q:-1],
        shared=both[..., :-1],
        own_moment=own[..., -1],
        shared_moment=both[..., -1],
    )


def solve(normal: Normal, terms: tuple[str, ...], *, without: Bools | None = None) -> Floats:
    """Return all columns' coefficients, natural units: ridge regression, zero for terms not asked for.

    Args:
        normal: the normal equations.
        terms: the model's terms.
        without: (p,) columns that are left out.
    """
    coefficients: Floats = _solved(normal, _arrow(normal, terms, without, each_fold=False))[0]
    return coefficients


def solve_without_each(normal: Normal, terms: tuple[str, ...]) -> Floats:
    """Return the coefficients learned without each fold, (folds, p): `solve` on all other folds."""
    return _solved(normal, _arrow(normal, terms, None, each_fold=True))


def parameters_of(normal: Normal, terms: tuple[str, ...]) -> float:
    """Return how many free parameters the ridge leaves: trace((G + R)^-1 G).

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 3.4.1.
    """
    arrow = _arrow(normal, terms, None, each_fold=False)
    inner, schur = _eliminated(arrow)
    inverse = np.linalg.inv(schur)
    across = inner @ inverse[:, None]
    own = np.linalg.inv(arrow.own).diagonal(axis1=-2, axis2=-1) + np.einsum("khab,khab->kha", across, inner)
    lost = (own * arrow.own_penalty).sum()
    lost += (inverse.diagonal(axis1=-2, axis2=-1) * arrow.shared_penalty).sum()
    return float(arrow.own_columns.size + arrow.shared_columns.size - lost)


def _arrow(normal: Normal, terms: tuple[str, ...], without: Bools | None, *, each_fold: bool) -> Arrow:
    """Return the equations of some terms: of all folds together, or of all but each."""
    design = normal.design
    mine = design.columns(terms) if without is None else design.columns(terms) & ~without
    a, b = np.flatnonzero(mine[design.own].all(axis=0)), np.flatnonzero(mine[design.shared])

    def learned(by_fold: Floats) -> Floats:
        total: Floats = by_fold.sum(axis=0, keepdims=True)
        return total - by_fold if each_fold else total

    own = learned(normal.own[:, :, a[:, None], a])
    shared = learned(normal.shared[:, b[:, None], b])
    own_size = own.diagonal(axis1=-2, axis2=-1).sum(axis=(1, 2))
    size = own_size + shared.diagonal(axis1=-2, axis2=-1).sum(axis=1)
    least = 1e-9 * size / max(24 * a.size + b.size, 1) + 1e-12
    own_penalty = design.prior[design.own[:, a]] + least[:, None, None]
    shared_penalty = design.prior[design.shared[b]] + least[:, None]
    return Arrow(
        design.own[:, a],
        design.shared[b],
        own + own_penalty[..., None] * np.eye(a.size),
        learned(normal.between[:, :, a[:, None], b]),
        shared + shared_penalty[..., None] * np.eye(b.size),
        learned(normal.own_moment[:, :, a]),
        learned(normal.shared_moment[:, b]),
        own_penalty,
        shared_penalty,
    )


def _eliminated(arrow: Arrow) -> tuple[Floats, Floats]:
    """Return the hours' blocks solved for the shared columns, and what is left of the shared block."""
    inner = np.linalg.solve(arrow.own, arrow.between).astype(np.float64, copy=False)
    k, b = arrow.shared.shape[:2]
    flat = arrow.between.reshape(k, -1, b)
    left: Floats = arrow.shared - flat.transpose(0, 2, 1) @ inner.reshape(k, -1, b)
    return inner, left


def _solved(normal: Normal, arrow: Arrow) -> Floats:
    """Return the coefficients of every system in natural units, (k, p)."""
    inner, schur = _eliminated(arrow)
    alone = np.linalg.solve(arrow.own, arrow.own_moment[..., None])[..., 0]
    k, b = arrow.shared_moment.shape
    met = arrow.between.reshape(k, -1, b).transpose(0, 2, 1) @ alone.reshape(k, -1, 1)
    moment = arrow.shared_moment - met[..., 0]
    shared = np.linalg.solve(schur, moment[..., None])[..., 0]
    own = alone - (inner @ shared[:, None, :, None])[..., 0]
    coefficients = np.zeros((own.shape[0], normal.design.scale.size))
    coefficients[:, arrow.own_columns] = own
    coefficients[:, arrow.shared_columns] = shared
    return coefficients / normal.design.scale
