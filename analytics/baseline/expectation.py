"""A frozen baseline -> what each interval should use, and how sure that is."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.baseline.coefficients import Fit, from_json, predict
from analytics.baseline.inertia import remembered
from analytics.baseline.instants import Floats, Ints, instants_of
from analytics.baseline.level import at_level
from analytics.baseline.residuals import day_groups
from analytics.baseline.sample import variable_arrays
from domain.baseline import Baseline
from domain.plant import Plant

#: a variable is outside the model's range when it is beyond it by more than this share of its width
MARGIN = 0.1


def expect(
    baseline: Baseline, frame: pl.DataFrame, plant: Plant, before: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the EXPECTED frame: what each interval should use, and the deviation usual at that hour.

    An interval's values depend on that interval alone, to the last bit; those of a model with a memory on
    the variables of the time before, too (`inertia`), as far as they are given. Beyond the range
    that was learned from, effects go on in a straight line; `extrapolation` says how much of that there is.

    Args:
        baseline: of the plant's interval.
        frame: start and the baseline's variables; a variable without a column is unknown.
        plant: its calendar has to be the one of the baseline.
        before: start and variables of the intervals before the frame, from `inertia.memory_begins` on.

    Returns:
        start: as given, in the order given; expected: Float64 [unit of the resource per interval], null
        where a variable that the model uses is unknown; sigma: Float64 > 0, the out-of-sample standard
        deviation of one interval's excess at that hour (and, with outputs, at that level of use).

    Raises:
        ValueError: the plant's interval is not the baseline's.
    """
    if baseline.interval_s != plant.interval_s:
        raise ValueError(f"baseline of {baseline.interval_s} s, intervals of {plant.interval_s} s")
    calendar = instants_of(frame["start"], plant)
    fit = from_json(baseline.coefficients)
    expected = predict(fit, calendar, _inputs(fit, frame, before))
    sigma = _deviation(baseline, calendar.hour, expected)
    return pl.DataFrame(
        {
            "start": frame["start"],
            "expected": pl.Series(expected, dtype=pl.Float64).fill_nan(None),
            "sigma": pl.Series(sigma, dtype=pl.Float64),
        }
    )


def usual_deviation(baseline: Baseline, frame: pl.DataFrame, plant: Plant) -> pl.Series:
    """Return the sigma that `expect` gives, for what was expected before and kept.

    Args:
        baseline: with a sigma; a provisional one has none.
        frame: start; expected [unit per interval], null = unknown.

    Returns:
        Float64 > 0, in the frame's order; null where nothing is expected.
    """
    expected: Floats = frame["expected"].fill_null(np.nan).to_numpy()
    sigma = _deviation(baseline, instants_of(frame["start"], plant).hour, expected)
    return pl.Series("sigma", np.where(np.isfinite(expected), sigma, np.nan)).fill_nan(None)


def _deviation(baseline: Baseline, hour: Ints, expected: Floats) -> Floats:
    """Return the usual deviation at these hours of the week and levels of use."""
    sigma = np.array(baseline.coefficients["sigma"], dtype=np.float64)[day_groups(hour)]
    return at_level(sigma, expected, baseline.coefficients.get("levels"))


def _inputs(fit: Fit, frame: pl.DataFrame, before: pl.DataFrame | None) -> dict[str, Floats]:
    """Return all that predicting reads, in the frame's order."""
    inputs = variable_arrays(frame, fit.variables)
    if not fit.remembers:
        return inputs
    past = frame.clear() if before is None else before
    start_us = np.concatenate([one["start"].to_physical().to_numpy() for one in (past, frame)])
    order = np.argsort(start_us, kind="stable")
    earlier = variable_arrays(past, [name for name, _ in fit.remembers])
    for name, recall in fit.remembers:
        values = np.empty(start_us.size)
        both = np.concatenate((earlier[name], inputs[name]))[order]
        values[order] = remembered(start_us[order], both, recall.hours)
        inputs[name + recall.suffix] = values[past.height :]
    return inputs


def extrapolation(baseline: Baseline, frame: pl.DataFrame) -> dict[str, float]:
    """Return, per variable of a baseline, the share of its known values outside the range learned from.

    0 for a variable of which nothing is known. The range is widened by a tenth of itself on both sides.
    """
    shares = {}
    for name, values in variable_arrays(frame, baseline.variables).items():
        known = values[np.isfinite(values)]
        seen = baseline.coefficients["ranges"][name]
        margin = MARGIN * (seen["max"] - seen["min"])
        outside = (known < seen["min"] - margin) | (known > seen["max"] + margin)
        shares[name] = float(outside.mean()) if known.size else 0.0
    return shares
