"""When a baseline is refused, what enters it, and what it says about itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from analytics.baseline import Refusal, expect, fit_baseline
from analytics.baseline.coefficients import from_json, to_json
from domain.baseline import BaselineStatus, Severity
from tests.analytics.baseline_builders import (
    MONDAY,
    NOW,
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

N = 6 * 168


def test_too_short_a_series_is_refused_with_its_days():
    refusal = refused(a_frame(week(9 * 24) + noise(9 * 24, 1.0)), a_plant())
    assert kinds(refusal.findings) == ["too_few_days"]
    assert refusal.findings[0].severity is Severity.CRITICAL
    assert refusal.findings[0].evidence == {"days": 9, "needed": 14}


def test_the_plant_may_ask_for_fewer_days_but_not_for_fewer_than_two():
    frame = a_frame(week(9 * 24) + noise(9 * 24, 1.0))
    assert fitted(frame, a_plant(min_days=7)).statistics.n == 9 * 24
    assert fitted(frame.head(48), a_plant(min_days=2)).statistics.n == 48
    assert refused(frame.head(24), a_plant(min_days=0)).findings[0].evidence["needed"] == 2


def test_nothing_at_all_is_refused():
    frame = a_frame(week(N))
    assert kinds(refused(frame.clear(), a_plant()).findings) == ["no_data"]
    unknown = a_frame(np.full(N, np.nan))
    assert kinds(refused(unknown, a_plant()).findings) == ["too_few_days", "low_coverage"]


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_a_series_that_never_changes_is_refused_and_not_modelled_as_a_constant(value):
    found = kinds(refused(a_frame(np.full(N, value)), a_plant()).findings)
    assert found[0] in ("constant", "too_few_days")
    assert found[-1] == ("constant" if value == 0.0 else "stuck")


def test_a_period_that_is_mostly_unknown_is_refused():
    use = week(N) + noise(N, 1.0)
    use[15 * 24 :] = np.nan
    assert kinds(refused(a_frame(use), a_plant()).findings) == ["low_coverage"]


def test_intervals_of_poor_quality_are_not_learned_from():
    use = week(N) + noise(N, 1.0)
    quality = ["measured"] * N
    for place in range(0, N, 11):
        use[place] += 40.0
        quality[place] = ("catch_up", "reset")[place % 2]
    plant = a_plant()
    baseline = fitted(a_frame(use, quality=quality), plant)
    assert baseline.statistics.n == N - quality.count("catch_up") - quality.count("reset")
    ahead = expect(baseline, a_frame(np.full(168, np.nan), start=MONDAY + timedelta(weeks=7)), plant)
    assert np.abs(ahead["expected"].to_numpy() - week(168)).max() < 2.5


def test_estimated_intervals_are_learned_from():
    frame = a_frame(week(N) + noise(N, 1.0), quality=["estimated"] * N)
    assert fitted(frame, a_plant()).statistics.coverage == 1.0


def test_rows_may_come_in_any_order():
    frame = a_frame(week(N) + noise(N, 1.0))
    one, other = (
        fitted(rows, a_plant()) for rows in (frame, frame.sample(fraction=1.0, shuffle=True, seed=1))
    )
    assert one == other


def test_a_baseline_says_what_it_is():
    baseline = fitted(a_frame(week(N) + noise(N, 1.0)), a_plant(), status=BaselineStatus.APPROVED)
    assert (baseline.process, baseline.resource, baseline.version) == ("line", "electricity", 0)
    assert baseline.status is BaselineStatus.APPROVED
    assert (baseline.period_start, baseline.period_end) == (MONDAY, MONDAY + timedelta(hours=N))
    assert (baseline.interval_s, baseline.created_at) == (3600, NOW)
    assert (baseline.author, baseline.reason) == ("a", "r")


def test_statistics_agree_with_what_is_expected_of_the_period():
    plant = a_plant()
    frame = a_frame(week(N) + noise(N, 2.0))
    baseline = fitted(frame, plant)
    residual = (frame["actual"] - expect(baseline, frame, plant)["expected"]).to_numpy()
    statistics, mean = baseline.statistics, frame["actual"].mean()
    free = N - baseline.statistics.p
    assert 100 < statistics.p <= 168
    assert statistics.cvrmse_pct == pytest.approx(100 * np.sqrt((residual**2).sum() / free) / mean)
    assert statistics.nmbe_pct == pytest.approx(100 * residual.sum() / (free * mean))
    assert baseline.cross_validated.p == 0
    assert 2.0 <= baseline.cross_validated.cvrmse_pct / 100 * mean <= 2.6


def test_a_ridge_counts_the_parameters_it_leaves_free():
    n = 26 * 168
    outside = temperatures(n)
    use = week(n) + 1.5 * np.maximum(0, 15 - outside) + noise(n, 1.0)
    baseline = fitted(a_frame(use, {OUTSIDE: outside}), a_plant(OUTSIDE))
    assert baseline.model == "towt"
    columns = 168 + sum(len(values) for values in baseline.coefficients["terms"].values())
    assert 100 < baseline.statistics.p < columns


def test_all_of_it_is_json_and_comes_back_to_the_last_bit():
    n = 12 * 168
    outside, output = temperatures(n), np.where(week(n) > 30, 100 + noise(n, 25, seed=3), 0.0)
    use = week(n) + 0.2 * output + 1.0 * np.maximum(0, 16 - outside) + noise(n, 1.0)
    use[600:640] += 30.0
    plant = a_plant(OUTPUT, OUTSIDE)
    frame = a_frame(use, {OUTPUT: output, OUTSIDE: outside})
    baseline = fitted(frame, plant)
    back = json.loads(json.dumps(dict(baseline.coefficients)))
    assert back == baseline.coefficients
    assert to_json(from_json(back)).items() <= back.items()
    for finding in baseline.findings:
        json.dumps(dict(finding.evidence))
    again = expect(replace(baseline, coefficients=back), frame, plant)
    assert again.equals(expect(baseline, frame, plant))


def test_a_variable_that_is_often_unknown_is_done_without_and_reported():
    n = 8 * 168
    outside = temperatures(n)
    outside[::5] = np.nan
    baseline = fitted(a_frame(week(n) + noise(n, 1.0), {OUTSIDE: outside}), a_plant(OUTSIDE))
    assert kinds(baseline.findings) == ["variable_missing"]
    assert baseline.findings[0].evidence == {"variable": OUTSIDE, "unknown": pytest.approx(0.2, abs=0.01)}
    assert baseline.variables == ()
    assert baseline.statistics.n == n


def test_a_variable_without_a_column_is_done_without_and_reported():
    baseline = fitted(a_frame(week(N) + noise(N, 1.0)), a_plant(OUTPUT))
    assert kinds(baseline.findings) == ["variable_missing"]


def test_a_variable_that_never_changes_is_done_without_and_reported():
    baseline = fitted(a_frame(week(N) + noise(N, 1.0), {OUTPUT: np.full(N, 5.0)}), a_plant(OUTPUT))
    assert kinds(baseline.findings) == ["variable_constant"]


def test_intervals_whose_variable_is_unknown_are_not_learned_from():
    n = 8 * 168
    output = np.where(week(n) > 30, 100 + noise(n, 25, seed=3), 0.0)
    use = 20 + 0.3 * output + noise(n, 0.5)
    output[::20] = np.nan
    baseline = fitted(a_frame(use, {OUTPUT: output}), a_plant(OUTPUT))
    assert baseline.statistics.n == n - len(range(0, n, 20))
    assert baseline.coefficients["terms"]["output"] == pytest.approx([0.3], abs=0.01)


def test_poor_coverage_and_a_poor_fit_are_reported_with_the_profile_they_miss():
    n = 8 * 168
    use = np.random.default_rng(4).lognormal(0.0, 1.2, n)
    use[np.arange(n) % 7 == 0] = np.nan
    baseline = fitted(a_frame(use), a_plant())
    found = kinds(baseline.findings)
    assert "low_coverage" in found
    poor = next(finding for finding in baseline.findings if finding.kind == "poor_fit")
    assert "ashrae14-hourly" in poor.message
    assert poor.evidence["cvrmse_pct"] > 30


def test_more_than_a_year_is_reported_and_a_leap_year_is_not():
    n = 367 * 24
    use = week(n) + noise(n, 1.0)
    assert "long_period" in kinds(fitted(a_frame(use), a_plant()).findings)
    leap = a_frame(use[: 366 * 24], start=MONDAY.replace(year=2024, month=1, day=1))
    assert "long_period" not in kinds(fitted(leap, a_plant()).findings)


def test_a_negative_use_is_expected_where_it_was_seen_and_never_else():
    plant = a_plant()
    use = week(N) - 22.0 + noise(N, 0.5)
    later = a_frame(np.full(168, np.nan), start=MONDAY + timedelta(weeks=7))
    assert expect(fitted(a_frame(use), plant), later, plant)["expected"].min() < -1.0
    output = np.where(week(N) > 30, 100 + noise(N, 8, seed=3), 60.0)
    driven = fitted(a_frame(0.5 * output - 20 + noise(N, 0.5), {OUTPUT: output}), a_plant(OUTPUT))
    idle = a_frame(np.full(24, np.nan), {OUTPUT: np.zeros(24)}, start=MONDAY + timedelta(weeks=7))
    assert expect(driven, idle, a_plant(OUTPUT))["expected"].to_list() == [0.0] * 24


def test_a_refusal_carries_what_was_found_on_the_way():
    use = week(15 * 24) + noise(15 * 24, 1.0)
    use[200:] = 41.0
    result = fit_baseline(a_frame(use), a_plant(), "line", "electricity", now=NOW, author="a", reason="r")
    assert isinstance(result, Refusal)
    assert kinds(result.findings) == ["too_few_days", "stuck"]


def test_null_and_infinite_numbers_are_unknown():
    use = week(N) + noise(N, 1.0)
    frame = a_frame(use).with_columns(
        pl.when(pl.int_range(pl.len()) == 5).then(float("inf")).otherwise(pl.col("actual")).alias("actual")
    )
    assert fitted(frame, a_plant()).statistics.n == N - 1
