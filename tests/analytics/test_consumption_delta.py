"""Deltas: an amount per message, of a period (with a cadence) or of an event (without)."""

from __future__ import annotations

import pytest

from tests.analytics.consumption_builders import a_meter, amounts, consumed, every, qualities, readings

_DAY_S = 86_400


def test_messages_are_added_up_in_the_interval_of_their_period() -> None:
    frame = consumed(readings(*every(60, [2.0] * 60)), a_meter("delta", every_s=60.0))
    assert amounts(frame) == [30.0] * 4
    assert qualities(frame) == ["measured"] * 4
    assert frame["coverage"].to_list() == [1.0] * 4


def test_a_stamp_at_the_end_belongs_to_the_period_before_it() -> None:
    meter = a_meter("delta", every_s=900.0, stamp="end")
    frame = consumed(readings(*every(900, [1.0, 2.0, 3.0, 4.0], 900)), meter)
    assert amounts(frame) == [1.0, 2.0, 3.0, 4.0]
    assert qualities(frame) == ["measured"] * 4


def test_a_stamp_a_moment_late_does_not_move_its_amount_to_another_interval() -> None:
    jitter = [0.0, 0.2, -0.1, 0.3, 0.0]
    points = [(900 * i + late, 10.0) for i, late in enumerate(jitter)]
    frame = consumed(readings(*points), a_meter("delta", every_s=900.0), intervals=3)
    assert frame["amount"].to_list() == [pytest.approx(10.0, abs=0.01)] * 3
    assert qualities(frame) == ["measured"] * 3


def test_a_slow_message_is_spread_over_the_intervals_of_its_period() -> None:
    frame = consumed(readings((0, 8.0)), a_meter("delta", every_s=3600.0))
    assert amounts(frame) == [2.0] * 4
    assert qualities(frame) == ["measured"] * 4


def test_a_cadence_declared_a_little_wrong_leaves_no_holes() -> None:
    frame = consumed(readings(*every(75, [1.0] * 60)), a_meter("delta", every_s=60.0))
    assert amounts(frame) == [12.0] * 4
    assert qualities(frame) == ["measured"] * 4


def test_one_lost_message_of_fifteen_is_estimated_and_not_scaled_up() -> None:
    points = [point for point in every(60, [1.0] * 16) if point[0] != 300]
    frame = consumed(readings(*points), a_meter("delta", every_s=60.0), intervals=1)
    assert amounts(frame) == [14.0]
    assert qualities(frame) == ["estimated"]
    assert frame["coverage"].to_list() == [pytest.approx(14 / 15)]


def test_two_lost_messages_of_fifteen_are_missing() -> None:
    points = [point for point in every(60, [1.0] * 16) if point[0] not in (300, 600)]
    frame = consumed(readings(*points), a_meter("delta", every_s=60.0), intervals=1)
    assert amounts(frame) == [None]
    assert qualities(frame) == ["missing"]


def test_no_message_of_a_cadence_is_missing_never_zero() -> None:
    frame = consumed(readings(*every(60, [1.0] * 15)), a_meter("delta", every_s=60.0))
    assert amounts(frame) == [15.0, None, None, None]
    assert qualities(frame) == ["measured", "missing", "missing", "missing"]
    assert frame["coverage"].to_list() == [1.0, 0.0, 0.0, 0.0]


def test_an_event_belongs_to_the_interval_of_its_stamp_and_silence_after_it_is_zero() -> None:
    frame = consumed(readings((1000, 5), (1100, 6), (2700, 7)), a_meter("delta"))
    assert amounts(frame) == [None, 11.0, 0.0, 7.0]
    assert qualities(frame) == ["missing", "measured", "measured", "measured"]
    assert frame["coverage"].to_list() == [0.0, 1.0, 1.0, 1.0]


def test_an_event_stamped_at_its_end_on_a_border_belongs_to_the_interval_that_ends_there() -> None:
    frame = consumed(readings((900, 5), (1801, 6)), a_meter("delta", stamp="end"), intervals=3)
    assert amounts(frame) == [5.0, 0.0, 6.0]


def test_the_latest_event_before_the_window_says_that_the_meter_is_alive() -> None:
    frame = consumed(readings((-6 * _DAY_S, 5)), a_meter("delta"), intervals=1)
    assert (amounts(frame), qualities(frame)) == ([0.0], ["measured"])


def test_after_a_week_without_an_event_nothing_is_known() -> None:
    frame = consumed(readings((-7 * _DAY_S + 900, 5)), a_meter("delta"), intervals=2)
    assert (amounts(frame), qualities(frame)) == ([0.0, None], ["measured", "missing"])


def test_the_first_event_after_a_long_silence_is_not_lost() -> None:
    frame = consumed(readings((-30 * _DAY_S, 5), (1000, 3)), a_meter("delta"), intervals=2)
    assert (amounts(frame), qualities(frame)) == ([None, 3.0], ["missing", "measured"])


def test_where_a_zero_means_missing_silence_does_too() -> None:
    points = [(0, 5), (900, 0.0), (2700, 6)]
    frame = consumed(readings(*points), a_meter("delta", zero_is_missing=True))
    assert amounts(frame) == [5.0, None, None, 6.0]
    timed = consumed(readings(*points), a_meter("delta", every_s=900.0, zero_is_missing=True))
    assert amounts(timed) == [5.0, None, None, 6.0]


def test_a_negative_amount_of_a_meter_is_nothing_used() -> None:
    frame = consumed(readings((0, -5), (100, 3)), a_meter("delta"), intervals=1)
    assert amounts(frame) == [3.0]
