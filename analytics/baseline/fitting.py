"""History -> a baseline, or the findings that stand against one: never a silent fallback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from analytics.baseline.acceptance import (
    a_year,
    can_be_insisted_on,
    objections,
    reservations,
    segment_findings,
)
from analytics.baseline.binned import hourly, monthly
from analytics.baseline.coefficients import Fit, predict, to_json
from analytics.baseline.inertia import with_memory
from analytics.baseline.instants import Floats
from analytics.baseline.level import at_level, farthest_jump, farthest_shift, lag_correlation, level_factors
from analytics.baseline.models import Race, race, report, union_of
from analytics.baseline.problem import Problem, problem_of
from analytics.baseline.profiles import Figures, accepted, period_days
from analytics.baseline.quality import at, cleaned
from analytics.baseline.residuals import day_groups
from analytics.baseline.sample import Sample, sample_of
from analytics.baseline.screening import Screened, screen
from analytics.baseline.sigma import sigma_of
from analytics.baseline.significance import tests_of
from analytics.baseline.statistics import fit_statistics
from analytics.baseline.threads import one_thread
from analytics.calendar import calendar_features
from analytics.drift.calibration import watch_of
from domain.baseline import Baseline, BaselineStatus, Finding, FitStatistics, Severity
from domain.plant import Plant


@dataclass(frozen=True, slots=True)
class Refusal:
    """No baseline could be made, and why: the critical findings; the others were made on the way."""

    findings: tuple[Finding, ...]


def fit_baseline(
    frame: pl.DataFrame,
    plant: Plant,
    process: str,
    resource: str,
    *,
    now: datetime,
    author: str,
    reason: str,
    status: BaselineStatus = BaselineStatus.PROPOSED,
    insisted: bool = False,
) -> Baseline | Refusal:
    """Return what a process should use of a resource, learned from history, or why that cannot be said.

    Only intervals of usable quality whose variables are known are learned from; implausible zeros, stuck and
    anomalous stretches are left out and reported. The simplest of the models that the variables allow
    wins, within one standard error of the best in blocked cross-validation.

    Args:
        frame: PROCESS frame, one row per interval of the whole baseline period; it is the period, unless the
            meter's scale changed in it: then the period begins after that.
        plant: calendar, variables, interval, min_days.
        process: id.
        resource: id.
        now: when the baseline is made.
        author: who makes it.
        reason: why it is made.
        status: what it is to be.
        insisted: a person wants it from too little data all the same; what stands against it becomes
            critical findings. Two usable days and use that varies are needed even so.
    """
    if frame.height == 0:
        return Refusal((Finding("no_data", Severity.CRITICAL, "nothing is known of the period"),))
    sample, findings = cleaned(sample_of(frame, plant, process))
    sample = with_memory(sample)
    against = objections(sample, plant.baseline.min_days)
    if against and not (insisted and can_be_insisted_on(sample, against)):
        return Refusal((*against, *findings))
    screened, problem, won, fit = _learned(sample)
    expected = predict(fit, sample.calendar, sample.variables)
    inside, validated = _statistics(problem, won, expected)
    start, end = at(sample, 0), at(sample, sample.size)
    findings += [*against, *segment_findings(sample, screened), *reservations(inside, validated, start, end)]
    figures = _figures(problem, won, fit, expected, inside, (start, end))
    return Baseline(
        process=process,
        resource=resource,
        version=0,
        status=status,
        model=won.model.key,
        variables=fit.variables,
        period_start=start,
        period_end=end,
        interval_s=plant.interval_s,
        coefficients=_coefficients(problem, won, fit, expected, plant),
        statistics=inside,
        cross_validated=validated,
        findings=tuple(findings),
        created_at=now,
        reason=reason,
        author=author,
        acceptance=accepted(figures),
    )


def _figures(
    problem: Problem,
    won: Race,
    fit: Fit,
    expected: Floats,
    inside: FitStatistics,
    period: tuple[datetime, datetime],
) -> Figures:
    """Return what the acceptance profiles ask about."""
    sample = problem.sample
    learned = np.where(problem.weights > 0, sample.actual, np.nan)
    out, day, start_us, interval_s = won.out_of_fold, sample.calendar.day, sample.start_us, sample.interval_s
    with one_thread():
        tests = tests_of(problem, expected, inside.p, won.model.terms, fit.variables)
    return Figures(
        inside=inside,
        hourly=hourly(learned, expected, start_us, inside.p),
        hourly_validated=hourly(learned, out, start_us, 0),
        monthly=monthly(learned, expected, day, interval_s, 1),
        monthly_validated=monthly(learned, out, day, interval_s, 0),
        tests=tests,
        days=period_days(*period),
        most_days=a_year(*period),
    )


def _learned(sample: Sample) -> tuple[Screened, Problem, Race, Fit]:
    """Return how far a cleaned sample can be learned from, the problem it poses, and the model that won."""
    with one_thread():
        screened = screen(sample, union_of(sample))
        problem = problem_of(sample, screened)
        won = race(problem)
        return screened, problem, won, won.model.fit(problem)


def _statistics(problem: Problem, won: Race, expected: Floats) -> tuple[FitStatistics, FitStatistics]:
    """Return the statistics in sample and cross-validated, over the intervals that were learned from."""
    sample = problem.sample
    learned = np.where(problem.weights > 0, sample.actual, np.nan)
    with one_thread():
        parameters = won.model.parameters(problem)
    day, interval_s = sample.calendar.day, sample.interval_s
    return (
        fit_statistics(learned, expected, parameters, day, interval_s),
        fit_statistics(learned, won.out_of_fold, 0, day, interval_s),
    )


def _coefficients(problem: Problem, won: Race, fit: Fit, expected: Floats, plant: Plant) -> dict[str, Any]:
    """Return all that expecting needs, as JSON values, and what the choice of the model was based on."""
    rows, sample = problem.weights > 0, problem.sample
    sigma = sigma_of(problem, won.out_of_fold)
    knows_output = not set(fit.variables).isdisjoint(sample.outputs)
    levels = _levels(problem, won, expected, sigma) if knows_output else None
    usual = at_level(sigma[day_groups(sample.calendar.hour)], expected, levels)
    return {
        **to_json(fit),
        "sigma": sigma.tolist(),
        "levels": levels,
        **_memory(problem, won, usual, plant, knows_output=knows_output),
        "ranges": {name: _range(sample.variables[name][rows]) for name in fit.variables},
        "race": report(won, float(sample.actual[rows].mean())),
    }


def _levels(problem: Problem, won: Race, expected: Floats, sigma: Floats) -> dict[str, Any]:
    """Return how the deviation of a model that knows the output depends on what is expected."""
    rows, sample = problem.weights > 0, problem.sample
    usual = sigma[day_groups(sample.calendar.hour[rows])]
    return level_factors((sample.actual - won.out_of_fold)[rows], usual, expected[rows])


def _memory(
    problem: Problem, won: Race, usual: Floats, plant: Plant, *, knows_output: bool
) -> dict[str, float | bool | dict[str, Any] | None]:
    """Return what the residuals out of sample remember and how far they stray: what the detectors start from.

    Args:
        problem: the sample.
        won: the model, and what it expected out of fold.
        usual: (n,) the deviation of each interval.
        plant: calendar and budget of false hotspots.
        knows_output: whether the model explains the use by what is made.
    """
    sample = problem.sample
    known = problem.weights > 0
    z = np.where(known, (sample.actual - won.out_of_fold) / usual, np.nan)
    rho = lag_correlation(z, sample.start_us, sample.interval_s)
    starts = pl.Series(sample.start_us).cast(pl.Datetime("us", "UTC"))
    residuals = pl.DataFrame(
        {
            "start": starts.filter(known),
            "excess": (sample.actual - won.out_of_fold)[known],
            "expected": won.out_of_fold[known],
            "sigma": usual[known],
        }
    )
    calendar = calendar_features(starts, plant).filter(known)
    return {
        "correlation": rho,
        "farthest_shift": None if rho is None else farthest_shift(z, rho),
        "farthest_jump": None if rho is None else farthest_jump(z, rho),
        "knows_output": knows_output,
        "watch": watch_of(
            residuals,
            calendar,
            plant.interval_s,
            plant.detection.false_per_year,
            knows_output=knows_output,
        ),
    }


def _range(values: Floats) -> dict[str, float]:
    """Return where a variable was while the model learned."""
    return {
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "std": float(values.std()),
    }
