"""How a baseline stands by the acceptance profiles: every criterion with its value, limit and outcome."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analytics.baseline import with_reporting_means
from analytics.baseline.binned import hourly, monthly
from analytics.baseline.profiles import Figures, accepted
from analytics.baseline.significance import Significances
from domain.acceptance import Acceptance, AcceptanceProfile, Criterion, Outcome
from domain.baseline import Baseline, FitStatistics
from tests.analytics.baseline_builders import OUTPUT, OUTSIDE, a_frame, a_plant, fitted, noise, week

N = 8 * 168


def a_line(noise_size: float = 1.0, share: float = 0.3) -> Baseline:
    """Return the baseline of a line that uses 20 and a share of its output, which is noisy itself."""
    made = np.where(week(N) > 30, 100 + noise(N, 20, 3), 0.0)
    outside = 12 + noise(N, 5.0, 4)
    frame = a_frame(20 + share * made + noise(N, noise_size), {OUTPUT: made, OUTSIDE: outside})
    return fitted(frame, a_plant(OUTPUT, OUTSIDE))


def by(baseline: Baseline, profile: str) -> Acceptance:
    found = baseline.accepted_by(AcceptanceProfile(profile))
    assert found is not None
    return found


def named(acceptance: Acceptance, name: str) -> Criterion:
    return next(one for one in acceptance.criteria if one.name == name)


@pytest.fixture(scope="module")
def line() -> Baseline:
    return a_line()


def test_a_baseline_carries_its_standing_by_every_profile(line):
    assert [one.profile for one in line.acceptance] == list(AcceptanceProfile)


def test_a_line_that_its_output_drives_is_accepted(line):
    assert by(line, "ashrae14-hourly").outcome is Outcome.PASSED
    assert by(line, "ipmvp").outcome is Outcome.PASSED
    sep = by(line, "doe-sep")
    assert not sep.failures
    assert named(sep, f"p_value:{OUTPUT}").value < 1e-6
    assert named(by(line, "ipmvp"), f"t:{OUTPUT}").value > 10


def test_what_needs_a_reporting_period_is_not_determinable_before_there_is_one(line):
    means = [one for one in by(line, "doe-sep").criteria if one.name.startswith("mean_outside_range")]
    assert means
    assert {(one.value, one.outcome) for one in means} == {(None, Outcome.UNKNOWN)}
    assert by(line, "doe-sep").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("output", "outcome"), [(90.0, Outcome.PASSED), (900.0, Outcome.FAILED)])
def test_the_reporting_periods_means_lie_in_the_range_or_within_three_deviations(line, output, outcome):
    frame = a_frame(np.full(400, 50.0), {OUTPUT: np.full(400, output), OUTSIDE: np.full(400, 12.0)})
    noted = by(with_reporting_means(line, frame), "doe-sep")
    assert named(noted, f"mean_outside_range:{OUTPUT}").outcome is outcome
    assert noted.outcome is (Outcome.PASSED if outcome is Outcome.PASSED else Outcome.FAILED)


def test_two_months_of_data_say_nothing_about_monthly_sums(line):
    monthly_profile = by(line, "ashrae14-monthly")
    assert monthly_profile.outcome is Outcome.UNKNOWN
    assert "9 are needed" in named(monthly_profile, "cvrmse").why


def test_use_that_nothing_explains_fails_with_the_figure_beside_the_limit():
    poor = a_line(noise_size=60.0, share=0.01)
    failed = named(by(poor, "ipmvp"), "r2")
    assert (failed.outcome, failed.relation, failed.limit) == (Outcome.FAILED, ">", 0.75)
    assert failed.value < 0.3
    assert by(poor, "ashrae14-hourly").outcome is Outcome.FAILED


def test_a_variable_that_explains_nothing_has_no_small_p_value():
    """Of 12 seeds of pure noise, a test at p < .05 would call about one significant."""
    plant, found = a_plant(OUTPUT), []
    for seed in range(12):
        made = 100 + noise(N, 20, 50 + seed)
        baseline = fitted(a_frame(week(N) + noise(N, 1.0, seed), {OUTPUT: made}), plant)
        if OUTPUT in baseline.variables:
            found.append(named(by(baseline, "doe-sep"), f"p_value:{OUTPUT}").value)
    assert sum(p < 0.05 for p in found) <= 2


def test_the_f_test_of_independent_residuals_is_the_textbook_one():
    """One output, no calendar: the partial F is the square of the slope's t."""
    n = 6 * 168
    made = 100 + noise(n, 30, 1)
    use = 50 + 0.2 * made + noise(n, 8.0, 2)
    baseline = fitted(a_frame(use, {OUTPUT: made}), a_plant(OUTPUT))
    slope = stats.linregress(made, use)
    t = named(by(baseline, "ipmvp"), f"t:{OUTPUT}").value
    assert t == pytest.approx(slope.slope / slope.stderr, rel=0.12)


