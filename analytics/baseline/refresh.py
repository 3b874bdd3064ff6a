"""Whether a baseline still speaks of the plant as it is. It proposes; a person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl

from analytics.baseline.expectation import expect, extrapolation
from analytics.baseline.sample import floats_of, variable_arrays
from domain.baseline import Baseline, Finding, Severity
from domain.consumption import USABLE
from domain.plant import Plant

MAX_AGE_DAYS = 365
#: share of a variable's known values outside the model's range that asks for a new model
MAX_OUTSIDE = 0.25
#: standard deviations that a variable's recent mean may lie outside the range (Superior Energy Performance)
MAX_MEAN_SD = 3.0
#: a lasting difference of this share of the expected use is what ASHRAE 14 would not accept (NMBE, hourly)
MAX_DRIFT_PCT = 10.0
#: days of recent data below which nothing is said about the present
LEAST_DAYS = 14


def needs_refresh(
    baseline: Baseline, recent_frame: pl.DataFrame, plant: Plant, now: datetime, open_hotspots: bool
) -> Finding | None:
    """Return why a baseline should be made again, or None if it still fits.

    Never while a hotspot is open: a new baseline would learn the waste as normal.

    Args:
        baseline: in force.
        recent_frame: PROCESS frame of the latest weeks after the baseline period; may be empty.
        plant: as it is now.
        now: the present.
        open_hotspots: whether the process and resource has one.

    Source: ISO 50001:2018 6.5 (EnPI no longer reflects performance, static factors changed, a pre-set rule).
    """
    if open_hotspots:
        return None
    checks: tuple[Callable[[], Finding | None], ...] = (
        lambda: _changed_plant(baseline, plant),
        lambda: _left_range(baseline, recent_frame, plant),
        lambda: _drifted(baseline, recent_frame, plant),
        lambda: _old(baseline, now),
    )
    return next((finding for check in checks if (finding := check()) is not None), None)


def _changed_plant(baseline: Baseline, plant: Plant) -> Finding | None:
    """Return the finding that the plant no longer has the baseline's interval or variables."""
    gone = [name for name in baseline.variables if name not in plant.processes[baseline.process].variables]
    if gone:
        message = f"the baseline needs {', '.join(gone)}, which the process no longer names"
        return _finding("variable_missing", message, {"variables": gone})
    if baseline.interval_s != plant.interval_s:
        message = f"the baseline is for {baseline.interval_s} s, the plant's interval is {plant.interval_s} s"
        return _finding("interval_changed", message, {"interval_s": plant.interval_s})
    return None


def _left_range(baseline: Baseline, frame: pl.DataFrame, plant: Plant) -> Finding | None:
    """Return the finding that a variable is often, or on the average far, outside what was learned from."""
    if frame.height * plant.interval_s < LEAST_DAYS * 86_400:
        return None
    outside = extrapolation(baseline, frame)
    for name, values in variable_arrays(frame, baseline.variables).items():
        seen = baseline.coefficients["ranges"][name]
        known = values[np.isfinite(values)]
        if not known.size:
            continue
        mean = float(known.mean())
        inside = seen["min"] <= mean <= seen["max"]
        beyond = not inside and abs(mean - seen["mean"]) > MAX_MEAN_SD * seen["std"]
        if outside[name] > MAX_OUTSIDE or beyond:
            message = (
                f"{name} is outside the range that the baseline knows ({seen['min']:g} to {seen['max']:g}) "
                f"for {outside[name]:.0%} of the time, {mean:g} on the average"
            )
            return _finding(
                "out_of_range", message, {"variable": name, "outside": outside[name], "mean": mean}
            )
    return None


def _drifted(baseline: Baseline, frame: pl.DataFrame, plant: Plant) -> Finding | None:
    """Return the finding that recent use is lastingly above or below what is expected."""
    expected = floats_of(expect(baseline, frame, plant)["expected"])
    usable = frame["quality"].is_in([str(quality) for quality in USABLE]).to_numpy()
    actual = floats_of(frame["actual"])
    rows = usable & np.isfinite(actual) & np.isfinite(expected)
    if rows.sum() * plant.interval_s < LEAST_DAYS * 86_400 or expected[rows].sum() <= 0:
        return None
    days = float(rows.sum() * plant.interval_s / 86_400)
    pct = float(100 * (actual[rows] - expected[rows]).sum() / expected[rows].sum())
    if abs(pct) <= MAX_DRIFT_PCT:
        return None
    message = f"recent use is {pct:+.1f} % of what is expected, without a hotspot: the process has changed"
    return _finding("static_drift", message, {"drift_pct": pct, "days": days})


def _old(baseline: Baseline, now: datetime) -> Finding | None:
    """Return the finding that the baseline's period ended too long ago."""
    age = (now - baseline.period_end).days
    if age <= MAX_AGE_DAYS:
        return None
    return _finding("old_baseline", f"the baseline period ended {age} days ago", {"days": age})


def _finding(kind: str, message: str, evidence: dict[str, object]) -> Finding:
    """Return a proposal to make the baseline again."""
    return Finding(kind, Severity.WARNING, message, evidence=evidence)
