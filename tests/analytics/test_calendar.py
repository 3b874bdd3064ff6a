"""Calendar features: local time, whatever the clocks do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.calendar import calendar_features, public_holidays, shift_at_work
from tests.analytics.consumption_builders import a_plant, a_shift, instants

LONDON = "Europe/London"
HANOI = "Asia/Ho_Chi_Minh"


def test_the_frame_keeps_the_given_starts_in_their_order() -> None:
    starts = instants("2026-03-04T10:00", "2026-03-02T00:00", "2026-03-04T10:00")
    frame = calendar_features(starts, a_plant())
    assert frame.schema == {
        "start": pl.Datetime("us", "UTC"),
        "hour_of_week": pl.Int16(),
        "holiday": pl.Boolean(),
        "closed": pl.Boolean(),
        "shift": pl.String(),
    }
    assert frame["start"].equals(starts)
    assert frame["hour_of_week"].to_list() == [58, 0, 58]


def test_no_starts_give_an_empty_frame() -> None:
    assert calendar_features(instants(), a_plant()).height == 0


def test_hours_of_the_week_run_from_monday_midnight_local_to_sunday_night() -> None:
    starts = instants("2026-03-02T00:00", "2026-03-08T23:59", "2026-03-07T12:00", zone=HANOI)
    assert calendar_features(starts, a_plant(zone=HANOI))["hour_of_week"].to_list() == [0, 167, 132]


def test_a_spring_day_of_23_hours_skips_an_hour_of_the_week() -> None:
    day = _hours(datetime(2026, 3, 29, tzinfo=UTC), 23)
    hours = calendar_features(day, a_plant(zone=LONDON))["hour_of_week"].to_list()
    assert hours == [144, *range(146, 168)]


def test_an_autumn_day_of_25_hours_has_one_hour_of_the_week_twice() -> None:
    day = _hours(datetime(2026, 10, 24, 23, tzinfo=UTC), 25)
    hours = calendar_features(day, a_plant(zone=LONDON))["hour_of_week"].to_list()
    assert hours == [144, 145, 145, *range(146, 168)]


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "is_holiday"),
    [
        ("VN", "", "2026-02-17", True),  # Tet, by the lunar calendar
        ("VN", "", "2026-02-24", False),
        ("GB", "ENG", "2026-12-28", True),  # Boxing Day observed on the Monday
        ("GB", "ENG", "2026-11-30", False),
        ("GB", "SCT", "2026-11-30", True),  # St Andrew's
    ],
)
def test_public_holidays_are_those_of_the_country_and_its_part(
    country: str, subdivision: str, day: str, is_holiday: bool
) -> None:
    plant = a_plant(country=country, subdivision=subdivision)
    frame = calendar_features(instants(f"{day}T00:00", f"{day}T23:45"), plant)
    assert frame["holiday"].to_list() == [is_holiday] * 2


def test_a_holiday_lasts_from_local_midnight_to_local_midnight() -> None:
    starts = instants(
        "2026-09-01T23:45", "2026-09-02T00:00", "2026-09-02T23:45", "2026-09-03T00:00", zone=HANOI
    )
    plant = a_plant(zone=HANOI, not_holidays=frozenset({date(2026, 9, 1), date(2026, 9, 3)}))
    assert calendar_features(starts, plant)["holiday"].to_list() == [False, True, True, False]


def test_a_year_that_is_new_here_and_old_in_utc_has_its_own_holidays() -> None:
    starts = instants("2026-01-01T00:30", zone=HANOI)  # 2025-12-31 in UTC
    assert calendar_features(starts, a_plant(zone=HANOI))["holiday"].to_list() == [True]


def test_a_plant_adds_holidays_and_takes_some_away() -> None:
    given = {"extra_holidays": frozenset({date(2026, 3, 4)}), "not_holidays": frozenset({date(2026, 9, 2)})}
    starts = instants("2026-03-04T08:00", "2026-09-02T08:00", "2026-03-05T08:00")
    assert calendar_features(starts, a_plant(**given))["holiday"].to_list() == [True, False, False]


def test_closures_include_both_their_days() -> None:
    closed = ((date(2026, 2, 16), date(2026, 2, 21)), (date(2026, 5, 1), date(2026, 5, 1)))
    days = [
        "2026-02-15T23:45",
        "2026-02-16T00:00",
        "2026-02-21T23:45",
        "2026-02-22T00:00",
        "2026-05-01T12:00",
    ]
    frame = calendar_features(instants(*days, zone=HANOI), a_plant(zone=HANOI, closed=closed))
    assert frame["closed"].to_list() == [False, True, True, False, True]


def test_a_shift_is_half_open_and_only_on_its_days() -> None:
    shifts = (a_shift("early", "01234", "06:00", "14:00"), a_shift("late", "01234", "14:00", "22:00"))
    times = [
        "2026-03-06T05:45",
        "2026-03-06T06:00",
        "2026-03-06T13:45",
        "2026-03-06T14:00",
        "2026-03-06T22:00",
    ]
    starts = instants(*times, "2026-03-07T07:00", zone=HANOI)
    frame = calendar_features(starts, a_plant(zone=HANOI, shifts=shifts))
    assert frame["shift"].to_list() == [None, "early", "early", "late", None, None]


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    plant = a_plant(shifts=(a_shift("night", "46", "22:00", "06:00"),))  # Friday and Sunday nights
    times = {
        "2026-03-06T03:00": None,  # Friday morning: Thursday's night
        "2026-03-06T22:00": "night",
        "2026-03-07T05:45": "night",  # Saturday morning: Friday's night
        "2026-03-07T06:00": None,
        "2026-03-07T23:00": None,
        "2026-03-08T23:00": "night",
        "2026-03-09T03:00": "night",  # Monday morning: Sunday's night
    }
    assert calendar_features(instants(*times), plant)["shift"].to_list() == list(times.values())


def test_a_shift_that_ends_when_it_starts_lasts_a_day() -> None:
    plant = a_plant(shifts=(a_shift("all", "0", "06:00", "06:00"),))
    starts = instants("2026-03-02T05:45", "2026-03-02T06:00", "2026-03-03T05:45", "2026-03-03T06:00")
    assert calendar_features(starts, plant)["shift"].to_list() == [None, "all", "all", None]


def test_the_first_of_overlapping_shifts_is_named() -> None:
    shifts = (a_shift("a", "0", "08:00", "12:00"), a_shift("b", "0", "06:00", "18:00"))
    starts = instants("2026-03-02T07:00", "2026-03-02T09:00", "2026-03-02T13:00")
    assert calendar_features(starts, a_plant(shifts=shifts))["shift"].to_list() == ["b", "a", "b"]


def test_a_night_shift_over_the_change_of_clocks_keeps_its_local_hours() -> None:
    plant = a_plant(zone=LONDON, shifts=(a_shift("night", "5", "22:00", "06:00"),))
    night = _hours(datetime(2026, 10, 24, 20, tzinfo=UTC), 12)  # Saturday 21 h to Sunday 7 h, one hour twice
    on = calendar_features(night, plant)["shift"].is_not_null().to_list()
    assert on == [False] + [True] * 9 + [False, False]


def test_holidays_are_computed_once_per_country_and_year() -> None:
    calendar_features(instants("2026-03-02T00:00"), a_plant())
    known = public_holidays.cache_info().misses
    calendar_features(_hours(datetime(2026, 1, 1, 12, tzinfo=UTC), 8000), a_plant())
    assert public_holidays.cache_info().misses == known


def _hours(first: datetime, n: int) -> pl.Series:
    return pl.Series("start", [first + timedelta(hours=i) for i in range(n)], dtype=pl.Datetime("us", "UTC"))


def test_a_shift_works_by_its_production_day() -> None:
    night, early = a_shift("night", "01234", "22:00", "06:00"), a_shift("early", "01234", "06:00", "14:00")
    plant = a_plant(shifts=(early, night), extra_holidays=frozenset({date(2026, 3, 11)}))  # a Wednesday
    starts = instants(
        "2026-03-10T13:00", "2026-03-10T15:00", "2026-03-10T23:00", "2026-03-11T05:00", "2026-03-11T07:00",
        "2026-03-11T22:00", "2026-03-12T03:00", "2026-03-12T06:00", "2026-03-14T05:00", "2026-03-16T05:00",
    )  # fmt: skip
    assert shift_at_work(starts, plant).to_list() == [1, 0, 2, 2, 0, 0, 0, 1, 2, 0]


def test_no_shift_works_in_a_closure_or_in_a_plant_without_shifts() -> None:
    starts = instants("2026-03-10T13:00", "2026-03-11T05:00")
    plant = a_plant(shifts=(a_shift("all", "0123456", "06:00", "06:00"),))
    assert shift_at_work(starts, plant).to_list() == [1, 1]
    closed = a_plant(shifts=plant.shifts, closed=((date(2026, 3, 10), date(2026, 3, 10)),))
    assert shift_at_work(starts, closed).to_list() == [0, 0]
    assert shift_at_work(starts, a_plant()).to_list() == [0, 0]
    assert shift_at_work(instants(), closed).to_list() == []


def test_whatever_changes_in_a_calendar_counts_at_once_although_answers_are_kept() -> None:
    starts, day = instants("2026-03-04T10:00", "2026-03-05T03:00"), date(2026, 3, 4)
    plain = a_plant()
    told = calendar_features(starts, plain)
    assert calendar_features(starts, a_plant()) is told
    changed = [
        replace(plain, timezone=ZoneInfo(HANOI)),
        replace(plain, extra_holidays=frozenset({day})),
        replace(plain, closed=((day, day),)),
        replace(plain, shifts=(a_shift("day", "01234", "06:00", "22:00"),)),
    ]
    for other in changed:
        assert not calendar_features(starts, other).equals(told)
    tet = instants("2026-02-17T10:00")
    assert calendar_features(tet, plain)["holiday"].all()
    worked = replace(plain, not_holidays=frozenset({date(2026, 2, 17)}))
    assert not calendar_features(tet, worked)["holiday"].any()
