"""Gauges: a rate holds until the next reading, within the hold."""

from __future__ import annotations

import pytest

from tests.analytics.consumption_builders import (
    a_meter,
    a_variable,
    amounts,
    consumed,
    every,
    qualities,
    readings,
)


def test_a_rate_times_hours_is_an_amount() -> None:
    frame = consumed(readings(*every(60, [12.0] * 61)), a_meter("gauge", every_s=60.0))
    assert amounts(frame) == [3.0] * 4
    assert frame["mean"].to_list() == [pytest.approx(12.0)] * 4
    assert qualities(frame) == ["measured"] * 4


def test_the_mean_is_weighted_by_time() -> None:
    frame = consumed(readings((0, 10), (300, 40), (900, 0)), a_meter("gauge"), intervals=1)
    assert frame["mean"].to_list() == [pytest.approx(30.0)]
    assert amounts(frame) == [7.5]


def test_the_reading_before_the_window_holds_into_it() -> None:
    frame = consumed(readings((-600, 6), (450, 2), (900, 0)), a_meter("gauge"), intervals=1)
    assert amounts(frame) == [1.0]


def test_hourly_means_stamped_by_their_start_come_back_exactly() -> None:
    values = [3.1, 2.9, 7.7, 0.0]
    frame = consumed(readings(*every(3600, values)), a_variable(name="m", every_s=3600.0), interval_s=3600)
    assert frame["mean"].to_list() == values
    assert qualities(frame) == ["measured"] * 4


def test_a_rate_is_held_for_three_periods_and_no_longer() -> None:
    points = [*every(60, [6.0] * 6), *every(60, [6.0] * 10, 1200)]
    frame = consumed(readings(*points), a_meter("gauge", every_s=60.0), intervals=2)
    assert frame["coverage"].to_list() == [pytest.approx(480 / 900), pytest.approx(600 / 900)]
    assert amounts(frame) == [None, None]
    assert frame["mean"].to_list() == [None, None]
    assert qualities(frame) == ["missing", "missing"]


def test_a_small_hole_is_estimated_from_what_was_measured() -> None:
    points = [*every(60, [6.0] * 6), *every(60, [6.0] * 7, 540)]  # 240 s apart, 180 s held
    frame = consumed(readings(*points), a_meter("gauge", every_s=60.0), intervals=1)
    assert frame["coverage"].to_list() == [pytest.approx(840 / 900)]
    assert amounts(frame) == [pytest.approx(6.0 * 840 / 3600)]
    assert frame["mean"].to_list() == [pytest.approx(6.0)]
    assert qualities(frame) == ["estimated"]


def test_without_a_cadence_a_rate_is_held_for_two_intervals_the_last_part_estimated() -> None:
    frame = consumed(readings((0, 4)), a_meter("gauge"))
    assert amounts(frame) == [1.0, 1.0, None, None]
    assert qualities(frame) == ["measured", "estimated", "missing", "missing"]


def test_an_exact_zero_that_means_missing_is_dropped_before() -> None:
    points = every(60, [6.0] * 5 + [0.0] * 20)
    frame = consumed(readings(*points), a_meter("gauge", every_s=60.0, zero_is_missing=True), intervals=1)
    assert amounts(frame) == [None]
    plain = consumed(readings(*points), a_meter("gauge", every_s=60.0), intervals=1)
    assert amounts(plain) == [0.5]


def test_a_meters_negative_rate_is_nothing_used_and_a_variables_is_kept() -> None:
    points = readings((0, -6), (450, 2), (900, 2))
    assert amounts(consumed(points, a_meter("gauge"), intervals=1)) == [0.25]
    variable = consumed(points, a_variable("gauge", "m"), intervals=1)
    assert variable["mean"].to_list() == [pytest.approx(-2.0)]
