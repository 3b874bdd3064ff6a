"""What is expected does not depend on how it is asked for, and says how sure it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.baseline import expect, extrapolation
from domain.baseline import Baseline
from domain.plant import Plant
from tests.analytics.baseline_builders import (
    MONDAY,
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    noise,
    temperatures,
    week,
)

N = 40 * 168
AHEAD = 14 * 24


def a_driven_frame(n: int, seed: int = 0, start: datetime = MONDAY) -> pl.DataFrame:
    """Return a frame of a process that hours, output and temperature drive."""
    outside = temperatures(n, seed + 1)
    output = np.where(week(n) > 30, np.maximum(0, 100 + noise(n, 25, seed + 3)), 0.0)
    use = week(n) + 0.2 * output + 1.0 * np.maximum(0, 16 - outside) + noise(n, 2.0, seed)
    return a_frame(use, {OUTPUT: output, OUTSIDE: outside}, start=start)


@pytest.fixture(scope="module")
def plant() -> Plant:
    return a_plant(OUTPUT, OUTSIDE, zone="Europe/London", country="GB", subdivision="ENG")


@pytest.fixture(scope="module")
def baseline(plant: Plant) -> Baseline:
    return fitted(a_driven_frame(N), plant)


@pytest.fixture(scope="module")
def ahead() -> pl.DataFrame:
    """Return two weeks after the period, with the end of summer time in them."""
    return a_driven_frame(AHEAD, 7, datetime(2027, 10, 25, tzinfo=UTC))


def test_the_frame_has_the_agreed_columns(baseline, plant, ahead):
    expected = expect(baseline, ahead, plant)
    assert expected.schema == {
        "start": pl.Datetime("us", "UTC"),
        "expected": pl.Float64(),
        "sigma": pl.Float64(),
    }
    assert expected["start"].equals(ahead["start"])
    assert expected["expected"].null_count() == 0
    assert expected["sigma"].min() > 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, AHEAD))
def test_rows_in_any_order_and_any_number_get_the_same_bits(baseline, plant, ahead, seed, n):
    whole = expect(baseline, ahead, plant)
    some = ahead.sample(n, shuffle=True, seed=seed)
    asked = expect(baseline, some, plant)
    assert asked["start"].equals(some["start"])
    assert asked.sort("start").equals(whole.filter(pl.col("start").is_in(some["start"].implode())))


def test_one_interval_at_a_time_gets_the_same_bits(baseline, plant, ahead):
    one_by_one = pl.concat([expect(baseline, ahead[i : i + 1], plant) for i in range(160, 190)])
    assert one_by_one.equals(expect(baseline, ahead, plant)[160:190])


def test_no_rows_give_no_rows(baseline, plant, ahead):
    assert expect(baseline, ahead.clear(), plant).height == 0


@pytest.mark.parametrize("name", [OUTPUT, OUTSIDE])
def test_an_unknown_variable_makes_the_expectation_unknown(baseline, plant, ahead, name):
    gone = ahead.with_columns(pl.when(pl.int_range(pl.len()) < 5).then(None).otherwise(name).alias(name))
    expected = expect(baseline, gone, plant)
    assert expected["expected"].is_null().to_list() == [True] * 5 + [False] * (AHEAD - 5)
    assert expected["sigma"].null_count() == 0
    assert expect(baseline, ahead.drop(name), plant)["expected"].null_count() == AHEAD


def test_a_variable_that_the_model_does_not_use_may_be_unknown():
    n = 8 * 168
    plant = a_plant(OUTSIDE)
    frame = a_frame(week(n) + noise(n, 1.0), {OUTSIDE: temperatures(n)})
    baseline = fitted(frame, plant)
    assert baseline.variables == ()
    assert expect(baseline, frame.drop(OUTSIDE), plant)["expected"].null_count() == 0


def test_excess_over_sigma_has_unit_variance_on_clean_data_that_was_not_seen(baseline, plant):
    later = a_driven_frame(12 * 168, 21, MONDAY + timedelta(weeks=53))
    expected = expect(baseline, later, plant)
    z = ((later["actual"] - expected["expected"]) / expected["sigma"]).to_numpy()
    assert 0.8 < z.std() < 1.25


def test_sigma_knows_that_some_hours_are_noisier_than_others():
    n = 26 * 168
    loud = week(n) > 30
    plant = a_plant()
    baseline = fitted(a_frame(week(n) + np.where(loud, noise(n, 8.0), noise(n, 1.0))), plant)
    sigma = expect(baseline, a_frame(week(168), start=MONDAY + timedelta(weeks=27)), plant)["sigma"]
    assert sigma[12] == pytest.approx(8.0, rel=0.2)
    assert sigma[2] < 2.5


def test_extrapolation_counts_what_lies_outside_the_range_by_more_than_a_tenth(baseline, ahead):
    seen = baseline.coefficients["ranges"][OUTSIDE]
    width = seen["max"] - seen["min"]
    values = [seen["max"] + 0.09 * width] * 5 + [seen["max"] + 0.11 * width] * 3 + [seen["min"] - width] * 2
    frame = ahead.head(10).with_columns(pl.Series(OUTSIDE, values))
    assert extrapolation(baseline, frame) == {OUTPUT: 0.0, OUTSIDE: 0.5}
    unknown = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(OUTSIDE))
    assert extrapolation(baseline, unknown)[OUTSIDE] == 0.0


def test_a_baseline_of_another_interval_is_refused(baseline, plant, ahead):
    with pytest.raises(ValueError, match="900 s"):
        expect(baseline, ahead, replace(plant, interval_s=900))
