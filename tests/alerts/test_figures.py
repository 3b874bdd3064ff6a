"""Numbers, money and times as people of the plant write them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from tests.alerts.builders import NOW, a_letterhead

VI, EN = a_letterhead("vi"), a_letterhead("en")


@pytest.mark.parametrize(
    ("value", "unit", "vi", "en"),
    [
        (4.123, "m3", "+4,1 m³/giờ", "+4.1 m³/h"),
        (-12.34, "kWh", "−12,3 kW", "−12.3 kW"),
        (1234.0, "kg", "+1.230 kg/giờ", "+1,230 kg/h"),
        (0.0456, "m3", "+0,046 m³/giờ", "+0.046 m³/h"),
        (3.0, "pcs", "+3 pcs/giờ", "+3 pcs/h"),
    ],
)
def test_a_rate_has_its_sign_unit_and_no_more_digits_than_a_decision_needs(
    value: float, unit: str, vi: str, en: str
) -> None:
    assert figures.rate(value, unit, VI, signed=True) == vi
    assert figures.rate(value, unit, EN, signed=True) == en


@pytest.mark.parametrize(
    ("value", "currency", "vi", "en"),
    [
        (97_834.0, "VND", "97.830 ₫", "₫97,830"),
        (12.345, "EUR", "12,34 €", "€12.34"),
        (1234.56, "EUR", "1.235 €", "€1,235"),
        (0.05, "USD", "0,05 US$", "$0.05"),
        (0.0, "VND", "0 ₫", "₫0"),
    ],
)
def test_money_is_written_as_the_language_writes_that_currency(
    value: float, currency: str, vi: str, en: str
) -> None:
    shown = (figures.money(value, currency, VI), figures.money(value, currency, EN))
    assert tuple(text.replace("\xa0", " ") for text in shown) == (vi, en)


def test_money_per_hour_and_carbon_per_hour() -> None:
    assert figures.money_rate(97_834, "VND", VI).replace("\xa0", " ") == "97.800 ₫/giờ"
    assert figures.carbon_rate(1.4, EN) == "1.4 kg CO₂e/h"
    assert figures.percent(46.4, VI, signed=True) == "+46%"
    assert figures.percent(-46.4, EN, signed=True) == "−46%"


def test_an_instant_is_local_with_the_year_only_when_it_is_another() -> None:
    at = datetime(2026, 11, 21, 18, 40, tzinfo=UTC)
    assert figures.moment(at, VI, NOW) == "CN 22 thg 11, 01:40"
    assert figures.moment(at, EN, NOW) == "Sun 22 Nov, 01:40"
    assert figures.moment(datetime(2022, 4, 27, tzinfo=UTC), EN, NOW) == "Wed 27 Apr 2022, 07:00"


def test_a_night_when_the_clock_goes_back_shows_local_time_on_both_sides() -> None:
    rome = a_letterhead("en", timezone=ZoneInfo("Europe/Rome"))
    before, after = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert figures.moment(before, rome, NOW) == figures.moment(after, rome, NOW) == "Sun 25 Oct, 02:30"


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (-5, "0 giây", "0 sec"),
        (10, "10 giây", "10 sec"),
        (150, "2 phút", "2 min"),
        (1500, "25 phút", "25 min"),
        (5400, "1 giờ 30 phút", "1 hr 30 min"),
        (28_800, "8 giờ", "8 hr"),
        (21_599, "6 giờ", "6 hr"),
        (30_000, "8 giờ", "8 hr"),
        (93_600, "1 ngày 2 giờ", "1 day 2 hr"),
        (86_400, "1 ngày", "1 day"),
        (864_000, "10 ngày", "10 days"),
    ],
)
def test_a_duration_is_what_a_person_would_say(seconds: float, vi: str, en: str) -> None:
    assert (figures.duration(seconds, VI), figures.duration(seconds, EN)) == (vi, en)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_rounding_keeps_two_digits_at_least(value: float) -> None:
    assert math.isclose(figures.rounded(value), value, rel_tol=0.051)
    assert figures.rate(value, "m3", VI, signed=True).endswith(" m³/giờ")


def test_an_unknown_language_is_english() -> None:
    assert a_letterhead("fr").locale.language == "en"
    assert a_letterhead("vi_VN").locale.language == "vi"


@pytest.mark.parametrize("value", [-0.3, -0.0, 0.0, 0.3])
def test_a_zero_has_no_sign(value: float) -> None:
    assert {figures.percent(value, head, signed=signed) for head in (VI, EN) for signed in (False, True)} == {
        "0%"
    }
    assert figures.money(value, "VND", EN) == "₫0"
    assert figures.money(value / 100, "EUR", EN) == "€0.00"
    tiny = value * 1e-6
    assert figures.number(tiny, VI) == figures.number(tiny, EN) == "0"
    assert figures.amount(tiny, "kWh", EN, signed=True) == "0 kWh"
    assert figures.amount(tiny, "pcs", EN) == "0 pcs"
    assert figures.rate(tiny, "m3", EN, signed=True) == figures.rate(tiny, "m3", EN) == "0 m³/h"
    assert figures.rate(tiny, "pcs", VI, signed=True) == "0 pcs/giờ"


def test_a_figure_that_is_no_zero_keeps_its_sign() -> None:
    assert figures.percent(-0.51, EN) == "−1%"
    assert figures.percent(-0.51, EN, signed=True) == "−1%"
    assert figures.money(-0.6, "VND", EN) == "−₫1"
    assert figures.money(-0.01, "EUR", EN) == "−€0.01"
    assert figures.number(-0.0004, EN) == "−0.0004"
    assert figures.amount(-1e-6, "kWh", EN) == "−0.000001 kWh"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_sign_stands_before_a_figure_only(value: float) -> None:
    for text in (figures.percent(value, EN, signed=True), figures.money(value, "EUR", EN)):
        assert any(digit in text for digit in "123456789") or not set(text) & set("+-−")


def test_a_short_day_is_read_in_one_way_only() -> None:
    assert figures.short_day(date(2026, 11, 6), EN) == "6 Nov"
    assert figures.short_day(date(2026, 11, 26), VI) == "26/11"
    assert figures.short_day(date(2026, 1, 2), a_letterhead("fr")) == "2 Jan"


def test_every_minus_is_the_same_sign_and_ratios_keep_their_places() -> None:
    assert figures.money(-514_700.0, "VND", EN) == "−₫514,700"
    assert figures.number(-0.22, EN) == "−0.22"
    assert figures.percent(-3.0, EN) == "−3%"
    assert [figures.ratio(one, EN) for one in (1.0, 1.754, -0.001)] == ["1.00", "1.75", "0.00"]
    assert figures.ratio(0.9964, EN, 3) == "0.996"
    assert "-" not in figures.money(-514_700.0, "VND", VI) + figures.money(-3.5, "EUR", VI)
