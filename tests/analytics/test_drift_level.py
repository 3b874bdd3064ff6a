"""A stream's own level: what was there before is not the hotspot's."""

from __future__ import annotations

import pytest

from analytics.drift import daily
from analytics.drift.limits import DAY_US, LEVEL_DAYS, LEVEL_MIN_DAYS, LONG_LEVEL_DAYS
from analytics.drift.memory import Day, Memory, Sums


def remembered(rates: list[float], *, clean: bool = True) -> tuple[Memory, int]:
    """Return a memory of days with such an excess per hour, and when the last of them ended [us]."""
    memory = Memory(day_cv=None)
    memory.days = [
        Day(number * DAY_US, clean=clean, sums=Sums(hours=24.0, excess=24.0 * rate, expected=240.0), z={})
        for number, rate in enumerate(rates)
    ]
    return memory, len(rates) * DAY_US


@pytest.mark.parametrize(("before", "recent", "over", "under"), [(1.0, 3.0, 3.0, 2.0), (3.0, 1.0, 2.0, 1.0)])
def test_an_excess_stands_out_from_the_last_month_and_from_the_last_two(
    before: float, recent: float, over: float, under: float
) -> None:
    assert LONG_LEVEL_DAYS == 2 * LEVEL_DAYS  # so that the mean of both halves is 2
    memory, end_us = remembered([before] * LEVEL_DAYS + [recent] * LEVEL_DAYS)
    assert daily.level_before(memory, end_us, 1) == pytest.approx(over)
    assert daily.level_before(memory, end_us, -1) == pytest.approx(under)


def test_where_a_month_is_all_that_is_known_it_says_the_level() -> None:
    memory, end_us = remembered([1.5] * LEVEL_MIN_DAYS)
    assert daily.level_before(memory, end_us, 1) == pytest.approx(1.5)


def test_too_few_clean_days_say_no_level() -> None:
    memory, end_us = remembered([1.5] * (LEVEL_MIN_DAYS - 1))
    assert daily.level_before(memory, end_us, 1) is None
    memory, end_us = remembered([1.5] * LONG_LEVEL_DAYS, clean=False)
    assert daily.level_before(memory, end_us, 1) is None


def test_where_the_last_month_was_not_clean_the_two_before_say_the_level() -> None:
    memory, end_us = remembered([1.5] * LEVEL_DAYS + [9.0] * LEVEL_DAYS)
    for day in memory.days[LEVEL_DAYS:]:
        day.clean = False
    assert daily.level_before(memory, end_us, 1) == pytest.approx(1.5)
