"""What a baseline model is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analytics.baseline.coefficients import Fit
from analytics.baseline.instants import Floats
from analytics.baseline.problem import Problem


@dataclass(frozen=True, slots=True)
class Model:
    """One way to explain consumption.

    `fit` learns from all of a problem, or from all but one fold. `out_of_fold` gives what each interval would
    have been expected to use by a fit that never saw its fold.
    """

    key: str
    needs: frozenset[str]  # of "temperature", "output", "shifts": without these it is pointless
    fit: Callable[[Problem], Fit]
    out_of_fold: Callable[[Problem], Floats]
    parameters: Callable[[Problem], float]
    terms: tuple[str, ...] = ()  # of a sum of terms, whose coefficients can be tested
