"""Normal equations by fold: one pass over the data, after which any model and any fold is a small solve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from analytics.baseline.instants import Floats, Instants, Ints
from analytics.baseline.sample import Sample
from analytics.baseline.shape import Shape
from analytics.baseline.terms import TERMS

#: intervals whose columns are worked on at a time
BLOCK = 20_000
#: columns are built once where they take no more numbers than this (160 MB), else for each block anew
KEPT_NUMBERS = 20_000_000


@dataclass
class Design:
    """A sample's columns: of the profile, which only the hour of the week decides, and of the other terms."""

    sample: Sample
    shape: Shape
    terms: tuple[str, ...]  # "profile" comes first
    layout: dict[str, slice] = field(init=False)  # each term's columns
    scale: Floats = field(init=False)  # (p,) the size of each column's usual values
    prior: Floats = field(init=False)  # (p,) intervals
    week: Floats = field(init=False)  # (168, h) the profile's columns
    _kept: Floats | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Lay the columns out."""
        none = np.zeros(0, dtype=np.int64)
        variables = {name: values[none] for name, values in self.sample.variables.items()}
        calendar = self.sample.calendar.take(none)
        parts = [TERMS[name](calendar, variables, self.shape) for name in self.terms]
        sizes = [part.scale.size for part in parts]
        ends = np.cumsum(sizes).tolist()
        slices = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.layout = dict(zip(self.terms, slices, strict=True))
        self.scale = np.concatenate([part.scale for part in parts])
        self.prior = np.concatenate([part.prior for part in parts]) * self.sample.per_day
        hours, zeros = np.arange(168), np.zeros(168, dtype=np.int64)
        week = Instants(hours, zeros, np.zeros(168), zeros, zeros)
        self.week = TERMS[self.terms[0]](week, {}, self.shape).values

    def others(self, rows: Ints) -> Floats:
        """Return all columns but the profile's of some intervals, each divided by its scale."""
        size = self.sample.size
        if self._kept is None and size * (self.scale.size - self.week.shape[1]) <= KEPT_NUMBERS:
            self._kept = self._build(np.arange(size))
        return self._build(rows) if self._kept is None else self._kept[rows]

    def _build(self, rows: Ints) -> Floats:
        """Return the columns of some intervals."""
        calendar = self.sample.calendar.take(rows)
        variables = {name: values[rows] for name, values in self.sample.variables.items()}
        parts = [TERMS[name](calendar, variables, self.shape).values for name in self.terms[1:]]
        return np.hstack([np.zeros((rows.size, 0)), *parts]) / self.scale[self.week.shape[1] :]

    def expected(self, coefficients: Floats, centre: float, rows: Ints) -> Floats:
        """Return what coefficients of all columns (natural units) expect of some intervals."""
        hours = self.week.shape[1]
        expected = (centre + self.week @ coefficients[:hours])[self.sample.calendar.hour[rows]]
        scaled = (coefficients * self.scale)[hours:]
        for first in range(0, rows.size, BLOCK):
            block = slice(first, first + BLOCK)
            expected[block] += self.others(rows[block]) @ scaled
        return expected


@dataclass(frozen=True, slots=True)
class Normal:
    """Weighted cross products of a design's columns and of use less `centre`, per fold."""

    design: Design
    centre: float
    gram: Floats  # (folds, p, p)
    moment: Floats  # (folds, p)
    whole_gram: Floats  # (p, p) of all folds
    whole_moment: Floats  # (p,)

    def columns(self, terms: tuple[str, ...]) -> Ints:
        """Return the positions of some terms' columns."""
        positions = np.arange(self.design.scale.size)
        return np.concatenate([positions[self.design.layout[name]] for name in terms])


def normal_of(design: Design, weights: Floats, fold: Ints) -> Normal:
    """Return the normal equations of a design.

    Sums per hour of the week stand for the profile's columns; only the others are multiplied out.

    Args:
        design: of n intervals.
        weights: (n,); 0 = left out. Where it is not 0, use and variables are known.
        fold: (n,) 0, 1, ...
    """
    sample, week = design.sample, design.week
    folds, hours, p = int(fold.max()) + 1, week.shape[1], design.scale.size
    centre = float(np.average(sample.actual[weights > 0], weights=weights[weights > 0]))
    gram, moment = np.zeros((folds, p, p)), np.zeros((folds, p))
    for number, rows in _blocks(sample.calendar.hour, weights, fold):
        root = np.sqrt(weights[rows])[:, None]
        x = np.column_stack((design.others(rows), sample.actual[rows] - centre, np.ones(rows.size)))
        x *= root
        inner = x.T @ x
        x *= root
        by_hour = _sums_by_hour(x, sample.calendar.hour[rows])
        across = week.T @ by_hour
        gram[number, :hours, :hours] += week.T @ (week * by_hour[:, -1:])
        gram[number, :hours, hours:] += across[:, :-2]
        gram[number, hours:, hours:] += inner[:-2, :-2]
        moment[number] += np.concatenate((across[:, -2], inner[:-2, -2]))
    gram[:, hours:, :hours] = gram[:, :hours, hours:].transpose(0, 2, 1)
    return Normal(design, centre, gram, moment, gram.sum(axis=0), moment.sum(axis=0))


def solve(normal: Normal, terms: tuple[str, ...], left_out: int | None = None) -> Floats:
    """Return all columns' coefficients, natural units: ridge regression, zero for terms not asked for.

    Args:
        normal: the normal equations.
        terms: the model's terms.
        left_out: a fold that is not learned from.
    """
    columns = normal.columns(terms)
    gram, ridge = _penalised(normal, columns, left_out)
    moment = normal.whole_moment
    if left_out is not None:
        moment = moment - normal.moment[left_out]
    coefficients = np.zeros(normal.design.scale.size)
    coefficients[columns] = np.linalg.solve(gram + ridge, moment[columns]) / normal.design.scale[columns]
    return coefficients


def parameters_of(normal: Normal, terms: tuple[str, ...]) -> float:
    """Return how many free parameters the ridge leaves: trace((G + R)^-1 G).

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 3.4.1.
    """
    gram, ridge = _penalised(normal, normal.columns(terms), None)
    return float(np.trace(np.linalg.solve(gram + ridge, gram)))


def _penalised(normal: Normal, columns: Ints, left_out: int | None) -> tuple[Floats, Floats]:
    """Return cross products and penalties of some columns, without one fold."""
    inside = np.ix_(columns, columns)
    gram = normal.whole_gram[inside]
    if left_out is not None:
        gram = gram - normal.gram[left_out][inside]
    least = 1e-9 * float(np.diag(gram).mean()) + 1e-12
    return gram, np.diag(normal.design.prior[columns] + least)


def _sums_by_hour(values: Floats, hour: Ints) -> Floats:
    """Return the sum of each column over the intervals of each hour of the week, (168, k); hours ascend."""
    present, first = np.unique(hour, return_index=True)
    sums = np.zeros((168, values.shape[1]))
    sums[present] = np.add.reduceat(values, first, axis=0)
    return sums


def _blocks(hour: Ints, weights: Floats, fold: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield (fold, intervals with weight by hour of the week) in blocks that fit into memory."""
    for number in range(int(fold.max()) + 1):
        rows = np.flatnonzero((fold == number) & (weights > 0))
        rows = rows[np.argsort(hour[rows], kind="stable")]
        for first in range(0, rows.size, BLOCK):
            yield number, rows[first : first + BLOCK]
