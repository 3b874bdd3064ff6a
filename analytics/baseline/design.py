"""A sample's columns: those that each hour of the day has for itself, and those that all hours share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analytics.baseline.instants import Bools, Floats, Ints
from analytics.baseline.sample import Sample
from analytics.baseline.shape import Shape
from analytics.baseline.terms import TERMS, Group, Spread

#: columns are built once where they take no more numbers than this (160 MB), else for each fold anew
KEPT_NUMBERS = 20_000_000


@dataclass
class Design:
    """The columns of all terms a candidate may use.

    A value with a coefficient for each hour of the day is one *own* column; a row has its own hour's
    coefficients only. So the normal equations fall apart into 24 small blocks and one that all share.
    Rows are kept by fold and hour of the day.
    """

    sample: Sample
    shape: Shape
    terms: tuple[str, ...]
    fold: Ints  # (n,) 0, 1, ...: some weeks
    layout: dict[str, slice] = field(init=False)  # each term's columns
    scale: Floats = field(init=False)  # (p,) the size of each column's usual values
    prior: Floats = field(init=False)  # (p,) intervals
    own: Ints = field(init=False)  # (24, q) the position of each hour's own columns
    shared: Ints = field(init=False)  # (s,) the position of the shared columns
    order: Ints = field(init=False)  # (n,) intervals by fold and hour
    ends: Ints = field(init=False)  # (folds, 25) where in `order` each hour of each fold begins, and ends
    _kept: Floats | None = field(init=False, default=None)  # the columns of all rows, in `order`

    def __post_init__(self) -> None:
        """Lay the columns and rows out."""
        none = np.zeros(0, dtype=np.int64)
        groups = {name: self._groups(name, none) for name in self.terms}
        sizes = [sum(group.size for group in groups[name]) for name in self.terms]
        ends = np.cumsum(sizes).tolist()
        slices = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.layout = dict(zip(self.terms, slices, strict=True))
        every = [group for name in self.terms for group in groups[name]]
        self.scale = np.concatenate([np.zeros(0), *(np.tile(one.scale, one.spread) for one in every)])
        days = [np.full(group.size, group.prior) for group in every]
        self.prior = np.concatenate([np.zeros(0), *days]) * self.sample.per_day
        self.own, self.shared = _positions(every)
        place = self.fold * 24 + self.sample.calendar.hour % 24
        self.order = np.argsort(place, kind="stable")
        count = np.bincount(place, minlength=24 * self.folds).reshape(self.folds, 24)
        self.ends = np.zeros((self.folds, 25), dtype=np.int64)
        self.ends[:, 1:] = np.cumsum(count, axis=1)
        self.ends += (np.cumsum(count.sum(axis=1)) - count.sum(axis=1))[:, None]

    @property
    def folds(self) -> int:
        """Return how many folds there are."""
        return int(self.fold.max()) + 1

    def columns(self, terms: tuple[str, ...]) -> Bools:
        """Return which columns some terms have, (p,)."""
        mine = np.zeros(self.scale.size, dtype=np.bool_)
        for name in terms:
            mine[self.layout[name]] = True
        return mine

    def rows(self, fold: int) -> Ints:
        """Return the intervals of a fold by hour of the day."""
        return self.order[self.ends[fold, 0] : self.ends[fold, -1]]

    def values(self, fold: int) -> Floats:
        """Return the own, then the shared columns of a fold's rows, divided by their scales; 0 = unknown."""
        if self.sample.size * (self.own.shape[1] + self.shared.size) > KEPT_NUMBERS:
            return self._build(self.rows(fold))
        if self._kept is None:
            self._kept = self._build(self.order)
        return self._kept[self.ends[fold, 0] : self.ends[fold, -1]]

    def expected(self, coefficients: Floats, centre: float, fold: int) -> Floats:
        """Return what coefficients of all columns (natural units) expect of a fold's rows."""
        scaled, values = coefficients * self.scale, self.values(fold)
        own = np.repeat(scaled[self.own], np.diff(self.ends[fold]), axis=0)
        of_hours = np.einsum("np,np->n", values[:, : own.shape[1]], own)
        expected: Floats = values[:, own.shape[1] :] @ scaled[self.shared] + of_hours + centre
        return expected

    def expected_of_all(self, coefficients: Floats, centre: float) -> Floats:
        """Return what is expected of every interval by one set of coefficients, (p,), or by one per fold."""
        each = np.broadcast_to(coefficients, (self.folds, self.scale.size))
        expected = np.empty(self.sample.size)
        for fold in range(self.folds):
            expected[self.rows(fold)] = self.expected(each[fold], centre, fold)
        return expected

    def _build(self, rows: Ints) -> Floats:
        """Return the columns of some intervals; what is unknown is 0 there, and carries no weight."""
        active = self.shape.activity[self.sample.calendar.hour[rows]][:, None]
        groups = [group for name in self.terms for group in self._groups(name, rows)]
        built = np.empty((rows.size, self.own.shape[1] + self.shared.size))
        own, shared = 0, self.own.shape[1]
        for group in groups:
            values, m = group.values / group.scale, group.scale.size
            values[np.isnan(values)] = 0.0
            if group.spread is Spread.HOURS:
                built[:, own : own + m] = values
                own += m
            elif group.spread is Spread.ACTIVITY:
                np.multiply(values, active, out=built[:, shared : shared + m])
                np.multiply(values, 1.0 - active, out=built[:, shared + m : shared + 2 * m])
                shared += 2 * m
            else:
                built[:, shared : shared + m] = values
                shared += m
        return built

    def _groups(self, term: str, rows: Ints) -> list[Group]:
        """Return a term's groups of some intervals."""
        variables = {name: values[rows] for name, values in self.sample.variables.items()}
        return TERMS[term](self.sample.calendar.take(rows), variables, self.shape)


def _positions(groups: list[Group]) -> tuple[Ints, Ints]:
    """Return where each hour's own columns are, (24, q), and where the shared ones are, (s,)."""
    own, shared, first = [np.zeros((24, 0), np.int64)], [np.zeros(0, np.int64)], 0
    for group in groups:
        columns = np.arange(first, first + group.size)
        if group.spread is Spread.HOURS:
            own.append(columns.reshape(24, -1))
        else:
            shared.append(columns)
        first += group.size
    return np.hstack(own), np.concatenate(shared)
