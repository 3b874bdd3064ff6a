"""What every model is fitted on: a screened sample, cut into folds of whole weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.normal import Normal
from analytics.baseline.sample import Sample
from analytics.baseline.screening import Screened


@dataclass(frozen=True, slots=True)
class Problem:
    """A sample with weights and folds, and the normal equations that linear models share."""

    sample: Sample
    weights: Floats  # (n,) 0 = not learned from
    fold: Ints  # (n,) 0, 1, ...: some weeks
    normal: Normal
    floor: float | None  # what is expected is not below it

    @property
    def folds(self) -> int:
        """Return how many folds there are."""
        return int(self.fold.max()) + 1

    def rows(self, fold: int) -> Ints:
        """Return the intervals of one fold."""
        return np.flatnonzero(self.fold == fold)


def problem_of(sample: Sample, screened: Screened) -> Problem:
    """Return the problem that a screened sample poses."""
    normal = screened.normal
    least = float(sample.actual[normal.weights > 0].min())
    return Problem(
        sample=sample,
        weights=normal.weights,
        fold=normal.design.fold,
        normal=normal,
        floor=0.0 if least >= 0 else None,
    )
