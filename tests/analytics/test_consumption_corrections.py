"""Corrections: what each does to the amounts and the quality of counters, gauges and deltas."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from analytics.consumption import consume
from domain.amendment import Amendment, in_force
from domain.meter import Meter, Variable
from tests.analytics.amendment_builders import an_entry, an_undoing
from tests.analytics.consumption_builders import (
    QUARTER_S,
    START,
    a_meter,
    a_variable,
    amounts,
    at,
    every,
    qualities,
    readings,
)

#: one a minute for two hours, with a register that shows nonsense from 30 min to 45 min
RISING = every(60, range(121))
SPOILT = [(t, 9e6 if 1800 <= t < 2700 else v) for t, v in RISING]


def consumed(
    points: Sequence[tuple[float, float]],
    meter: Meter | Variable,
    *entries: Amendment,
    intervals: int = 8,
) -> pl.DataFrame:
    return consume(readings(*points), [meter], QUARTER_S, START, at(intervals * QUARTER_S), entries)


COUNTER = a_meter(every_s=60.0)
GAUGE = a_meter("gauge", every_s=60.0)
DELTA = a_meter("delta", every_s=60.0)


# counters


def test_a_bad_window_of_a_counter_is_bridged_like_any_gap_and_estimated_at_best() -> None:
    frame = consumed(SPOILT, COUNTER, an_entry("bad", 1800, 2700))
    assert amounts(frame) == [15.0] * 8
    assert qualities(frame) == ["measured", "estimated", "estimated", *["measured"] * 5]


def test_a_bad_window_longer_than_the_hold_is_a_catch_up() -> None:
    frame = consumed(SPOILT, COUNTER, an_entry("bad", 1800, 5400))
    assert sum(frame["amount"]) == pytest.approx(120.0)
    assert qualities(frame) == ["measured", *["catch_up"] * 5, "measured", "measured"]


def test_a_bad_window_at_the_end_is_unknown_and_not_zero() -> None:
    frame = consumed(RISING, COUNTER, an_entry("bad", 5400, 99_999))
    assert amounts(frame)[6:] == [None, None]
    assert qualities(frame)[6:] == ["missing", "missing"]


def test_one_bad_reading_of_a_short_cadence_makes_its_interval_estimated() -> None:
    frame = consumed(SPOILT, COUNTER, an_entry("bad", 1800, 2700), an_entry("bad", 4000, 4030, number=2))
    assert qualities(frame)[4] == "estimated"  # a window without a reading in it is doubted, too
    assert amounts(frame)[4] == 15.0


def test_an_interpolated_counter_may_enter_baselines_however_long_the_window() -> None:
    frame = consumed(SPOILT, COUNTER, an_entry("interpolated", 1800, 5400))
    assert amounts(frame) == [15.0] * 8
    assert qualities(frame) == ["measured", *["estimated"] * 5, "measured", "measured"]


def test_interpolating_does_not_excuse_an_outage_beside_the_window() -> None:
    points = [(t, v) for t, v in RISING if not 900 < t < 5400]
    frame = consumed(points, COUNTER, an_entry("interpolated", 1800, 2700))
    assert qualities(frame)[1:6] == ["catch_up"] * 5  # 3600 s of 4500 s were bridged by nobody
    assert (
        qualities(consumed(points, COUNTER, an_entry("interpolated", 1800, 5400)))[1:6] == ["estimated"] * 5
    )


def test_a_set_amount_takes_the_place_of_the_register_in_its_window_only() -> None:
    frame = consumed(SPOILT, COUNTER, an_entry("set", 1800, 3600, value=5.0))
    assert amounts(frame) == [15.0, 15.0, 2.5, 2.5, *[15.0] * 4]
    assert qualities(frame) == ["measured", "estimated", "estimated", "estimated", *["measured"] * 4]


def test_a_set_amount_covers_a_register_that_fell_in_the_window() -> None:
    points = [(t, v if t < 2000 else v - 32) for t, v in RISING]
    frame = consumed(points, COUNTER, an_entry("set", 1800, 3600, value=30.0))
    assert amounts(frame)[2:4] == [15.0, 15.0]
    assert qualities(frame)[2:4] == ["estimated", "estimated"]
    assert qualities(frame)[1] == "reset"  # of the minute between the last good reading and the window


def test_a_set_amount_of_a_window_without_readings_is_what_was_used() -> None:
    points = [(t, v) for t, v in RISING if not 1800 < t < 5400]
    frame = consumed(points, COUNTER, an_entry("set", 1800, 5400, value=40.0))
    assert amounts(frame)[2:6] == [10.0] * 4
    assert qualities(frame)[2:6] == ["estimated"] * 4


def test_a_factor_of_a_counter_scales_what_was_counted_in_the_window() -> None:
    frame = consumed(RISING, COUNTER, an_entry("scaled", 1830, 3600, value=0.1))
    assert amounts(frame) == [15.0, 15.0, pytest.approx(0.5 + 1.45), 1.5, *[15.0] * 4]
    assert qualities(frame) == ["measured", "measured", "estimated", "estimated", *["measured"] * 4]


def test_a_shift_of_a_counter_mends_a_register_that_jumped_and_came_back() -> None:
    points = [(t, v + 1000 if 1800 <= t < 2700 else v) for t, v in RISING]
    frame = consumed(points, COUNTER, an_entry("shifted", 1800, 2700, value=-1000.0))
    assert amounts(frame) == [15.0] * 8
    assert qualities(frame) == ["measured", "estimated", "estimated", *["measured"] * 5]


# gauges


def test_a_bad_window_of_a_gauge_is_held_over_and_then_unknown() -> None:
    frame = consumed(every(60, [6.0] * 121), GAUGE, an_entry("bad", 1800, 3600))
    assert qualities(frame) == ["measured", "estimated", "missing", "missing", *["measured"] * 4]
    assert amounts(frame)[2:4] == [None, None]


def test_a_set_rate_stands_for_the_whole_window() -> None:
    frame = consumed(every(60, [6.0] * 121), GAUGE, an_entry("set", 1830, 3630, value=2.0))
    assert amounts(frame)[2:4] == [pytest.approx(1.5 * 30 / 900 + 0.5 * 870 / 900), 0.5]
    assert amounts(frame)[4] == pytest.approx(0.5 / 15 + 1.4)  # the set rate stands until the next reading
    assert frame["mean"].to_list()[3] == pytest.approx(2.0)
    assert qualities(frame) == [
        "measured",
        "measured",
        "estimated",
        "estimated",
        "estimated",
        *["measured"] * 3,
    ]


def test_a_set_rate_of_zero_is_known_to_be_zero() -> None:
    frame = consumed(
        [(0, 6.0), (7200, 6.0)], a_meter("gauge", every_s=900.0), an_entry("set", 0, 7200, value=0.0)
    )
    assert amounts(frame) == [0.0] * 8
    assert qualities(frame) == ["estimated"] * 8


def test_an_interpolated_gauge_follows_the_line_between_its_neighbours() -> None:
    points = [(t, 4.0 if t < 1800 else 99.0 if t < 5400 else 8.0) for t, _ in RISING]
    frame = consumed(points, GAUGE, an_entry("interpolated", 1800, 5400))
    line = [4.0 + 4.0 * (1800 + 900 * i + 450 - 1740) / 3660 for i in range(4)]
    assert frame["mean"].to_list()[2:6] == pytest.approx(line)
    assert qualities(frame) == ["measured", "estimated", *["estimated"] * 4, "measured", "measured"]


def test_an_interpolation_without_a_reading_after_it_is_unknown() -> None:
    frame = consumed(every(60, [6.0] * 121), GAUGE, an_entry("interpolated", 3600, 99_999))
    assert amounts(frame)[5:] == [None, None, None]


def test_a_factor_and_a_shift_of_a_gauge_change_its_values() -> None:
    points = every(60, [6.0] * 121)
    assert amounts(consumed(points, GAUGE, an_entry("scaled", 1800, 3600, value=0.5)))[1:5] == [
        1.5,
        0.75,
        0.75,
        1.5,
    ]
    shifted = consumed(
        points, a_variable(every_s=60.0, name="m"), an_entry("shifted", 1800, 3600, value=-8.0)
    )
    assert shifted["mean"].to_list()[1:5] == pytest.approx([6.0, -2.0, -2.0, 6.0])
    assert qualities(shifted)[2:4] == ["estimated", "estimated"]


# deltas


def test_a_bad_message_is_unknown_and_not_zero() -> None:
    frame = consumed(every(900, [5.0] * 8), a_meter("delta", every_s=900.0), an_entry("bad", 1800, 2700))
    assert amounts(frame) == [5.0, 5.0, None, *[5.0] * 5]


def test_bad_events_leave_an_unknown_window_not_a_silent_one() -> None:
    frame = consumed([(100, 5.0), (2000, 7.0), (4000, 3.0)], a_meter("delta"), an_entry("bad", 1800, 2700))
    assert amounts(frame) == [5.0, 0.0, None, 0.0, 3.0, 0.0, 0.0, 0.0]
    assert qualities(frame)[2] == "missing"


def test_a_message_stamped_at_its_end_belongs_to_the_window_that_ends_there() -> None:
    meter = a_meter("delta", every_s=900.0, stamp="end")
    frame = consumed(every(900, [5.0] * 8, 900), meter, an_entry("bad", 1800, 2700))
    assert amounts(frame) == [5.0, 5.0, None, *[5.0] * 5]


def test_a_set_amount_of_a_delta_is_the_amount_of_the_window() -> None:
    for meter in (DELTA, a_meter("delta")):
        points = every(60, [1.0] * 120)
        frame = consumed(points, meter, an_entry("set", 1800, 3600, value=12.0))
        assert amounts(frame) == [15.0, 15.0, 6.0, 6.0, *[15.0] * 4]
        assert qualities(frame)[2:4] == ["estimated", "estimated"]


def test_an_interpolated_delta_follows_the_line_of_its_amounts_per_period() -> None:
    points = [(t, 1.0 if t < 1800 else 50.0 if t < 3600 else 2.0) for t, _ in RISING[:-1]]
    frame = consumed(points, DELTA, an_entry("interpolated", 1800, 3600))
    assert sum(amounts(frame)[2:4]) == pytest.approx(30 * 1.5, rel=0.02)
    assert qualities(frame)[2:4] == ["estimated", "estimated"]


# overlaps


def test_of_overlapping_corrections_the_one_entered_last_rules() -> None:
    first, second = an_entry("set", 900, 4500, value=40.0), an_entry("set", 1800, 2700, number=2, value=1.0)
    frame = consumed(RISING, COUNTER, first, second)
    assert amounts(frame)[1:5] == [10.0, 1.0, 10.0, 10.0]
    swapped = consumed(
        RISING,
        COUNTER,
        an_entry("set", 1800, 2700, value=1.0),
        an_entry("set", 900, 4500, number=2, value=40.0),
    )
    assert amounts(swapped)[1:5] == [10.0] * 4


def test_the_order_in_which_entries_are_handed_over_does_not_matter() -> None:
    entries = [an_entry("set", 900, 4500, value=40.0), an_entry("bad", 1800, 2700, number=2)]
    assert consumed(RISING, COUNTER, *entries).equals(consumed(RISING, COUNTER, *reversed(entries)))


def test_what_was_undone_changes_no_bit() -> None:
    entries = [an_entry("bad", 1800, 2700), an_undoing(2, undoes=1)]
    assert consumed(SPOILT, COUNTER, *in_force(entries)).equals(consumed(SPOILT, COUNTER))


def test_a_correction_of_another_meter_changes_no_bit() -> None:
    assert consumed(SPOILT, COUNTER, an_entry("bad", 1800, 2700, meter="n")).equals(consumed(SPOILT, COUNTER))