def test_correlated_residuals_count_for_fewer(line):
    rng = np.random.default_rng(5)
    drift = np.zeros(N)
    for i in range(1, N):
        drift[i] = 0.9 * drift[i - 1] + rng.normal(0, 1.0)
    made = np.where(week(N) > 30, 100 + noise(N, 20, 3), 0.0)
    frame = a_frame(20 + 0.3 * made + drift, {OUTPUT: made, OUTSIDE: 12 + noise(N, 5.0, 4)})
    slow = named(by(fitted(frame, a_plant(OUTPUT, OUTSIDE)), "doe-sep"), "f_test_p")
    independent = [int(one.why.split()[0]) for one in (named(by(line, "doe-sep"), "f_test_p"), slow)]
    assert independent[0] > 0.85 * N
    assert independent[1] < 0.3 * N


# -- hours and months


def test_quarters_of_an_hour_are_added_up_before_they_are_compared():
    """Errors that cancel within the hour are none of the hour's."""
    actual = np.tile([1.0, 3.0, 1.0, 3.0], 24)
    start_us = np.arange(96) * 900_000_000
    assert hourly(actual, np.full(96, 2.0), start_us, 0).cvrmse_pct == 0.0
    actual[0] = np.nan  # an hour that is not whole is left out
    assert hourly(actual, np.full(96, 2.0), start_us, 0).n == 23


def test_months_are_local_calendar_months_and_count_when_they_are_whole():
    days = np.repeat(np.arange(31 + 28 + 31), 24)  # January to March 1970
    actual = np.ones(days.size)
    actual[:24] = 3.0
    figures = monthly(actual, np.ones(days.size), days, 3600, 1)
    assert figures.n == 3
    assert figures.nmbe_pct == pytest.approx(100 * 48 / (2 * (744 + 48 + 672 + 744) / 3))
    cut = monthly(actual[: 24 * 70], np.ones(24 * 70), days[: 24 * 70], 3600, 1)
    assert cut.n == 2  # March has only begun


@pytest.mark.parametrize(
    ("cvrmse", "nmbe", "hourly_ok", "monthly_ok"),
    [
        (30.0, 10.0, True, False),
        (30.1, 0.0, False, False),
        (15.0, -5.0, True, True),
        (1.0, -10.1, False, False),
    ],
)
def test_ashraes_limits_are_inclusive_and_bias_counts_either_way(cvrmse, nmbe, hourly_ok, monthly_ok):
    one = FitStatistics(100, 2, cvrmse, None, nmbe, 0.9, 1.0)
    figures = Figures(one, one, one, one, one, Significances(None, {}, 0.0, 100.0), 365, 365)
    found = {one.profile: one.outcome for one in accepted(figures)}
    assert (found[AcceptanceProfile.ASHRAE14_HOURLY] is Outcome.PASSED) == hourly_ok
    assert (found[AcceptanceProfile.ASHRAE14_MONTHLY] is Outcome.PASSED) == monthly_ok


@pytest.mark.parametrize(("coverage", "days"), [(0.89, 300.0), (1.0, 366.0)])
def test_every_profile_asks_for_nine_tenths_of_a_year_at_most(coverage, days):
    one = FitStatistics(100, 2, 1.0, None, 0.0, 0.99, coverage)
    figures = Figures(one, one, one, one, one, Significances(None, {}, 0.0, 100.0), days, 365)
    assert {one.outcome for one in accepted(figures)} == {Outcome.FAILED}
