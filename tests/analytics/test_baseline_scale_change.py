"""A history at two scales: only the present one is learned from, and nothing else is taken for that."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.baseline import expect
from analytics.baseline.sample import sample_of
from analytics.baseline.scale_change import scale_change
from domain.baseline import Severity
from tests.analytics.baseline_builders import (
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    kinds,
    noise,
    refused,
    temperatures,
    week,
)

JANUARY = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
YEAR = 364 * 24


def heated(n: int, start_hour: int = 0) -> np.ndarray:
    """Return degrees of a year that begins in January, coldest then."""
    return temperatures(n + 8766)[(8766 * 3 // 4 + start_hour) % 8766 :][:n]


def found(use, variables=None, start=JANUARY, names=None):
    names = tuple(variables or {}) if names is None else names
    frame = a_frame(use, variables, start=start)
    return scale_change(sample_of(frame, a_plant(*names), "line"))


def a_year(**more):
    return week(YEAR) * np.exp(noise(YEAR, 0.1, **more))


@pytest.mark.parametrize("factor", [4.0, 40.0, 1000.0, 1 / 4, 1 / 34])
@pytest.mark.parametrize("day", [40, 150, 349])
def test_a_new_pulse_value_is_found_with_its_day_and_factor(factor, day):
    use, degrees = a_year(), heated(YEAR)
    change = day * 24 + 15
    use[change:] *= factor
    for variables in ({}, {OUTSIDE: degrees}):
        one = found(use, variables)
        assert one is not None
        assert change <= one.position <= change + 34
        assert one.position % 24 == 0
        assert one.factor == pytest.approx(factor, rel=0.06)


def test_the_last_of_several_changes_counts():
    use = a_year()
    use[60 * 24 :] *= 10.0
    use[200 * 24 :] *= 10.0
    one = found(use)
    assert one.position == 201 * 24
    assert one.factor == pytest.approx(10.0, rel=0.06)


def test_a_line_that_rests_at_weekends_and_has_holes_is_found_too():
    use = a_year()
    use[np.arange(YEAR) % 168 >= 120] *= 0.02
    use[100 * 24 : 112 * 24] = np.nan
    use[70 * 24 :] *= 8.0
    assert found(use).position == 71 * 24


def boiler(degrees):
    """Return what a boiler takes that is cold in summer: almost nothing then."""
    return 0.3 + 10.0 * np.maximum(15.0 - degrees, 0.0)


@pytest.mark.parametrize(
    ("first", "days"), [(0, 364), (0, 240), (60, 240), (120, 240), (180, 300), (240, 364)]
)
def test_a_heating_season_is_no_other_scale(first, days):
    n = days * 24
    degrees = heated(n, first * 24)
    start = JANUARY + timedelta(days=first)
    switched_off = ((np.arange(n) / 24 + first) % 364 > 120) & ((np.arange(n) / 24 + first) % 364 < 270)
    use = np.where(switched_off, 0.3, boiler(degrees)) * np.exp(noise(n, 0.1))
    assert found(use, {OUTSIDE: degrees}, start) is None
    assert found(use, {}, start) is None


def test_what_comes_back_a_leak_and_half_as_much_again_are_no_other_scale():
    back, leak, double, short = a_year(), a_year(), a_year(), a_year()
    back[100 * 24 : 150 * 24] *= 10.0
    leak[250 * 24 :] += 100.0
    double[250 * 24 :] *= 2.5
    short[-7 * 24 :] *= 10.0
    for use in (back, leak, double, short, a_year()[: 27 * 24]):
        assert found(use) is None


def test_making_ten_times_as_much_is_no_other_scale():
    output = np.where(np.arange(YEAR) < 150 * 24, 10.0, 100.0) * np.exp(noise(YEAR, 0.2, seed=3))
    use = 0.1 + 2.0 * output * np.exp(noise(YEAR, 0.05))
    assert found(use, {OUTPUT: output}) is None
    assert found(use) is not None  # who does not tell the output leaves nothing else to think of
    use[200 * 24 :] *= 0.1
    assert found(use, {OUTPUT: output}).position == 201 * 24


def test_only_the_present_scale_is_learned_from_and_the_finding_says_so():
    use, degrees = a_year(), heated(YEAR)
    use[: 120 * 24] *= 40.0
    plant, frame = a_plant(OUTSIDE), a_frame(use, {OUTSIDE: degrees}, start=JANUARY)
    baseline = fitted(frame, plant)
    assert kinds(baseline.findings) == ["scale_changed"]
    finding = baseline.findings[0]
    assert finding.severity is Severity.WARNING
    assert (finding.start, finding.end) == (JANUARY, JANUARY + timedelta(days=121))
    assert finding.evidence["factor"] == pytest.approx(1 / 40, rel=0.05)
    assert re.search(r"since 2026-05-06 it uses 1/(39|40|41)(\.\d)? of what it used before", finding.message)
    assert "--scale 0.02" in finding.message
    assert (baseline.period_start, baseline.period_end) == (finding.end, JANUARY + timedelta(days=364))
    assert baseline.statistics.coverage == 1.0
    expected = expect(baseline, frame, plant)["expected"].to_numpy()[200 * 24 :]
    assert np.median(np.abs(expected / use[200 * 24 :] - 1.0)) < 0.1


def test_too_little_at_the_present_scale_is_no_baseline():
    use = a_year()
    use[-20 * 24 :] *= 10.0
    refusal = refused(a_frame(use, start=JANUARY), a_plant(min_days=28))
    assert kinds(refusal.findings) == ["too_few_days", "scale_changed"]
    assert refusal.findings[0].evidence == {"days": 19, "needed": 28}
    corrected = use.copy()
    corrected[: -20 * 24] *= 10.0
    assert kinds(fitted(a_frame(corrected, start=JANUARY), a_plant(min_days=28)).findings) == []
