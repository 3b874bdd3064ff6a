"""Prices and emission factors by local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from analytics.pricing import factor_at, price_at, window_at
from domain.resource import EmissionFactor, Price
from tests.analytics.consumption_builders import a_plant, a_resource, a_window, instants

HANOI = "Asia/Ho_Chi_Minh"
LONDON = "Europe/London"
SINCE = date(2026, 1, 1)


def prices(*entries: Price, at: pl.Series, zone: str = HANOI) -> list[float | None]:
    """Return the prices at the given instants."""
    found = price_at(at, a_resource(prices=entries), a_plant(zone=zone))
    assert found.dtype == pl.Float64
    return found.to_list()


def test_a_price_is_in_force_from_its_local_date_until_the_next_one() -> None:
    times = [
        "2025-12-31T23:45",
        "2026-01-01T00:00",
        "2026-06-30T23:45",
        "2026-07-01T00:00",
        "2030-01-01T00:00",
    ]
    entries = (Price(SINCE, None, 10.0), Price(date(2026, 7, 1), None, 12.0))
    assert prices(*entries, at=instants(*times, zone=HANOI)) == [None, 10.0, 10.0, 12.0, 12.0]


def test_a_price_ends_after_its_last_day_and_the_one_before_does_not_come_back() -> None:
    entries = (Price(SINCE, None, 10.0), Price(date(2026, 7, 1), date(2026, 7, 31), 12.0))
    times = ["2026-06-30T12:00", "2026-07-31T23:45", "2026-08-01T00:00"]
    assert prices(*entries, at=instants(*times, zone=HANOI)) == [10.0, 12.0, None]


def test_without_a_price_it_is_unknown_not_free() -> None:
    assert prices(at=instants("2026-03-02T00:00", "2026-03-02T01:00")) == [None, None]


def test_a_price_of_nothing_is_a_price() -> None:
    assert prices(Price(SINCE, None, 0.0), at=instants("2026-03-02T00:00")) == [0.0]


def test_no_instants_have_no_prices() -> None:
    assert prices(Price(SINCE, None, 10.0), at=instants()) == []


def test_inside_a_window_its_amount_counts_outside_the_price_itself() -> None:
    peak = a_window(30.0, "01234", "09:30", "11:30")
    times = [
        "2026-03-06T09:15",
        "2026-03-06T09:30",
        "2026-03-06T11:15",
        "2026-03-06T11:30",
        "2026-03-07T10:00",
    ]
    found = prices(Price(SINCE, None, 20.0, (peak,)), at=instants(*times, zone=HANOI))
    assert found == [20.0, 30.0, 30.0, 20.0, 20.0]


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    night = a_window(5.0, "4", "22:00", "04:00")  # Friday night
    times = [
        "2026-03-06T01:00",
        "2026-03-06T22:00",
        "2026-03-07T03:45",
        "2026-03-07T04:00",
        "2026-03-07T23:00",
    ]
    found = prices(Price(SINCE, None, 20.0, (night,)), at=instants(*times, zone=HANOI))
    assert found == [20.0, 5.0, 5.0, 20.0, 20.0]


def test_a_window_lasts_past_the_midnight_on_which_prices_change_at_the_new_price() -> None:
    old = Price(SINCE, None, 20.0, (a_window(5.0, "0123456", "22:00", "04:00"),))
    new = Price(date(2026, 7, 1), None, 24.0, (a_window(6.0, "0123456", "22:00", "04:00"),))
    times = ["2026-06-30T23:00", "2026-07-01T03:00", "2026-07-01T05:00"]
    assert prices(old, new, at=instants(*times, zone=HANOI)) == [5.0, 6.0, 24.0]


def test_the_first_window_that_holds_wins() -> None:
    windows = (a_window(1.0, "0", "08:00", "10:00"), a_window(2.0, "0", "06:00", "18:00"))
    times = ["2026-03-02T07:00", "2026-03-02T09:00", "2026-03-02T12:00", "2026-03-02T19:00"]
    assert prices(Price(SINCE, None, 3.0, windows), at=instants(*times), zone="UTC") == [2.0, 1.0, 2.0, 3.0]


def test_windows_are_local_on_the_days_on_which_clocks_change() -> None:
    night = Price(SINCE, None, 20.0, (a_window(5.0, "0123456", "00:00", "03:00"),))
    spring = _hours(datetime(2026, 3, 29, tzinfo=UTC), 5)  # 0, 2, 3 ... o'clock
    autumn = _hours(datetime(2026, 10, 24, 23, tzinfo=UTC), 5)  # 0, 1, 1, 2, 3 ... o'clock
    assert prices(night, at=spring, zone=LONDON) == [5.0, 5.0, 20.0, 20.0, 20.0]
    assert prices(night, at=autumn, zone=LONDON) == [5.0, 5.0, 5.0, 5.0, 20.0]


def test_a_factor_is_taken_by_local_date() -> None:
    factors = (
        EmissionFactor(SINCE, None, 0.66, 2, "grid 2026", "location"),
        EmissionFactor(date(2027, 1, 1), date(2027, 12, 31), 0.61, 2, "grid 2027", "location"),
    )
    times = [
        "2025-12-31T23:00",
        "2026-01-01T00:00",
        "2026-12-31T23:45",
        "2027-01-01T00:00",
        "2028-01-01T00:00",
    ]
    found = factor_at(instants(*times, zone=HANOI), a_resource(emission_factors=factors), a_plant(zone=HANOI))
    assert found.to_list() == [None, 0.66, 0.66, 0.61, None]


def test_without_a_factor_it_is_unknown() -> None:
    assert factor_at(instants("2026-03-02T00:00"), a_resource(), a_plant()).to_list() == [None]


def _hours(first: datetime, n: int) -> pl.Series:
    return pl.Series("start", [first + timedelta(hours=i) for i in range(n)], dtype=pl.Datetime("us", "UTC"))


def test_location_and_market_based_factors_stand_side_by_side() -> None:
    factors = (
        EmissionFactor(SINCE, None, 0.7, 2, "grid", "location"),
        EmissionFactor(date(2026, 3, 1), date(2026, 3, 31), 0.1, 2, "contract", "market"),
    )
    resource, plant = a_resource(emission_factors=factors), a_plant()
    at = instants("2026-02-28T12:00", "2026-03-02T12:00", "2026-04-01T12:00")
    assert factor_at(at, resource, plant).to_list() == [0.7, 0.7, 0.7]
    assert factor_at(at, resource, plant, "market").to_list() == [None, 0.1, None]


def test_a_factor_without_a_method_counts_for_both() -> None:
    resource = a_resource(emission_factors=(EmissionFactor(SINCE, None, 0.2, 1, "own"),))
    at = instants("2026-03-02T12:00")
    assert factor_at(at, resource, a_plant(), "market").to_list() == [0.2]


def test_a_resource_with_a_market_based_factor_alone_has_it_for_both() -> None:
    resource = a_resource(emission_factors=(EmissionFactor(SINCE, None, 0.1, 2, "contract", "market"),))
    at = instants("2026-03-02T12:00")
    assert factor_at(at, resource, a_plant()).to_list() == [0.1]


def test_an_instant_lies_in_a_named_window_in_none_or_has_no_price() -> None:
    windows = (a_window(30.0, "01234", "09:30", "11:30"),)
    resource = a_resource(prices=(Price(SINCE, None, 10.0, windows),))
    at = instants("2025-12-31T10:00", "2026-03-06T09:30", "2026-03-06T11:30")
    assert window_at(at, resource, a_plant()).to_list() == [None, "w", ""]
