"""The days on which clocks change: 23 and 25 hours long, with all that was used in them and no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.calendar import calendar_features, local_day
from analytics.consumption import consume
from analytics.pricing import price_at
from domain.plant import Plant
from domain.resource import Price
from tests.analytics.consumption_builders import QUARTER_S, a_meter, a_plant, a_resource, a_shift, a_window

BERLIN, HANOI = "Europe/Berlin", "Asia/Ho_Chi_Minh"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
NIGHT = a_window(2.0, "0123456", "22:00", "06:00")
LENGTHS = [
    (BERLIN, SPRING, 23), (BERLIN, AUTUMN, 25), (BERLIN, date(2026, 3, 28), 24),
    (HANOI, SPRING, 24), (HANOI, AUTUMN, 24),
]  # fmt: skip


def a_works(zone: str) -> Plant:
    """Return a plant with a meter, a cheap night and a night shift."""
    return a_plant(
        a_meter(every_s=60.0),
        zone=zone,
        resources={"water": a_resource(prices=(Price(date(2026, 1, 1), None, 10.0, (NIGHT,)),))},
        shifts=(a_shift("night", "0123456", "22:00", "06:00"),),
    )


def used_around(day: date, plant: Plant) -> pl.DataFrame:
    """Return the consumption of three local days of a meter that counts 1 m3 an hour, a reading a minute."""
    start, end = local_day(day - timedelta(days=1), plant), local_day(day + timedelta(days=2), plant)
    minutes = range(int((end - start) / timedelta(minutes=1)) + 60)
    rows = [("m", start + timedelta(minutes=n), n / 60) for n in minutes]
    schema = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    readings = pl.DataFrame(rows, schema=schema, orient="row")
    return consume(readings, list(plant.meters.values()), QUARTER_S, start, end)


@pytest.mark.parametrize(("zone", "day", "hours"), LENGTHS)
def test_a_local_day_holds_all_that_was_used_in_its_hours(zone: str, day: date, hours: int) -> None:
    plant = a_works(zone)
    start, end = local_day(day, plant), local_day(day + timedelta(days=1), plant)
    assert end - start == timedelta(hours=hours)
    frame = used_around(day, plant)
    mine = frame.filter(pl.col("start").is_between(start, end, closed="left"))
    assert mine.height == 4 * hours
    assert mine["amount"].sum() == pytest.approx(hours)
    assert set(frame["quality"]) == {"measured"}
    dates = frame["start"].dt.convert_time_zone(zone).dt.date()
    assert frame.filter(dates == day)["start"].equals(mine["start"])


@pytest.mark.parametrize(
    ("zone", "day", "night_h"),
    [(BERLIN, SPRING, 7), (BERLIN, AUTUMN, 9), (HANOI, SPRING, 8), (HANOI, AUTUMN, 8)],
)
def test_a_night_over_the_change_is_priced_and_staffed_for_the_hours_it_has(
    zone: str, day: date, night_h: int
) -> None:
    plant = a_works(zone)
    frame = used_around(day, plant)
    evening = datetime.combine(day - timedelta(days=1), datetime.min.time(), ZoneInfo(zone)).replace(hour=22)
    morning = datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).replace(hour=6)
    night = pl.col("start").is_between(evening.astimezone(UTC), morning.astimezone(UTC), closed="left")
    priced = frame.with_columns(price=price_at(frame["start"], plant.resources["water"], plant))
    shifts = calendar_features(frame["start"], plant).select("start", "shift")
    inside = priced.join(shifts, on="start").filter(night)
    assert inside["amount"].sum() == pytest.approx(night_h)
    assert (inside["amount"] * inside["price"]).sum() == pytest.approx(2.0 * night_h)
    assert set(inside["shift"]) == {"night"}


@pytest.mark.parametrize("zone", [BERLIN, HANOI])
def test_the_time_zone_changes_no_bit_of_consumption(zone: str) -> None:
    start, end = datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    frame = used_around(AUTUMN, a_works(zone)).filter(pl.col("start").is_between(start, end, closed="left"))
    assert frame["amount"].to_list() == pytest.approx([0.25] * frame.height)
    assert set(frame["start"].diff().drop_nulls()) == {timedelta(minutes=15)}
