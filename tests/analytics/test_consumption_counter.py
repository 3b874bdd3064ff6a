"""Counters: what a register that rises, restarts, wraps, pauses and stutters says about each interval."""

from __future__ import annotations

import polars as pl
import pytest

from tests.analytics.consumption_builders import a_meter, amounts, consumed, every, qualities, readings


def test_an_increment_belongs_to_the_interval_between_its_readings() -> None:
    frame = consumed(readings(*every(60, range(100, 161))), a_meter(every_s=60.0))
    assert amounts(frame) == [15.0, 15.0, 15.0, 15.0]
    assert qualities(frame) == ["measured"] * 4
    assert frame["coverage"].to_list() == [1.0] * 4
    assert frame["mean"].to_list() == [None] * 4


def test_an_increment_across_a_border_is_shared_pro_rata() -> None:
    frame = consumed(readings((0, 0), (600, 6), (1000, 10), (1800, 10)), a_meter(), intervals=2)
    assert amounts(frame) == [9.0, 1.0]  # of the 4 between 600 s and 1000 s, 3 lie before 900 s
    assert qualities(frame) == ["measured", "measured"]


def test_a_register_that_stands_still_is_a_measured_zero() -> None:
    frame = consumed(readings((0, 7), (900, 7), (1800, 7)), a_meter(), intervals=2)
    assert amounts(frame) == [0.0, 0.0]
    assert qualities(frame) == ["measured", "measured"]


def test_readings_outside_the_window_decide_about_its_borders() -> None:
    frame = consumed(readings((-300, 0), (600, 9), (1200, 15)), a_meter(), intervals=1)
    assert amounts(frame) == [9.0]  # 6 of the 9 from -300 s on, 3 of the 6 until 1200 s
    assert qualities(frame) == ["measured"]


def test_before_the_first_and_after_the_last_reading_nothing_is_known() -> None:
    frame = consumed(readings((900, 5), (1800, 6)), a_meter())
    assert amounts(frame) == [None, 1.0, None, None]
    assert qualities(frame) == ["missing", "measured", "missing", "missing"]
    assert frame["coverage"].to_list() == [0.0, 1.0, 0.0, 0.0]


def test_a_nearly_covered_interval_is_estimated_and_not_scaled_up() -> None:
    frame = consumed(readings((0, 0), (810, 9)), a_meter(), intervals=1)
    assert amounts(frame) == [9.0]
    assert qualities(frame) == ["estimated"]
    assert frame["coverage"].to_list() == [0.9]


def test_an_interval_covered_less_than_that_is_missing() -> None:
    frame = consumed(readings((0, 0), (809, 9)), a_meter(), intervals=1)
    assert amounts(frame) == [None]
    assert qualities(frame) == ["missing"]
    assert frame["coverage"].to_list() == [pytest.approx(809 / 900)]


def test_a_gap_within_the_hold_is_estimated() -> None:
    frame = consumed(
        readings(*every(60, range(11)), (600 + 1500, 35), *every(60, range(36, 61), 2160)), a_meter()
    )
    assert qualities(frame) == ["estimated", "estimated", "estimated", "measured"]
    assert sum(frame["amount"]) == pytest.approx(60.0)


def test_a_gap_beyond_the_hold_is_a_lump_in_every_interval_it_touches() -> None:
    before, after = every(60, range(6)), every(60, range(45, 61), 2700)
    frame = consumed(readings(*before, *after), a_meter(every_s=60.0))
    assert qualities(frame) == ["catch_up", "catch_up", "catch_up", "measured"]
    assert amounts(frame) == [15.0, 15.0, 15.0, 15.0]
    assert frame["coverage"].to_list() == [1.0] * 4


def test_a_gap_of_just_the_hold_is_not_beyond_it() -> None:
    frame = consumed(readings((0, 0), (1800, 4)), a_meter(), intervals=2)
    assert qualities(frame) == ["estimated", "estimated"]


def test_a_gap_that_begins_on_a_border_does_not_touch_the_interval_before() -> None:
    frame = consumed(readings((0, 0), (900, 1), (3600, 4)), a_meter())
    assert qualities(frame) == ["measured", "catch_up", "catch_up", "catch_up"]


def test_a_slow_cadence_that_was_declared_is_measured() -> None:
    frame = consumed(readings((0, 0), (3600, 8)), a_meter(every_s=3600.0))
    assert amounts(frame) == [2.0] * 4
    assert qualities(frame) == ["measured"] * 4


def test_one_missing_reading_of_a_slow_cadence_is_estimated() -> None:
    frame = consumed(readings((0, 0), (7200, 8)), a_meter(every_s=3600.0), intervals=8)
    assert qualities(frame) == ["estimated"] * 8


def test_a_restart_counts_what_the_register_shows_as_a_lower_bound() -> None:
    points = [(0, 1000), (300, 1003), (600, 0.5), (900, 2), (1800, 5)]
    frame = consumed(readings(*points), a_meter(), intervals=2)
    assert amounts(frame) == [5.0, 3.0]  # 3 before, 0.5 since the restart, 1.5 after
    assert qualities(frame) == ["reset", "measured"]


def test_a_restart_across_a_border_marks_both_intervals() -> None:
    frame = consumed(readings((0, 50), (800, 58), (1000, 2), (1800, 10)), a_meter(), intervals=2)
    assert amounts(frame) == [9.0, 9.0]
    assert qualities(frame) == ["reset", "reset"]


