"""What a baseline remembers of the last days: found, bounded, and the same wherever time is cut."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from analytics.baseline import expect
from analytics.baseline.inertia import DAYS_BEFORE, HOUR_BEFORE, memory_begins, remembered
from analytics.frames import stream_of
from analytics.pipeline import stream_excess
from store.memory import MemorySeries
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

YEAR = 365 * 24
HOURS = DAYS_BEFORE.hours
HOUR_US = 3_600_000_000


def hours(n: int) -> np.ndarray:
    return np.arange(n) * HOUR_US


@pytest.fixture(scope="module")
def slow():
    """A building whose heating answers to the last three days more than to the present hour."""
    n = YEAR + 30 * 24
    outside = temperatures(n)
    past = remembered(hours(n), outside, HOURS)
    use = week(n) + 1.0 * np.maximum(0, 16 - past) + 0.5 * np.maximum(0, 16 - outside) + noise(n, 0.5)
    frame = a_frame(use, {OUTSIDE: outside})
    plant = a_plant(OUTSIDE)
    return fitted(frame.head(YEAR), plant), frame, plant


def test_a_mean_of_the_hours_before_leaves_the_own_hour_out():
    values = np.concatenate((np.zeros(HOURS), [50.0], np.full(3, 7.0)))
    past = remembered(hours(values.size), values, HOURS)
    assert past[HOURS] == 0.0
    assert past[HOURS + 1] == pytest.approx(50.0 / HOURS)


def test_quarter_hours_are_remembered_by_the_hour():
    by_hour = np.repeat(np.arange(100.0), 4)
    past = remembered(np.arange(400) * HOUR_US // 4, by_hour, HOURS)
    assert past[4 * 90 : 4 * 91] == pytest.approx([np.arange(18, 90).mean()] * 4)


def test_the_hour_before_is_the_mean_of_its_known_intervals():
    made = np.array([4.0, np.nan, 2.0, 0.0, 9.0, 9.0, 9.0, 9.0, np.nan])
    past = remembered(np.arange(9) * HOUR_US // 4, made, HOUR_BEFORE.hours)
    assert past[4:8] == pytest.approx([2.0] * 4)
    assert past[[0, 2, 3]] == pytest.approx(made[[0, 2, 3]])  # nobody remembers: the present
    assert np.isnan(past[[1, 8]]).all()


def test_what_is_unknown_is_not_zero_and_what_nobody_remembers_is_the_present():
    values = np.array([np.nan, 5.0, 6.0, np.nan])
    past = remembered(hours(4), values, HOURS)
    assert np.isnan(past[[0, 3]]).all()
    assert past[1] == 5.0
    assert past[2] == 5.0


def test_a_building_that_cools_slowly_is_known_by_its_memory(slow):
    baseline, frame, plant = slow
    assert baseline.model == "towt_memory"
    assert baseline.variables == (OUTSIDE,)
    later = frame.tail(30 * 24)
    expected = expect(baseline, later, plant, frame.head(YEAR))["expected"].to_numpy()
    missed = later["actual"].to_numpy() - expected
    assert np.sqrt((missed**2).mean()) < 1.2


def test_cut_anywhere_the_same_bits_are_expected_as_long_as_the_memory_is_given(slow):
    baseline, frame, plant = slow
    later = frame.slice(YEAR, 200)
    whole = expect(baseline, later, plant, frame.head(YEAR))["expected"]
    pieces = []
    for first, size in ((0, 1), (1, 70), (71, 129)):
        piece = later.slice(first, size)
        begins = memory_begins(piece["start"][0], baseline.coefficients["terms"])
        assert piece["start"][0] - begins == timedelta(hours=HOURS)
        before = frame.filter(pl.col("start") >= begins, pl.col("start") < piece["start"][0])
        pieces.append(expect(baseline, piece, plant, before)["expected"])
    assert pl.concat(pieces).equals(whole)


@pytest.fixture(scope="module")
def batches():
    """A line that heats up when a batch begins: the hour after takes less for each kg."""
    n = 60 * 24
    rng = np.random.default_rng(4)
    made = np.repeat(rng.random(n // 4) < 0.6, 4) * rng.uniform(60.0, 140.0, n)
    past = np.concatenate(([made[0]], made[:-1]))
    frame = a_frame(30.0 + 2.0 * made - 0.5 * past + noise(n, 3.0), {OUTPUT: made})
    return fitted(frame.head(50 * 24), a_plant(OUTPUT)), frame, a_plant(OUTPUT)


def test_a_line_that_heats_up_first_is_known_by_the_hour_before(batches):
    baseline, frame, plant = batches
    assert baseline.model == "batch_output"
    assert baseline.variables == (OUTPUT,)
    terms = baseline.coefficients["terms"]
    assert terms["output"] == pytest.approx([2.0], abs=0.05)
    assert terms["output_before"] == pytest.approx([-0.5], abs=0.05)
    later, before = frame.tail(10 * 24), frame.head(50 * 24)
    missed = later["actual"].to_numpy() - expect(baseline, later, plant, before)["expected"].to_numpy()
    assert np.sqrt((missed**2).mean()) < 4.0


def test_a_line_of_batches_is_expected_alike_wherever_time_is_cut(batches):
    baseline, frame, plant = batches
    later = frame.tail(240)
    first = later["start"][0]
    assert memory_begins(first, baseline.coefficients["terms"]) == first - timedelta(hours=1)
    whole = expect(baseline, later, plant, frame.head(frame.height - 240))["expected"]
    pieces = [expect(baseline, later[i : i + 1], plant, frame[-241 + i : -240 + i]) for i in range(240)]
    assert pl.concat([piece["expected"] for piece in pieces]).equals(whole)


def test_a_baseline_without_memory_asks_for_no_history():
    assert memory_begins(MONDAY, {"level": [], "temperature": []}) is None


def test_live_steps_read_the_days_before_them_and_give_the_bits_of_one_replay(slow):
    baseline, frame, plant = slow
    store = MemorySeries()
    late = pl.col("start") + pl.duration(minutes=59)
    store.load(frame.select(meter=pl.lit("line.electricity"), time=late, value="actual"))
    for minute in (0, 30):
        at = pl.col("start") + pl.duration(minutes=minute)
        store.load(frame.select(meter=pl.lit(OUTSIDE), time=at, value=OUTSIDE))
    stream = stream_of(plant, "line", "electricity")
    begin = MONDAY + timedelta(hours=YEAR)

    def excess(first: int, last: int) -> pl.DataFrame:
        window = (begin + timedelta(hours=first), begin + timedelta(hours=last))
        return stream_excess(plant, store, stream, baseline, *window)

    whole = excess(0, 120)
    assert whole["expected"].null_count() == 0
    live = [excess(0, 1), excess(1, 2), excess(2, 50), excess(50, 51), excess(51, 120)]
    assert pl.concat(live).equals(whole)
    without = expect(baseline, frame.slice(YEAR, 1), plant)["expected"][0]
    assert whole["expected"][0] != without
