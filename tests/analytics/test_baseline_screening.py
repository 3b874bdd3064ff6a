"""Contaminated history: leaks, outages, zeros and stuck meters are found, left out and reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.baseline import expect
from analytics.baseline.segments import maximal_stretches
from domain.baseline import Finding, Severity
from tests.analytics.baseline_builders import (
    MONDAY,
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    kinds,
    noise,
    temperatures,
    water_frame,
    week,
)

ROME = ZoneInfo("Europe/Rome")


def hours_between(first, second):
    return abs((first - second).total_seconds()) / 3600


def excluded(baseline) -> list[Finding]:
    return [finding for finding in baseline.findings if finding.kind == "excluded_segment"]


def test_both_low_flows_of_the_water_main_are_found_left_out_and_reported():
    frame = water_frame()
    plant = a_plant(zone="Europe/Rome", country="IT")
    baseline = fitted(frame.drop("anomaly"), plant)
    low = [finding for finding in excluded(baseline) if finding.evidence["direction"] == "down"]
    truth = [
        (datetime(2022, 3, 24, 9, tzinfo=ROME), datetime(2022, 3, 25, 2, tzinfo=ROME)),
        (datetime(2022, 3, 29, 8, tzinfo=ROME), datetime(2022, 3, 29, 21, tzinfo=ROME)),
    ]
    assert len(low) == 2
    for finding, (start, end) in zip(low, truth, strict=True):
        assert hours_between(finding.start, start.astimezone(UTC)) <= 2
        assert hours_between(finding.end, end.astimezone(UTC)) <= 2
        assert finding.severity is Severity.WARNING
        assert finding.evidence["mean_z"] < -20
    assert len(baseline.findings) <= 4
    quiet = frame.filter(~pl.col("anomaly"))
    excess = quiet["actual"] - expect(baseline, quiet, plant)["expected"]
    assert excess.abs().max() < 10
    assert baseline.statistics.cvrmse_pct < 1.5


@pytest.mark.parametrize(
    ("first", "hours", "extra"),
    [
        pytest.param(20 * 24 + 5, 30, 12.0, id="a leak of a day and a quarter"),
        pytest.param(22 * 24, 9 * 24, 9.0, id="a leak of nine days"),
        pytest.param(30 * 24 + 10, 14, -18.0, id="an outage"),
        pytest.param(25 * 24, 11 * 24, 3.5, id="eleven days that are a tenth up"),
    ],
)
def test_a_segment_is_found_with_its_bounds_and_not_learned(first, hours, extra):
    n = 8 * 168
    use = week(n) + noise(n, 1.5)
    use[first : first + hours] += extra
    plant = a_plant()
    baseline = fitted(a_frame(use), plant)
    (finding,) = excluded(baseline)
    assert hours_between(finding.start, MONDAY + timedelta(hours=first)) <= 12
    assert hours_between(finding.end, MONDAY + timedelta(hours=first + hours)) <= 12
    assert finding.evidence["direction"] == ("up" if extra > 0 else "down")
    assert finding.evidence["hours"] == pytest.approx(hours, abs=24)
    assert baseline.statistics.coverage == pytest.approx(1 - finding.evidence["hours"] / n, abs=1e-9)
    ahead = expect(baseline, a_frame(np.full(168, np.nan), start=MONDAY + timedelta(weeks=9)), plant)
    assert np.abs(ahead["expected"].to_numpy() - week(168)).max() < 2.5


def test_bounds_of_a_strong_leak_are_exact():
    n = 8 * 168
    use = week(n) + noise(n, 1.5)
    use[500:530] += 15.0
    (finding,) = excluded(fitted(a_frame(use), a_plant()))
    assert hours_between(finding.start, MONDAY + timedelta(hours=500)) <= 1
    assert hours_between(finding.end, MONDAY + timedelta(hours=530)) <= 1


def test_a_leak_is_found_where_output_and_weather_drive_the_use():
    n = 8 * 168
    outside, output = temperatures(n), np.where(week(n) > 30, 100 + noise(n, 25, seed=3), 0.0)
    use = 20 + 0.3 * output + 1.0 * np.maximum(0, 16 - outside) + noise(n, 1.0)
    use[400:472] += 6.0
    baseline = fitted(a_frame(use, {OUTPUT: output, OUTSIDE: outside}), a_plant(OUTPUT, OUTSIDE))
    (finding,) = excluded(baseline)
    assert hours_between(finding.start, MONDAY + timedelta(hours=400)) <= 3
    assert hours_between(finding.end, MONDAY + timedelta(hours=472)) <= 3


def test_clean_history_has_no_findings():
    for seed in range(5):
        n = 8 * 168
        use = week(n) * (1 + noise(n, 0.1, seed))
        assert fitted(a_frame(use), a_plant()).findings == ()


def test_what_lasts_too_long_is_reported_but_learned_as_the_way_the_process_runs():
    n = 8 * 168
    use = week(n) + noise(n, 1.0)
    use[15 * 24 : 32 * 24] += 10.0
    baseline = fitted(a_frame(use), a_plant())
    assert kinds(baseline.findings) == ["unusual_segment"]
    assert baseline.findings[0].evidence["direction"] == "up"
    assert baseline.statistics.coverage == 1.0


def test_a_step_that_stays_until_the_end_is_not_left_out():
    n = 8 * 168
    use = week(n) + noise(n, 1.0)
    use[46 * 24 :] += 10.0
    baseline = fitted(a_frame(use), a_plant())
    assert excluded(baseline) == []
    assert "unusual_segment" in kinds(baseline.findings)


def test_zeros_of_a_meter_that_is_never_near_zero_are_missing_values():
    n = 8 * 168
    use = week(n) + noise(n, 1.0)
    rng = np.random.default_rng(2)
    places = rng.choice(n, 60, replace=False)
    use[places] = 0.0
    plant = a_plant()
    baseline = fitted(a_frame(use), plant)
    (finding,) = [one for one in baseline.findings if one.kind == "zeros"]
    assert finding.evidence["intervals"] == 60
    assert baseline.statistics.n == n - 60
    assert baseline.statistics.coverage == pytest.approx(1 - 60 / n)
    ahead = expect(baseline, a_frame(np.full(168, np.nan), start=MONDAY + timedelta(weeks=9)), plant)
    assert np.abs(ahead["expected"].to_numpy() - week(168)).max() < 2.5


def test_zeros_of_a_process_that_rests_on_sundays_are_learned():
    n = 8 * 168
    use = week(n) + noise(n, 1.0)
    sunday = np.arange(n) % 168 >= 144
    use[sunday] = 0.0
    plant = a_plant()
    baseline = fitted(a_frame(use), plant)
    assert "zeros" not in kinds(baseline.findings)
    ahead = expect(baseline, a_frame(np.full(168, np.nan), start=MONDAY + timedelta(weeks=9)), plant)
    assert ahead["expected"].to_numpy()[144:] == pytest.approx([0.0] * 24, abs=0.5)


def test_zeros_while_nothing_is_made_are_learned():
    n = 8 * 168
    rng = np.random.default_rng(3)
    output = np.where(rng.random(n) < 0.1, 0.0, 100.0)
    use = np.where(output > 0, 40 + noise(n, 1.0), 0.0)
    baseline = fitted(a_frame(use, {OUTPUT: output}), a_plant(OUTPUT))
    assert "zeros" not in kinds(baseline.findings)
    assert baseline.statistics.n == n


def test_a_stuck_stretch_is_left_out_and_reported_with_its_value():
    n = 8 * 168
    use = week(n) + noise(n, 1.0)
    use[300:340] = 33.5
    baseline = fitted(a_frame(use), a_plant())
    (finding,) = [one for one in baseline.findings if one.kind == "stuck"]
    assert finding.start == MONDAY + timedelta(hours=300)
    assert finding.end == MONDAY + timedelta(hours=340)
    assert finding.evidence == {"hours": 40.0, "value": 33.5}
    assert baseline.statistics.n == n - 40


def test_twenty_three_identical_hours_are_not_stuck_and_neither_are_zeros():
    n = 8 * 168
    use = week(n) + noise(n, 1.0)
    use[300:323] = 33.5
    use[np.arange(n) % 168 >= 120] = 0.0
    assert "stuck" not in kinds(fitted(a_frame(use), a_plant()).findings)


def test_a_leak_that_begins_before_a_holiday_is_followed_into_it():
    n = 8 * 168
    plant = a_plant(extra_holidays=frozenset({(MONDAY + timedelta(days=23)).date()}))
    use = week(n) + noise(n, 1.0)
    use[23 * 24 : 24 * 24] = 20.0 + noise(24, 1.0)
    use[21 * 24 + 6 : 23 * 24 + 12] += 15.0
    (finding,) = excluded(fitted(a_frame(use), plant))
    assert hours_between(finding.end, MONDAY + timedelta(days=23, hours=12)) <= 3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=25))
def test_maximal_stretches_hold_the_best_sum_and_are_disjoint(scores):
    found = maximal_stretches(np.array(scores, dtype=np.float64))
    best = max((sum(scores[i : j + 1]) for i in range(len(scores)) for j in range(i, len(scores))), default=0)
    assert max((total for _, _, total in found), default=0) == max(best, 0)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))
    assert all(sum(scores[first : last + 1]) == total > 0 for first, last, total in found)