def test_a_restart_in_a_long_gap_is_a_reset_everywhere_in_it() -> None:
    frame = consumed(readings((0, 50), (3600, 4)), a_meter())
    assert amounts(frame) == [1.0] * 4
    assert qualities(frame) == ["reset"] * 4


def test_a_register_that_wraps_around_goes_on_counting() -> None:
    meter = a_meter(rollover=1000.0)
    frame = consumed(readings((0, 990), (450, 996), (900, 4), (1800, 9)), meter, intervals=2)
    assert amounts(frame) == [14.0, 5.0]
    assert qualities(frame) == ["measured", "measured"]


def test_a_wrap_of_more_than_a_tenth_of_the_register_is_a_restart() -> None:
    frame = consumed(readings((0, 700), (900, 4)), a_meter(rollover=1000.0), intervals=1)
    assert amounts(frame) == [4.0]
    assert qualities(frame) == ["reset"]


def test_without_a_declared_size_a_register_never_wraps() -> None:
    frame = consumed(readings((0, 999), (900, 4)), a_meter(), intervals=1)
    assert (amounts(frame), qualities(frame)) == ([4.0], ["reset"])


def test_a_reading_above_the_declared_size_cannot_wrap() -> None:
    frame = consumed(readings((0, 1200), (900, 40)), a_meter(rollover=1000.0), intervals=1)
    assert (amounts(frame), qualities(frame)) == ([40.0], ["reset"])


def test_noise_of_the_last_digit_is_nothing_used_and_nothing_counted_twice() -> None:
    points = [(0, 500_000.0), (300, 499_999.9), (600, 500_000.1), (900, 500_000.4)]
    frame = consumed(readings(*points), a_meter(), intervals=1)
    assert amounts(frame) == [pytest.approx(0.4, abs=1e-9)]
    assert qualities(frame) == ["measured"]


def test_a_register_corrected_downwards_has_not_restarted() -> None:
    frame = consumed(readings((0, 1000), (300, 1002), (600, 980), (900, 983)), a_meter(), intervals=1)
    assert amounts(frame) == [5.0]
    assert qualities(frame) == ["reset"]


@pytest.mark.parametrize(("shows", "counted"), [(899, 899), (900, 0), (901, 0)])
def test_a_register_has_restarted_below_nine_tenths_of_what_it_showed(shows: float, counted: float) -> None:
    frame = consumed(readings((0, 1000), (900, shows)), a_meter(), intervals=1)
    assert amounts(frame) == [counted]
    assert qualities(frame) == ["reset"]


def test_a_device_that_says_zero_while_it_boots_does_not_invent_its_register() -> None:
    points = [(0, 90_000), (300, 90_001), (600, 0), (900, 90_003), (1800, 90_005)]
    frame = consumed(readings(*points), a_meter(), intervals=2)
    assert amounts(frame) == [3.0, 2.0]
    assert qualities(frame) == ["reset", "measured"]


def test_a_device_that_boots_after_an_outage_and_says_zero_does_not_invent_its_register() -> None:
    points = [(0, 90_000), (2700, 0), (2760, 90_009), (3600, 90_010)]
    frame = consumed(readings(*points), a_meter(every_s=60.0))
    assert sum(frame["amount"]) == pytest.approx(10.0)
    assert qualities(frame) == ["reset"] * 4


def test_a_return_later_than_the_hold_cannot_be_told_from_use() -> None:
    frame = consumed(readings((0, 100), (60, 0), (2700, 101)), a_meter(every_s=60.0), intervals=3)
    assert sum(frame["amount"]) == pytest.approx(101.0)
    assert qualities(frame) == ["reset", "catch_up", "catch_up"]


def test_a_spike_does_not_count_the_register_a_second_time() -> None:
    points = [(0, 90_000), (300, 95_000_000), (600, 90_002), (900, 90_003)]
    frame = consumed(readings(*points), a_meter(), intervals=1)
    assert amounts(frame) == [95_000_000 - 90_000 + 0 + 1]  # the spike itself cannot be told when it comes
    assert qualities(frame) == ["reset"]


def test_a_batch_register_counts_every_batch() -> None:
    points = every(100, [0, 40, 80, 0, 30, 90, 0, 50, 70, 70])
    frame = consumed(readings(*points), a_meter(), intervals=1)
    assert amounts(frame) == [80.0 + 90.0 + 70.0]
    assert qualities(frame) == ["reset"]


def test_a_meters_first_restart_is_not_compared_with_another_meters_last() -> None:
    frame = pl.concat([readings((0, 9), (850, 10), meter="a"), readings((0, 100), (900, 10), meter="b")])
    result = consumed(frame, a_meter(name="a"), a_meter(name="b"), intervals=1)
    assert amounts(result)[1] == 10.0


def test_the_first_reading_of_a_meter_is_not_compared_with_another_meters_last() -> None:
    low = readings((0, 1), (900, 2), meter="b")
    high = readings((0, 500), (900, 501), meter="a")
    frame = consumed(low.vstack(high), a_meter(name="a"), a_meter(name="b"), intervals=1)
    assert amounts(frame) == [1.0, 1.0]
    assert qualities(frame) == ["measured", "measured"]


def test_a_device_whose_clock_is_set_back_counts_nothing_twice() -> None:
    before, after = every(60, range(1000, 1011)), every(60, range(1011, 1071), 330)  # set back by 5.5 min
    frame = consumed(readings(*before, *after), a_meter(every_s=60.0))
    assert sum(frame["amount"]) == pytest.approx(1065.5 - 1000)
    assert qualities(frame) == ["reset", "measured", "measured", "measured"]  # doubted where both meet
