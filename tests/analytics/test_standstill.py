"""Days on which the plant stood still although it works on that weekday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.drift.memory import Day, Sums
from analytics.standstill import Quiet, Standstill, standstill, used_per_day

WEDNESDAY = date(2026, 9, 23)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def a_stream(low: Mapping[date, float], *, weeks: int = 5, sunday: float = 10.0) -> dict[date, float]:
    """Return what a stream used: 100 an hour, less on Sundays, and what is said of some days."""
    days = [WEDNESDAY - timedelta(days=number) for number in range(7 * weeks)]
    usual = {day: sunday if day.weekday() == 6 else 100.0 for day in days}
    return usual | dict(low)


def still(count: int, of: int, last: date = WEDNESDAY, **changes: float) -> Standstill | None:
    streams = [a_stream({last: 20.0} if number < count else {}) for number in range(of)]
    return standstill(streams, last, frozenset(), Quiet(**changes))  # type: ignore[arg-type]


def test_a_working_day_on_which_half_of_the_streams_rest_is_a_standstill() -> None:
    assert still(7, 14) == Standstill(WEDNESDAY, WEDNESDAY, 7, 14)
    assert still(6, 14) is None


def test_two_of_two_streams_are_too_few_to_speak_of_the_plant() -> None:
    assert still(2, 2) is None


def test_a_sunday_is_compared_with_sundays() -> None:
    sunday = WEDNESDAY - timedelta(days=3)
    assert standstill([a_stream({})] * 8, sunday, frozenset()) is None


def test_a_known_day_off_is_neither_told_nor_compared_with() -> None:
    streams = [a_stream({WEDNESDAY: 20.0})] * 8
    assert standstill(streams, WEDNESDAY, {WEDNESDAY}) is None
    before = [WEDNESDAY - timedelta(weeks=number) for number in (1, 2, 3)]
    rested = [a_stream(dict.fromkeys([WEDNESDAY, *before], 20.0))] * 8
    assert standstill(rested, WEDNESDAY, frozenset()) is None  # it rests on Wednesdays
    # one Wednesday is too few to compare with
    assert standstill(rested, WEDNESDAY, frozenset(before)) is None


def test_days_in_a_row_are_one_standstill() -> None:
    low = {WEDNESDAY - timedelta(days=number): 20.0 for number in range(3)}
    found = standstill([a_stream(low)] * 8, WEDNESDAY, frozenset())
    assert found == Standstill(WEDNESDAY - timedelta(days=2), WEDNESDAY, 8, 8)


def test_while_most_streams_are_not_known_yet_nothing_is_said() -> None:
    known = [a_stream({WEDNESDAY: 20.0})] * 3
    missing = [{day: rate for day, rate in a_stream({}).items() if day != WEDNESDAY}] * 9
    assert standstill([*known, *missing], WEDNESDAY, frozenset()) is None
    assert standstill([*known, *missing[:3]], WEDNESDAY, frozenset()) == Standstill(
        WEDNESDAY, WEDNESDAY, 3, 3
    )


def test_a_day_is_local_and_has_to_be_known_well_enough() -> None:
    start = datetime(2026, 9, 22, 17, tzinfo=UTC)  # midnight of the 23rd in Hanoi
    whole = Day(int(start.timestamp() * 1e6), True, Sums(hours=20.0, excess=-40.0, expected=240.0), {})
    scrap = Day(int((start + timedelta(days=1)).timestamp() * 1e6), True, Sums(hours=3.0, expected=30.0), {})
    assert used_per_day([whole, scrap], HANOI) == {WEDNESDAY: 10.0}
