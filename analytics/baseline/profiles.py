"""The acceptance profiles: which figures of a baseline have to stand where, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from analytics.baseline.significance import Significance, Significances
from domain.acceptance import Acceptance, AcceptanceProfile, Criterion, criterion
from domain.baseline import FitStatistics

#: coverage of the period, asked by every profile, as is a length of a year at most (ISO 50006:2014)
LEAST_COVERAGE = 0.9
#: months that have to be whole before their sums say anything (ASHRAE 14-2014, whole building path: 9 of 12)
LEAST_MONTHS = 9
#: a variable's mean in the reporting period lies in the model's range or within so many of its SD
MOST_SD = 3.0
NO_REPORT = "no reporting period yet"


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the profiles ask about."""

    inside: FitStatistics  # of the plant's intervals
    hourly: FitStatistics
    hourly_validated: FitStatistics  # cross-validated: p = 0
    monthly: FitStatistics
    monthly_validated: FitStatistics
    tests: Significances
    days: float
    most_days: int  # of a year: a day more with a 29 February in it
    #: per variable: how far its reporting-period mean is outside the range [SD of the period]; 0 = inside
    outside_sd: Mapping[str, float] = field(default_factory=dict)


def accepted(figures: Figures) -> tuple[Acceptance, ...]:
    """Return how a baseline stands by every profile."""
    return tuple(
        Acceptance(profile, (*_always(figures), *criteria(figures))) for profile, criteria in PROFILES.items()
    )


def _always(figures: Figures) -> list[Criterion]:
    return [
        criterion("coverage", figures.inside.coverage, ">=", LEAST_COVERAGE),
        criterion("period", figures.days, "<=", figures.most_days, "days"),
    ]


def _doe_sep(figures: Figures) -> list[Criterion]:
    """F-test p < .10, every variable p < .20, one p < .10, R2 >= .5, means inside the range or 3 SD.

    Source: US DOE, Superior Energy Performance Measurement and Verification Protocol for Industry (2017),
    3.4.6.
    """
    tests = figures.tests
    each = {name: None if one is None else one.p for name, one in tests.variables.items()}
    found = [
        criterion("f_test_p", None if tests.model is None else tests.model.p, "<", 0.10, why=_why(tests)),
        criterion("r2", figures.inside.r2, ">=", 0.5),
    ]
    found += [criterion(f"p_value:{name}", p, "<", 0.20, why=_about(tests, name)) for name, p in each.items()]
    known = [p for p in each.values() if p is not None]
    if each:
        found.append(criterion("smallest_p_value", min(known) if known else None, "<", 0.10, why=_why(tests)))
    return found + [mean_criterion(name, figures.outside_sd.get(name)) for name in each]


def mean_criterion(name: str, outside_sd: float | None) -> Criterion:
    """Return the criterion about a variable's mean in the reporting period."""
    why = NO_REPORT if outside_sd is None else "0 = inside the range that was learned from"
    return criterion(f"mean_outside_range:{name}", outside_sd, "<=", MOST_SD, "SD", why)


def _ipmvp(figures: Figures) -> list[Criterion]:
    """R2 > .75, CV(RMSE) < 20 % of hourly sums, |t| > 2 of every variable.

    Source: EVO 10100-1:2018, Statistics and Uncertainty for IPMVP, 2.
    """
    found = [
        criterion("r2", figures.inside.r2, ">", 0.75),
        criterion("cvrmse", figures.hourly.cvrmse_pct, "<", 20.0, "%"),
        criterion("cvrmse_out_of_sample", figures.hourly_validated.cvrmse_pct, "<", 20.0, "%"),
    ]
    tests = figures.tests
    return found + [
        criterion(f"t:{name}", None if one is None else one.t, ">", 2.0, why=_about(tests, name))
        for name, one in tests.variables.items()
    ]


def _ashrae_hourly(figures: Figures) -> list[Criterion]:
    """CV(RMSE) <= 30 %, |NMBE| <= 10 %, in and out of sample. Source: ASHRAE Guideline 14-2014, 5.3.2.4."""
    return _errors(figures.hourly, figures.hourly_validated, (30.0, 10.0))


def _ashrae_monthly(figures: Figures) -> list[Criterion]:
    """CV(RMSE) <= 15 %, |NMBE| <= 5 % of monthly sums. Source: ASHRAE Guideline 14-2014, 5.3.2.4."""
    months = figures.monthly.n
    why = "" if months >= LEAST_MONTHS else f"{months} whole months; {LEAST_MONTHS} are needed"
    return _errors(figures.monthly, figures.monthly_validated, (15.0, 5.0), why)


def _errors(
    inside: FitStatistics, outside: FitStatistics, limits: tuple[float, float], why: str = ""
) -> list[Criterion]:
    """Return the criteria about scatter and bias, in and out of sample; with a reason: none can be told."""
    rows = [
        ("cvrmse", inside.cvrmse_pct, limits[0]),
        ("abs_nmbe", _size(inside.nmbe_pct), limits[1]),
        ("cvrmse_out_of_sample", outside.cvrmse_pct, limits[0]),
        ("abs_nmbe_out_of_sample", _size(outside.nmbe_pct), limits[1]),
    ]
    return [criterion(name, None if why else value, "<=", limit, "%", why) for name, value, limit in rows]


def _size(value: float | None) -> float | None:
    return None if value is None else abs(value)


def _why(tests: Significances) -> str:
    """Return why nothing is known, or what was counted."""
    return tests.why or f"{tests.effective:.0f} independent intervals (correlation {tests.correlation:.2f})"


def _about(tests: Significances, name: str) -> str:
    """Return how a variable was tested."""
    one: Significance | None = tests.variables[name]
    if one is None:
        return tests.why or "nothing in the model depends on it"
    return f"{one.columns} coefficient(s), {one.free:.0f} effective degrees of freedom"


PROFILES: dict[AcceptanceProfile, Callable[[Figures], list[Criterion]]] = {
    AcceptanceProfile.DOE_SEP: _doe_sep,
    AcceptanceProfile.IPMVP: _ipmvp,
    AcceptanceProfile.ASHRAE14_HOURLY: _ashrae_hourly,
    AcceptanceProfile.ASHRAE14_MONTHLY: _ashrae_monthly,
}
#: |NMBE| [%] that a profile allows: what a lasting bias is measured by when a baseline is reviewed
MOST_BIAS_PCT = {
    AcceptanceProfile.DOE_SEP: 10.0,
    AcceptanceProfile.IPMVP: 10.0,
    AcceptanceProfile.ASHRAE14_HOURLY: 10.0,
    AcceptanceProfile.ASHRAE14_MONTHLY: 5.0,
}


def period_days(start: datetime, end: datetime) -> float:
    """Return the length of a period [days]."""
    return (end - start).total_seconds() / 86_400
