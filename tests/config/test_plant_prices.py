"""Prices and emission factors in time."""

from __future__ import annotations

from datetime import date

import pytest

from tests.config.builders import PLANT, plant_of, plant_problems, told

WATER = '[[resource]]\nid = "water"\n'


def a_price(start: str, to: str = "", more: str = "amount = 1") -> str:
    return f'[[resource.price]]\nfrom = "{start}"\n' + (f'to = "{to}"\n' if to else "") + more + "\n"


def a_window(name: str, start: str, end: str, days: str = "") -> str:
    chosen = f"days = {days}\n" if days else ""
    return (
        f'[[resource.price.window]]\nname = "{name}"\nstart = "{start}"\nend = "{end}"\namount = 2\n{chosen}'
    )


def a_factor(start: str, more: str = 'scope = 1\nsource = "own"') -> str:
    return f'[[resource.emission_factor]]\nfrom = "{start}"\namount = 0.2\n{more}\n'


def lines(rows: str, today: date = date(2026, 3, 2)) -> list[str]:
    return [
        line.removeprefix("resource[1] (water).")
        for line in told(plant_problems(PLANT + WATER + rows, today))
    ]


def test_prices_follow_one_another() -> None:
    rows = a_price("2026-01-01") + a_price("2024-01-01", "2024-12-31") + a_price("2025-01-01")
    assert lines(rows) == []
    prices = plant_of(PLANT + WATER + rows).resources["water"].prices
    assert [price.start.year for price in prices] == [2024, 2025, 2026]


JANUARY, FEBRUARY, MARCH = "2026-01-01", "2026-02-01", "2026-03-01"
NEXT = a_price(JANUARY)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            a_price("2025-01-01", "2026-01-31") + NEXT,
            f'price[2].from = "{JANUARY}": overlaps price[1], which lasts',
        ),
        (NEXT + NEXT, f'price[2].from = "{JANUARY}": price[1] begins on the same day'),
        (
            a_price(FEBRUARY, JANUARY) + a_price(MARCH),
            f'price[1].to = "{JANUARY}": ends before it begins on {FEBRUARY}',
        ),
        (a_price(JANUARY, more="amount = -1"), "price[1].amount = -1: must be at least 0"),
        (a_price(JANUARY, more="amount = nan"), "price[1].amount = nan: must be a finite number"),
        (a_price(JANUARY, more='amount = "9"'), 'price[1].amount = "9": must be a number'),
        (a_price(JANUARY, more=""), "price[1].amount: is missing: write a number"),
        (a_price("2026-13-01"), 'price[1].from = "2026-13-01": no such date'),
    ],
)
def test_one_mistake_of_a_price_is_one_problem(rows: str, line: str) -> None:
    (found,) = lines(rows)
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("scope = 1", "source: is missing: every factor names where"),
        ('scope = 1\nsource = " "', 'source = " ": must not be empty'),
        ('scope = 0\nsource = "x"', "scope = 0: must be one of 1, 2 or 3"),
        ('scope = 3\nsource = "x"\nmethod = "market"', 'method = "market": location or market'),
        (
            'scope = 2\nsource = "x"\nmethod = "locaton"',
            'method = "locaton": unknown value; did you mean "location"',
        ),
        ('source = "x"', "scope: is missing: write 1, 2 or 3"),
    ],
)
def test_one_mistake_of_a_factor_is_one_problem(more: str, line: str) -> None:
    (found,) = lines(a_factor(JANUARY, more))
    assert found.startswith(f"emission_factor[1].{line}")


def test_one_factor_is_in_force_at_a_time() -> None:
    (line,) = lines(a_factor(JANUARY) + a_factor(JANUARY, 'scope = 3\nsource = "own"'))
    assert line == f'emission_factor[2].from = "{JANUARY}": emission_factor[1] begins on the same day'


def test_a_price_that_covers_several_others_is_told_at_each() -> None:
    rows = a_price("2025-01-01", "2027-01-01") + a_price("2025-06-01", "2025-06-30") + a_price("2026-01-01")
    assert [line.split(" = ")[0] for line in lines(rows)] == ["price[2].from", "price[3].from"]


def test_the_last_day_of_a_price_is_still_valid_and_the_next_is_not() -> None:
    rows = a_price("2024-01-01", "2024-12-31") + a_price("2025-01-01", "2026-03-02")
    assert lines(rows) == []
    (line,) = lines(rows, date(2026, 3, 3))
    assert line.startswith(
        'price[2].to = "2026-03-02": the last price ended on 2026-03-02, before today (2026-03-03)'
    )


def test_a_price_still_to_come_is_no_mistake() -> None:
    assert lines(a_price("2020-01-01", "2020-12-31") + a_price("2030-01-01")) == []


def test_windows_that_touch_do_not_overlap() -> None:
    windows = (
        a_window("peak", "09:30", "11:30")
        + a_window("noon", "11:30", "13:00")
        + a_window("night", "22:00", "04:00")
    )
    assert lines(a_price("2026-01-01") + windows) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (a_window("a", "09:00", "11:00"), a_window("b", "10:59", "12:00")),
        (a_window("a", "22:00", "04:00"), a_window("b", "03:00", "05:00")),
        (a_window("a", "22:00", "04:00", '["sun"]'), a_window("b", "03:00", "05:00", '["mon"]')),
        (a_window("a", "00:00", "24:00", '["mon"]'), a_window("b", "12:00", "13:00")),
        (a_window("a", "10:00", "10:00", '["mon"]'), a_window("b", "09:00", "10:00", '["tue"]')),
    ],
)
def test_an_hour_has_one_price(one: str, other: str) -> None:
    (line,) = lines(a_price("2026-01-01") + one + other)
    assert line == "price[1].window[2] (b): overlaps window[1] (a): an hour has one price"


def test_windows_of_different_days_do_not_overlap() -> None:
    windows = a_window("a", "22:00", "04:00", '["sun"]') + a_window("b", "03:00", "05:00", '["tue"]')
    assert lines(a_price("2026-01-01") + windows) == []


def test_a_window_that_covers_two_others_is_told_for_both() -> None:
    windows = (
        a_window("day", "06:00", "22:00") + a_window("b", "07:00", "08:00") + a_window("c", "09:00", "10:00")
    )
    assert [line.split(":")[0] for line in lines(a_price("2026-01-01") + windows)] == [
        "price[1].window[2] (b)",
        "price[1].window[3] (c)",
    ]
