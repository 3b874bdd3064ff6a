"""What a baseline learns when the truth is known: the hours, A and B, the knots, rest days, local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from analytics.baseline import expect
from analytics.baseline.coefficients import from_json
from analytics.baseline.models import MODELS
from analytics.calendar import shift_at_work
from domain.plant import Shift
from tests.analytics.baseline_builders import (
    MONDAY,
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    hours_of,
    noise,
    starts,
    temperatures,
    week,
)

YEAR = 365 * 24


def expected_of(baseline, frame, plant):
    return expect(baseline, frame, plant)["expected"].to_numpy()


def test_a_use_that_only_the_week_decides_gets_the_simplest_model_and_its_hours():
    n = 8 * 168
    baseline = fitted(a_frame(week(n) + noise(n, 0.5)), a_plant())
    assert baseline.model == "time_of_week"
    assert from_json(baseline.coefficients).hours == pytest.approx(week(168), abs=0.8)


def test_a_and_b_of_a_process_that_output_drives_are_found():
    n = 8 * 168
    output = np.where(week(n) > 30, 100 + noise(n, 25, seed=3), 0.0)
    baseline = fitted(a_frame(35 + 0.4 * output + noise(n, 1.0), {OUTPUT: output}), a_plant(OUTPUT))
    assert baseline.model == "linear_output"
    assert baseline.coefficients["hours"] == pytest.approx([35.0] * 168, abs=0.2)
    assert baseline.coefficients["terms"]["output"] == pytest.approx([0.4], abs=0.002)
    assert baseline.variables == (OUTPUT,)
    assert baseline.statistics.p == 2


def test_output_is_told_from_the_hours_at_which_it_is_usually_made():
    n = 12 * 168
    output = np.where(week(n) > 30, np.maximum(0.0, 100 + noise(n, 30, seed=5)), 0.0)
    lighting = np.where(hours_of(n) % 24 >= 18, 8.0, 0.0)
    use = 20 + lighting + 0.3 * output + noise(n, 0.5)
    baseline = fitted(a_frame(use, {OUTPUT: output}), a_plant(OUTPUT))
    assert baseline.model == "seasonal_output"
    assert baseline.coefficients["terms"]["output"] == pytest.approx([0.3], abs=0.01)
    standing = a_frame(np.full(24, np.nan), {OUTPUT: np.zeros(24)}, start=MONDAY + timedelta(weeks=13))
    idle = expected_of(baseline, standing, a_plant(OUTPUT))
    assert idle[8] == pytest.approx(20.0, abs=2.0)


def test_heating_and_cooling_bend_where_they_truly_do():
    outside = temperatures(YEAR)
    truth = 30 + 2.0 * np.maximum(0, 14 - outside) + 1.5 * np.maximum(0, outside - 20)
    plant = a_plant(OUTSIDE)
    baseline = fitted(a_frame(truth + noise(YEAR, 0.5), {OUTSIDE: outside}), plant)
    assert baseline.model == "linear_degrees"
    knots = baseline.coefficients["shape"]["knots"][OUTSIDE]
    assert min(abs(knot - 14) for knot in knots) <= 1
    assert min(abs(knot - 20) for knot in knots) <= 1
    probe = np.array([0.0, 5.0, 10.0, 17.0, 25.0, 28.0])
    frame = a_frame(np.full(6, np.nan), {OUTSIDE: probe}, start=MONDAY + timedelta(days=366))
    needed = 30 + 2.0 * np.maximum(0, 14 - probe) + 1.5 * np.maximum(0, probe - 20)
    assert expected_of(baseline, frame, plant) == pytest.approx(needed, abs=2.0)


def test_busy_hours_may_answer_to_temperature_while_quiet_ones_do_not():
    outside = temperatures(YEAR)
    busy = week(YEAR) > 30
    use = week(YEAR) + np.where(busy, 2.0 * np.maximum(0, 15 - outside), 0.0) + noise(YEAR, 0.5)
    plant = a_plant(OUTSIDE)
    baseline = fitted(a_frame(use, {OUTSIDE: outside}), plant)
    later = MONDAY + timedelta(weeks=54)
    cold, mild = (
        expected_of(baseline, a_frame(np.full(24, np.nan), {OUTSIDE: [t] * 24}, start=later), plant)
        for t in (5.0, 15.0)
    )
    assert cold[10] - mild[10] == pytest.approx(20.0, abs=2.0)
    assert cold[2] - mild[2] == pytest.approx(0.0, abs=1.0)


def test_output_and_temperature_together_are_both_found():
    n = 26 * 168
    outside, output = temperatures(n), np.where(week(n) > 30, 100 + noise(n, 25, seed=3), 0.0)
    use = week(n) + 0.2 * output + 1.0 * np.maximum(0, 16 - outside) + noise(n, 0.5)
    baseline = fitted(a_frame(use, {OUTPUT: output, OUTSIDE: outside}), a_plant(OUTPUT, OUTSIDE))
    assert baseline.model in {"linear_output_degrees", "batch_output_degrees"}  # the second may be as good
    assert baseline.coefficients["terms"].get("output_before", [0.0]) == pytest.approx([0.0], abs=0.01)
    assert set(baseline.variables) == {OUTPUT, OUTSIDE}
    assert baseline.coefficients["terms"]["output"] == pytest.approx([0.2], abs=0.01)
    assert baseline.statistics.cvrmse_pct == pytest.approx(100 * 0.5 / use.mean(), rel=0.2)


def test_a_variable_that_says_nothing_is_not_used():
    n = 10 * 168
    plant = a_plant(OUTPUT, OUTSIDE)
    frame = a_frame(week(n) + noise(n, 1.0), {OUTPUT: 50 + noise(n, 9, 4), OUTSIDE: temperatures(n)})
    baseline = fitted(frame, plant)
    assert baseline.model == "time_of_week"
    assert baseline.variables == ()


def test_a_slow_rise_is_carried_on_from_where_it_ended_and_not_from_its_mean():
    n = 50 * 168
    rise = np.linspace(0.0, 12.0, n)
    plant = a_plant()
    baseline = fitted(a_frame(week(n) + rise + noise(n, 1.0)), plant)
    later = a_frame(np.full(168, np.nan), start=MONDAY + timedelta(hours=n))
    ahead = expected_of(baseline, later, plant) - week(168)
    assert ahead.mean() == pytest.approx(12.0, abs=2.0)
    assert baseline.statistics.nmbe_pct == pytest.approx(0.0, abs=1.0)


def test_public_holidays_are_expected_to_be_as_quiet_as_those_that_were_seen():
    plant = a_plant(zone="Europe/London", country="GB", subdivision="ENG")
    n, start = 52 * 168, datetime(2023, 1, 2, tzinfo=UTC)
    days = [(start + timedelta(hours=i)).date() for i in range(n)]
    bank = {date(2023, 4, 7), date(2023, 4, 10), date(2023, 5, 1), date(2023, 5, 8), date(2023, 5, 29),
            date(2023, 8, 28), date(2023, 12, 25), date(2023, 12, 26), date(2023, 1, 2)}  # fmt: skip
    off = np.array([day in bank for day in days])
    use = np.where(off, 26.0, week(n)) + noise(n, 0.5)  # more than on a Sunday, and flat
    baseline = fitted(a_frame(use, start=start), plant)
    noon = [datetime(2024, 5, 6, 11, tzinfo=UTC), datetime(2024, 5, 13, 11, tzinfo=UTC)]
    probe = pl.DataFrame({"start": pl.Series(noon, dtype=pl.Datetime("us", "UTC"))})
    holiday, monday = expected_of(baseline, probe, plant)
    assert holiday == pytest.approx(26.0, abs=4.0)
    assert monday == pytest.approx(50.0, abs=2.0)


def test_a_closure_that_was_never_seen_is_expected_to_be_a_sunday():
    n = 5 * 168
    closure = (date(2026, 6, 22), date(2026, 6, 24))
    plant = a_plant(closed=(closure,))
    baseline = fitted(a_frame(week(n) + noise(n, 0.5)), plant)
    noons = [datetime(2026, 6, day, 11, tzinfo=UTC) for day in (22, 23, 24, 30)]
    probe = pl.DataFrame({"start": pl.Series(noons, dtype=pl.Datetime("us", "UTC"))})
    assert expected_of(baseline, probe, plant) == pytest.approx([20.0, 20.0, 20.0, 50.0], abs=1.0)


def test_hours_follow_the_local_clock_across_the_change_of_the_clocks():
    plant = a_plant(zone="Europe/Berlin", country="DE")
    start = datetime(2026, 1, 11, 23, tzinfo=UTC)  # Monday 0 h in Berlin
    n = 10 * 168
    baseline = fitted(a_frame(week(n) + noise(n, 0.5), start=start), plant)
    six_local = [datetime(2026, 3, 27, 5, tzinfo=UTC), datetime(2026, 3, 30, 4, tzinfo=UTC)]
    before = [instant - timedelta(hours=1) for instant in six_local]
    probe = pl.DataFrame({"start": pl.Series(six_local + before, dtype=pl.Datetime("us", "UTC"))})
    assert expected_of(baseline, probe, plant) == pytest.approx([50.0, 50.0, 20.0, 20.0], abs=1.0)


def test_quarter_hours_are_modelled_as_well_as_hours():
    n = 6 * 168 * 4
    plant = a_plant(interval_s=900)
    baseline = fitted(a_frame(week(n, 900) + noise(n, 0.2), interval_s=900), plant)
    probe = pl.DataFrame({"start": starts(672, MONDAY + timedelta(weeks=7), 900)})
    assert expected_of(baseline, probe, plant) == pytest.approx(week(672, 900), abs=0.3)


def test_every_model_has_its_own_key_and_simpler_ones_come_first():
    assert list(MODELS) == [
        "linear_output",
        "time_of_week",
        "linear_degrees",
        "linear_output_degrees",
        "shifts_output_degrees",
        "batch_output",
        "batch_output_degrees",
        "seasonal",
        "towt",
        "seasonal_output",
        "towt_by_hour",
        "towt_memory",
        "output_by_hour",
        "towt_output",
        "towt_output_by_hour",
    ]
    assert all(model.key == key for key, model in MODELS.items())


def test_a_shift_that_works_into_a_holiday_is_expected_to():
    shifts = (
        Shift("day", frozenset(range(5)), time(6), time(22)),
        Shift("night", frozenset(range(5)), time(22), time(6)),
    )
    n = 20 * 168
    days = [MONDAY.date() + timedelta(days=i) for i in range(n // 24)]
    holidays = frozenset(days[i] for i in (16, 30, 45, 59, 73, 87, 101, 115))
    plant = a_plant(shifts=shifts, extra_holidays=holidays)
    works = shift_at_work(starts(n), plant).to_numpy()
    use = np.where(works == 1, 60.0, np.where(works == 2, 45.0, 10.0)) + noise(n, 1.0)
    frame = a_frame(use)
    baseline = fitted(frame.head(18 * 168), plant)
    assert "shifts" in baseline.coefficients["terms"]
    before, evening = 101 * 24 + 3, 101 * 24 + 23
    expected = expected_of(baseline, frame, plant)
    assert expected[before] == pytest.approx(45.0, abs=4.0)
    assert expected[evening] == pytest.approx(10.0, abs=4.0)


def test_a_baseline_from_before_shifts_were_known_is_read():
    baseline = fitted(a_frame(week(8 * 168) + noise(8 * 168, 0.5)), a_plant())
    values = {**baseline.coefficients, "shape": {**baseline.coefficients["shape"]}}
    del values["shape"]["shifts"]
    assert from_json(values).shape.shifts == 0
