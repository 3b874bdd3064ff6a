"""Whether a baseline may be made at all, and what stands against trusting it."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from analytics.baseline.quality import at
from analytics.baseline.sample import Sample
from analytics.baseline.screening import Screened
from analytics.baseline.segments import Segment
from domain.baseline import Finding, FitStatistics, Severity

#: less than this share of the period's intervals usable: no baseline; less than the other: a finding
LEAST_COVERAGE, GOOD_COVERAGE = 0.5, 0.9
#: ASHRAE Guideline 14-2014, hourly data
PROFILE, MAX_CVRMSE_PCT, MAX_NMBE_PCT = "ashrae14-hourly", 30.0, 10.0
HOUR_US = 3_600_000_000


def objections(sample: Sample, min_days: int) -> list[Finding]:
    """Return why no baseline can be made of a cleaned sample; empty if one can.

    Args:
        sample: cleaned.
        min_days: local days of which at least half has to be usable; never less than 2.
    """
    usable = sample.actual[sample.usable]
    days, needed, coverage = usable_days(sample), max(min_days, 2), usable.size / sample.size
    found = []
    if days < needed:
        message = f"{days} usable days; a baseline needs {needed}"
        found.append(_critical("too_few_days", message, {"days": days, "needed": needed}))
    if coverage < LEAST_COVERAGE:
        message = f"only {coverage:.0%} of the period is usable; a baseline needs {LEAST_COVERAGE:.0%}"
        found.append(_critical("low_coverage", message, {"coverage": coverage, "needed": LEAST_COVERAGE}))
    if usable.size and np.ptp(usable) == 0.0:
        what = "nothing was ever used" if usable[0] == 0.0 else f"the use is always exactly {usable[0]:g}"
        found.append(_critical("constant", f"{what}: there is nothing to learn", {"value": float(usable[0])}))
    return found


def can_be_insisted_on(sample: Sample, against: Sequence[Finding]) -> bool:
    """Return whether there is enough to learn anything from, although it is too little."""
    return usable_days(sample) >= 2 and "constant" not in {finding.kind for finding in against}


def usable_days(sample: Sample) -> int:
    """Return how many local days are usable for at least half of a day's intervals."""
    per_day = np.bincount(sample.calendar.day[sample.usable] - sample.calendar.day[0])
    return int((per_day >= sample.per_day / 2).sum())


def reservations(
    statistics: FitStatistics, cross_validated: FitStatistics, start: datetime, end: datetime
) -> list[Finding]:
    """Return what stands against trusting a baseline: coverage, length, fit.

    Source: ASHRAE Guideline 14-2014, 5.3.2.4 (hourly); ISO 50006:2014 for a period of at most a year.
    """
    found = []
    if statistics.coverage < GOOD_COVERAGE:
        message = (
            f"learned from {statistics.coverage:.0%} of the period; {GOOD_COVERAGE:.0%} is good practice"
        )
        evidence: dict[str, object] = {"coverage": statistics.coverage, "good": GOOD_COVERAGE}
        found.append(_warning("low_coverage", message, evidence))
    if (end - start).days > a_year(start, end):
        message = f"the period is {(end - start).days} days long; a year is good practice"
        found.append(_warning("long_period", message, {"days": (end - start).days}))
    for figures, out_of_sample in ((statistics, False), (cross_validated, True)):
        found += _fit_findings(figures, out_of_sample=out_of_sample)
    return found


def segment_findings(sample: Sample, screened: Screened) -> list[Finding]:
    """Return one finding per anomalous segment, in order of time."""
    left_out = [("excluded_segment", "left out", segment) for segment in screened.excluded]
    kept = [("unusual_segment", "too long to leave out: it is learned from", one) for one in screened.kept]
    found = [_segment(sample, screened.first_hour, *row) for row in (*left_out, *kept)]
    return sorted(found, key=lambda finding: finding.start or at(sample, 0))


def _segment(sample: Sample, first_hour: int, kind: str, fate: str, segment: Segment) -> Finding:
    """Return the finding about one segment, its bounds at the intervals it covers."""
    first = int(np.searchsorted(sample.start_us, (first_hour + segment.first) * HOUR_US))
    after = int(np.searchsorted(sample.start_us, (first_hour + segment.last + 1) * HOUR_US))
    direction = "up" if segment.direction > 0 else "down"
    words = "more" if segment.direction > 0 else "less"
    return Finding(
        kind,
        Severity.WARNING,
        f"{segment.length} h of far {words} use than usual ({abs(segment.mean_z):.0f} deviations): {fate}",
        at(sample, first),
        at(sample, after),
        {"hours": segment.length, "mean_z": segment.mean_z, "direction": direction},
    )


def _fit_findings(figures: FitStatistics, *, out_of_sample: bool) -> list[Finding]:
    """Return where figures miss the acceptance profile."""
    found = []
    name = "cross-validated " if out_of_sample else ""
    sample: dict[str, object] = {"out_of_sample": out_of_sample}
    missed = {"profile": PROFILE, **sample}
    if figures.cvrmse_pct is None:
        return [_warning("fit_undefined", f"{name}CV(RMSE) is not defined: the mean use is zero", sample)]
    if abs(figures.cvrmse_pct) > MAX_CVRMSE_PCT:
        message = f"{name}CV(RMSE) {figures.cvrmse_pct:.1f} % misses {PROFILE} ({MAX_CVRMSE_PCT:g} %)"
        evidence = {"cvrmse_pct": figures.cvrmse_pct, "limit_pct": MAX_CVRMSE_PCT, **missed}
        found.append(_warning("poor_fit", message, evidence))
    if figures.nmbe_pct is not None and abs(figures.nmbe_pct) > MAX_NMBE_PCT:
        message = f"{name}NMBE {figures.nmbe_pct:.1f} % misses {PROFILE} ({MAX_NMBE_PCT:g} %)"
        evidence = {"nmbe_pct": figures.nmbe_pct, "limit_pct": MAX_NMBE_PCT, **missed}
        found.append(_warning("biased_fit", message, evidence))
    return found


def a_year(start: datetime, end: datetime) -> int:
    """Return how many days the year of a period has: 366 if a 29 February lies in it."""
    years = (year for year in range(start.year, end.year + 1) if isleap(year))
    leap = any(start <= datetime(year, 2, 29, tzinfo=start.tzinfo) < end for year in years)
    return 366 if leap else 365


def _warning(kind: str, message: str, evidence: dict[str, object]) -> Finding:
    """Return a finding that a person should look at."""
    return Finding(kind, Severity.WARNING, message, evidence=evidence)


def _critical(kind: str, message: str, evidence: dict[str, object]) -> Finding:
    """Return a finding that stands in the way."""
    return Finding(kind, Severity.CRITICAL, message, evidence=evidence)
