"""Payload times."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import TIME_UNITS, instant_of, micros, time_reader
from tests.ingest.builders import NOW, NOW_US

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("unit", "raw"),
    [
        ("s", NOW_US // 1_000_000),
        ("s", NOW_US / 1e6),
        ("ms", NOW_US // 1000),
        ("ms", str(NOW_US // 1000)),
        ("us", NOW_US),
        ("ns", NOW_US * 1000),
        ("iso", "2026-11-22T09:40:00Z"),
        ("iso", "2026-11-22T16:40:00+07:00"),
        ("iso", "2026-11-22T16:40:00"),
        ("iso", " 2026-11-22 16:40:00.000000 "),
    ],
)
def test_one_instant_in_every_unit(unit: str, raw: object) -> None:
    assert time_reader(unit, HANOI)(raw) == NOW_US


def test_fractions_of_a_second_are_kept_to_the_microsecond() -> None:
    assert time_reader("s", HANOI)(1700000000.123456) == 1700000000123456
    assert time_reader("ms", HANOI)(1700000000123.456) == 1700000000123456
    assert time_reader("ns", HANOI)(1700000000123456789) == 1700000000123456
    assert time_reader("iso", HANOI)("2023-11-14T22:13:20.123456789Z") == 1700000000123456


def test_an_hour_that_occurs_twice_is_its_first_occurrence() -> None:
    read = time_reader("iso", ZoneInfo("Europe/London"))
    assert instant_of(read("2026-10-25T01:30:00")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("unit", TIME_UNITS)
@pytest.mark.parametrize(
    "raw", [None, True, [], {}, "", "yesterday", float("nan"), float("inf"), 1e300, -1e308]
)
def test_what_is_no_time_is_a_value_error(unit: str, raw: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        time_reader(unit, HANOI)(raw)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed: s, ms, us, ns, iso"):
        time_reader("minutes", HANOI)


@given(st.integers(0, 4_000_000_000_000_000))
def test_instants_and_microseconds_are_each_others_inverse(time_us: int) -> None:
    assert micros(instant_of(time_us)) == time_us
    assert instant_of(NOW_US) == NOW
