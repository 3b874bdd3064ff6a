"""What a baseline remembers of the last days: found, bounded, and the same wherever time is cut."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from analytics.baseline import expect
from analytics.baseline.inertia import HOURS, memory_begins, remembered
from analytics.frames import stream_of
from analytics.pipeline import stream_excess
from store.memory import MemorySeries
from tests.analytics.baseline_builders import (
    MONDAY,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    noise,
    temperatures,
    week,
)

YEAR = 365 * 24
HOUR_US = 3_600_000_000


def hours(n: int) -> np.ndarray:
    return np.arange(n) * HOUR_US


@pytest.fixture(scope="module")
def slow():
    """A building whose heating answers to the last three days more than to the present hour."""
    n = YEAR + 30 * 24
    outside = temperatures(n)
    past = remembered(hours(n), outside)
    use = week(n) + 1.0 * np.maximum(0, 16 - past) + 0.5 * np.maximum(0, 16 - outside) + noise(n, 0.5)
    frame = a_frame(use, {OUTSIDE: outside})
    plant = a_plant(OUTSIDE)
    return fitted(frame.head(YEAR), plant), frame, plant


def test_a_mean_of_the_hours_before_leaves_the_own_hour_out():
    values = np.concatenate((np.zeros(HOURS), [50.0], np.full(3, 7.0)))
    past = remembered(hours(values.size), values)
    assert past[HOURS] == 0.0
    assert past[HOURS + 1] == pytest.approx(50.0 / HOURS)


def test_quarter_hours_are_remembered_by_the_hour():
    by_hour = np.repeat(np.arange(100.0), 4)
    past = remembered(np.arange(400) * HOUR_US // 4, by_hour)
    assert past[4 * 90 : 4 * 91] == pytest.approx([np.arange(18, 90).mean()] * 4)


def test_what_is_unknown_is_not_zero_and_what_nobody_remembers_is_the_present():
    values = np.array([np.nan, 5.0, 6.0, np.nan])
    past = remembered(hours(4), values)
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
