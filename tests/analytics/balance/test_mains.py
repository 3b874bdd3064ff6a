"""Sub-meters against their main meter."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.balance.links import meter_links
from analytics.balance.mains import main_balance, main_meters
from domain.balance import MeterBalance
from domain.enpi import Every
from domain.plant import BalanceRule, Plant, Process
from tests.analytics.balance.builders import a_meter, a_plant, consumed


def a_site(main_pct: float | None = 1.0, sub_pct: float | None = 1.0) -> Plant:
    """Return a plant whose supply holds two processes' electricity."""
    return a_plant(
        [Process("supply", "Supply"), Process("a", "A"), Process("b", "B")],
        a_meter("main", "supply", "electricity", "kWh", accuracy_pct=main_pct),
        a_meter("a.power", "a", "electricity", "kWh", under="main", accuracy_pct=sub_pct),
        a_meter("b.power", "b", "electricity", "kWh", under="main", accuracy_pct=sub_pct),
        balance=BalanceRule(max_closure_pct=5.0),
    )


def balance(
    plant: Plant, main: list[float | None], a: list[float | None], b: list[float | None]
) -> MeterBalance:
    (found,) = main_balance(consumed({"main": main, "a.power": a, "b.power": b}), plant, "main")
    return found


def kinds(found: MeterBalance) -> list[str]:
    return [finding.kind for finding in found.findings]


def test_what_nobody_measures_is_told_with_how_sure_it_is() -> None:
    found = balance(a_site(), [100.0, 100.0], [40.0, 50.0], [30.0, 20.0])
    assert (found.main_amount.value, found.subs_amount.value, found.remainder.value) == (200.0, 140.0, 60.0)
    assert found.pct == 30.0
    assert found.half_width == pytest.approx(1.6449 * 0.01 / math.sqrt(3) * math.hypot(200, 90, 50), rel=1e-3)
    assert (found.remainder.unit, found.remainder.coverage) == ("kWh", 1.0)
    assert kinds(found) == ["closure_error"]
    assert "unaccounted for" in found.findings[0].message


def test_a_remainder_within_the_meters_classes_is_no_finding() -> None:
    assert kinds(balance(a_site(10.0, 10.0), [100.0], [50.0], [44.0])) == []


def test_sub_meters_that_count_more_than_the_main_are_a_finding() -> None:
    found = balance(a_site(), [100.0], [80.0], [60.0])
    assert found.remainder.value == -40.0
    assert kinds(found) == ["negative_remainder"]
    assert "counted twice" in found.findings[0].message


def test_only_intervals_that_all_meters_know_are_compared() -> None:
    found = balance(a_site(), [100.0, 100.0, None], [50.0, None, 50.0], [50.0, 50.0, 50.0])
    assert (found.main_amount.value, found.remainder.value) == (100.0, 0.0)
    assert (found.remainder.n, found.remainder.left_out) == (1, {"missing": 2})
    assert kinds(found) == ["low_coverage"]


def test_a_reset_register_is_not_compared() -> None:
    rows = consumed(
        {"main": [100.0, 100.0], "a.power": [50.0, 1.0], "b.power": [50.0, 50.0]},
        **{"a.power": ["measured", "reset"]},
    )
    (found,) = main_balance(rows, a_site(), "main")
    assert found.remainder.value == 0.0


def test_nothing_known_is_unknown_and_not_zero() -> None:
    found = balance(a_site(), [None], [1.0], [1.0])
    assert (found.remainder.value, found.pct, found.half_width) == (None, None, None)


def test_without_a_meters_class_the_interval_is_unknown_and_the_finding_names_it() -> None:
    found = balance(a_site(sub_pct=None), [100.0], [50.0], [50.0])
    assert found.half_width is None
    assert kinds(found) == ["accuracy_unknown"]
    assert found.findings[0].evidence == {"meters": ["a.power", "b.power"]}


def test_main_meters_are_those_that_others_are_under() -> None:
    assert [one.id for one in main_meters(a_site())] == ["main"]


def test_links_lead_from_the_main_to_its_meters_and_to_what_nobody_measures() -> None:
    links = meter_links([balance(a_site(), [100.0], [50.0], [20.0])])
    assert links.rows() == [
        ("main", "a.power", "main", 50.0),
        ("main", "b.power", "main", 20.0),
        ("main", "unmetered", "unmetered", 30.0),
    ]


amounts = st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=60, max_size=60)


@settings(max_examples=30, deadline=None)
@given(amounts, amounts, amounts, st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH]))
def test_the_remainders_of_periods_add_up_to_that_of_the_window(
    main: list[float | None], a: list[float | None], b: list[float | None], every: Every
) -> None:
    rows, plant = consumed({"main": main, "a.power": a, "b.power": b}), a_site()
    (whole,) = main_balance(rows, plant, "main")
    parts = main_balance(rows, plant, "main", every)
    known = [one.remainder.value for one in parts if one.remainder.value is not None]
    assert sum(one.remainder.n for one in parts) == whole.remainder.n
    assert math.fsum(known) == pytest.approx(whole.remainder.value or 0.0, abs=1e-6)
