"""Whether a baseline still speaks of the plant as it is. It proposes; a person decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl

from analytics.baseline.expectation import expect, extrapolation
from analytics.baseline.instants import Floats
from analytics.baseline.profiles import MOST_BIAS_PCT, mean_criterion
from analytics.baseline.sample import floats_of, variable_arrays
from domain.acceptance import Acceptance
from domain.baseline import Baseline, Finding, Severity
from domain.consumption import USABLE
from domain.meter import MeterKind
from domain.plant import Plant
from domain.units import amount_unit

#: share of a variable's known values outside the model's range that asks for a new model
MAX_OUTSIDE = 0.25
#: standard deviations that a variable's recent mean may lie outside the range (Superior Energy Performance)
MAX_MEAN_SD = 3.0
#: days of recent data below which nothing is said about the present
LEAST_DAYS = 14
#: days to live with a changed static factor before a new baseline can be learned from them
SETTLED_DAYS = 28


@dataclass(frozen=True, slots=True)
class Change:
    """A static factor that changed: an instrument, a machine, or what a person called the new normal."""

    at: datetime
    what: str
    evidence: Mapping[str, object]  # JSON values
    learn_from: bool = True  # what came before it says nothing about now


def needs_refresh(
    baseline: Baseline,
    recent_frame: pl.DataFrame,
    plant: Plant,
    now: datetime,
    open_hotspots: bool,
    changes: Sequence[Change] = (),
) -> Finding | None:
    """Return why a baseline should be made again, or None if it still fits.

    Never while a hotspot is open: a new baseline would learn the waste as normal.

    Args:
        baseline: in force.
        recent_frame: PROCESS frame of the latest weeks after the baseline period; may be empty.
        plant: as it is now.
        now: the present.
        open_hotspots: whether the process and resource has one.
        changes: of static factors; those before the end of the baseline period are in the baseline.

    Source: ISO 50001:2018 6.5 (EnPI no longer reflects performance, static factors changed, a pre-set rule).
    """
    if open_hotspots:
        return None
    checks: tuple[Callable[[], Finding | None], ...] = (
        lambda: _changed_plant(baseline, plant),
        lambda: _changed_factors(baseline, changes, now),
        lambda: _left_range(baseline, recent_frame, plant),
        lambda: _drifted(baseline, recent_frame, plant),
        lambda: _old(baseline, plant, now),
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
        evidence: dict[str, object] = {
            "interval_s": plant.interval_s,
            "baseline_interval_s": baseline.interval_s,
        }
        return _finding("interval_changed", message, evidence)
    return None


def _changed_factors(baseline: Baseline, changes: Sequence[Change], now: datetime) -> Finding | None:
    """Return the finding that static factors have changed long enough ago to learn from what came after."""
    after = sorted((one for one in changes if one.at >= baseline.period_end), key=lambda one: one.at)
    settled = [one for one in after if (now - one.at).days >= SETTLED_DAYS]
    if not settled:
        return None
    what = "; ".join(f"{one.what} on {one.at:%Y-%m-%d}" for one in settled)
    anew = [one.at.isoformat() for one in settled if one.learn_from]
    evidence: dict[str, object] = {
        "since": settled[-1].at.isoformat(),
        "learn_from": anew[-1] if anew else None,
        "changes": [{**one.evidence, "at": one.at.isoformat()} for one in settled],
    }
    return _finding("static_factor_changed", f"static factors changed after the baseline: {what}", evidence)


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
            evidence: dict[str, object] = {
                "variable": name,
                "outside": outside[name],
                "mean": mean,
                "min": seen["min"],
                "max": seen["max"],
                **_measured(plant, name),
            }
            return _finding("out_of_range", message, evidence)
    return None


def _measured(plant: Plant, name: str) -> dict[str, object]:
    """Return a variable's unit, and of how many seconds a value is an amount: a gauge's is of none."""
    variable = plant.variables[name]
    if variable.kind is MeterKind.GAUGE:
        return {"unit": variable.unit.canonical, "per_s": None}
    return {"unit": amount_unit(variable.unit), "per_s": plant.interval_s}


def _drifted(baseline: Baseline, frame: pl.DataFrame, plant: Plant) -> Finding | None:
    """Return the finding that recent use is lastingly beyond the bias that the profile allows (NMBE)."""
    expected = floats_of(expect(baseline, frame, plant)["expected"])
    usable = frame["quality"].is_in([str(quality) for quality in USABLE]).to_numpy()
    actual = floats_of(frame["actual"])
    rows = usable & np.isfinite(actual) & np.isfinite(expected)
    if rows.sum() * plant.interval_s < LEAST_DAYS * 86_400 or expected[rows].sum() <= 0:
        return None
    days = float(rows.sum() * plant.interval_s / 86_400)
    pct = float(100 * (actual[rows] - expected[rows]).sum() / expected[rows].sum())
    profile = plant.profile_of(baseline.process)
    limit = MOST_BIAS_PCT[profile]
    if abs(pct) <= limit:
        return None
    message = (
        f"recent use is {pct:+.1f} % of what is expected over {days:.0f} days, without an open hotspot; "
        f"{profile} allows {limit:g} %: the process has changed"
    )
    evidence = {"drift_pct": pct, "days": days, "limit_pct": limit, "profile": str(profile)}
    return _finding("static_drift", message, evidence)


def _old(baseline: Baseline, plant: Plant, now: datetime) -> Finding | None:
    """Return the finding that the baseline's period ended too long ago: the pre-set rule."""
    age, limit = (now - baseline.period_end).days, plant.baseline.max_age_days
    if age <= limit:
        return None
    message = f"the baseline period ended {age} days ago; the plant's rule is {limit}"
    return _finding("old_baseline", message, {"days": age, "limit_days": limit})


def with_reporting_means(baseline: Baseline, frame: pl.DataFrame) -> Baseline:
    """Return the baseline with how far each variable's mean lies outside the range it was learned from.

    Args:
        baseline: in force.
        frame: PROCESS frame of the reporting period, or of its latest weeks.
    """
    outside = {
        name: mean
        for name, values in variable_arrays(frame, baseline.variables).items()
        if (mean := _outside_sd(values, baseline.coefficients["ranges"][name])) is not None
    }
    return replace(baseline, acceptance=tuple(_with_means(one, outside) for one in baseline.acceptance))


def _with_means(acceptance: Acceptance, outside: Mapping[str, float]) -> Acceptance:
    means = {f"mean_outside_range:{name}": mean_criterion(name, value) for name, value in outside.items()}
    return replace(acceptance, criteria=tuple(means.get(one.name, one) for one in acceptance.criteria))


def _outside_sd(values: Floats, seen: Mapping[str, float]) -> float | None:
    """Return how many SD of the baseline period a mean lies outside its range; 0 inside, None if unknown."""
    known = values[np.isfinite(values)]
    if not known.size:
        return None
    mean = float(known.mean())
    if seen["min"] <= mean <= seen["max"]:
        return 0.0
    return min(1e6, abs(mean - seen["mean"]) / seen["std"]) if seen["std"] > 0.0 else 1e6


def _finding(kind: str, message: str, evidence: dict[str, object]) -> Finding:
    """Return a proposal to make the baseline again."""
    return Finding(kind, Severity.WARNING, message, evidence=evidence)
