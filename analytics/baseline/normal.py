"""Normal equations by fold: one pass over the data, after which any model and any fold is a small solve.

Each hour of the day has columns of its own, which meet those of no other hour. The equations have the shape
of an arrow: 24 small blocks, and one that all hours share. Blocks are eliminated one by one, which takes
hundreds of times less than solving for all columns at once; models with the same own columns share that, and
differ only in which of the shared ones they have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from analytics.baseline.design import Design
from analytics.baseline.instants import Bools, Floats, Ints

#: where at most this share of the weights changes, the equations are changed instead of made anew
FEW = 0.4


@dataclass(frozen=True, slots=True)
class Normal:
    """Weighted cross products of a design's scaled columns with each other and use less `centre`."""

    design: Design
    weights: Floats  # (n,)
    centre: float
    own: Floats  # (folds, 24, q, q + s + 1): with the own columns, the shared ones, and use
    shared: Floats  # (folds, s, s + 1): with the shared columns, and use
    solved: dict[tuple[bool, bytes], Eliminated] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Eliminated:
    """Some own columns solved for the shared ones and use: k systems, of all folds or without each fold."""

    own: Floats  # (k, 24, a, a) penalties included
    inner: Floats  # (k, 24, a, s + 1)
    left: Floats  # (k, s, s + 1) of the shared block, penalties included, and its moments
    own_penalty: Floats  # (k, 24, a)
    shared_penalty: Floats  # (k, s)


def normal_of(design: Design, weights: Floats, before: Normal | None = None) -> Normal:
    """Return the normal equations of a design.

    Args:
        design: of n intervals.
        weights: (n,); 0 = left out. Where it is not 0, use and variables are known.
        before: the same design's equations with other weights: where most weights have stayed, they are
            changed by what has not.
    """
    q, s = design.own.shape[1], design.shared.size
    if before is None or (weights != before.weights).mean() > FEW:
        known = weights > 0
        centre = float(np.average(design.sample.actual[known], weights=weights[known]))
        more = weights
        own, shared = np.zeros((design.folds, 24, q, q + s + 1)), np.zeros((design.folds, s, s + 1))
    else:
        centre, more = before.centre, weights - before.weights
        own, shared = before.own.copy(), before.shared.copy()
    use = np.nan_to_num(design.sample.actual - centre)
    for fold in range(design.folds):
        rows = design.rows(fold)
        changed = np.flatnonzero(more[rows])
        x = np.empty((changed.size, q + s + 1))
        x[:, :-1] = design.values(fold)[changed]
        x[:, -1] = use[rows[changed]]
        weighted = x[:, :-1] * more[rows[changed], None]
        shared[fold] += weighted[:, q:].T @ x[:, q:]
        ends = np.searchsorted(changed, design.ends[fold] - design.ends[fold, 0]).tolist()
        for hour, (first, last) in enumerate(pairwise(ends)):
            own[fold, hour] += weighted[first:last, :q].T @ x[first:last]
    return Normal(design, weights, centre, own, shared)


def solve(normal: Normal, terms: tuple[str, ...], *, without: Bools | None = None) -> Floats:
    """Return all columns' coefficients, natural units: ridge regression, zero for terms not asked for.

    Args:
        normal: the normal equations.
        terms: the model's terms.
        without: (p,) columns that are left out.
    """
    coefficients: Floats = _solved(normal, terms, without, each_fold=False)[0]
    return coefficients


def solve_without_each(normal: Normal, terms: tuple[str, ...]) -> Floats:
    """Return the coefficients learned without each fold, (folds, p): `solve` on all other folds."""
    return _solved(normal, terms, None, each_fold=True)


def parameters_of(normal: Normal, terms: tuple[str, ...]) -> float:
    """Return how many free parameters the ridge leaves: trace((G + R)^-1 G).

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 3.4.1.
    """
    a, b = _chosen(normal.design, terms, None)
    one = _eliminated(normal, a, each_fold=False)
    inner, inverse = one.inner[..., b], np.linalg.inv(one.left[:, b[:, None], b])
    own = np.linalg.inv(one.own).diagonal(axis1=-2, axis2=-1)
    own = own + np.einsum("khab,khab->kha", inner @ inverse[:, None], inner)
    lost = (own * one.own_penalty).sum()
    lost += (inverse.diagonal(axis1=-2, axis2=-1) * one.shared_penalty[:, b]).sum()
    return float(24 * a.size + b.size - lost)


def _chosen(design: Design, terms: tuple[str, ...], without: Bools | None) -> tuple[Ints, Ints]:
    """Return which of each hour's own columns, and which of the shared ones, some terms have."""
    mine = design.columns(terms) if without is None else design.columns(terms) & ~without
    return np.flatnonzero(mine[design.own].all(axis=0)), np.flatnonzero(mine[design.shared])


def _eliminated(normal: Normal, a: Ints, *, each_fold: bool) -> Eliminated:
    """Return the equations with some own columns solved; kept, because most models have the same."""
    key = (each_fold, a.tobytes())
    if key in normal.solved:
        return normal.solved[key]
    design, q = normal.design, normal.design.own.shape[1]

    def learned(by_fold: Floats) -> Floats:
        total: Floats = by_fold.sum(axis=0, keepdims=True)
        return total - by_fold if each_fold else total

    size = np.einsum("khaa->k", normal.own[..., :q]) + np.einsum("kbb->k", normal.shared[..., :-1])
    least = 1e-9 * learned(size) / max(design.scale.size, 1) + 1e-12  # keeps empty columns solvable
    own_penalty = design.prior[design.own[:, a]] + least[:, None, None]
    shared_penalty = design.prior[design.shared] + least[:, None]
    own = learned(normal.own[:, :, a[:, None], a]) + own_penalty[..., None] * np.eye(a.size)
    outer = learned(normal.own[:, :, a, q:])
    inner = np.linalg.solve(own, outer).astype(np.float64, copy=False)
    left = learned(normal.shared)
    left[:, range(left.shape[1]), range(left.shape[1])] += shared_penalty
    k, s = shared_penalty.shape
    left -= outer[..., :-1].reshape(k, -1, s).transpose(0, 2, 1) @ inner.reshape(k, -1, s + 1)
    found = Eliminated(own, inner, left, own_penalty, shared_penalty)
    normal.solved[key] = found
    return found


def _solved(normal: Normal, terms: tuple[str, ...], without: Bools | None, *, each_fold: bool) -> Floats:
    """Return the coefficients of every system in natural units, (k, p)."""
    design = normal.design
    a, b = _chosen(design, terms, without)
    one = _eliminated(normal, a, each_fold=each_fold)
    shared = np.linalg.solve(one.left[:, b[:, None], b], one.left[:, b, -1:])
    own = one.inner[..., -1] - (one.inner[..., b] @ shared[:, None])[..., 0]
    coefficients = np.zeros((own.shape[0], design.scale.size))
    coefficients[:, design.own[:, a]] = own
    coefficients[:, design.shared[b]] = shared[..., 0]
    return coefficients / design.scale
