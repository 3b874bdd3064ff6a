"""Indicators added up: what may be added, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.enpi.indicators import enpis
from analytics.enpi.selection import Selection
from analytics.enpi.totals import rolling, total
from domain.enpi import Enpi, Every
from tests.analytics.enpi.builders import LINE, a_frame, a_plant


def an_enpi(actual: float, expected: float, resource: str = "electricity", unit: str = "kWh") -> Enpi:
    (found,) = enpis(a_frame([actual], [expected], cloth=[1.0]), a_plant(), LINE, Selection())
    figures = {name: replace(getattr(found, name), unit=unit) for name in ("actual", "expected")}
    savings = replace(found.savings, amount=replace(found.savings.amount, unit=unit))
    return replace(found, resource=resource, savings=savings, **figures)


def test_one_resource_adds_up_over_processes() -> None:
    found = total([an_enpi(12.0, 10.0), an_enpi(8.0, 10.0)], resource="electricity")
    assert (found.actual.value, found.senpi.value, found.savings.amount.value) == (20.0, 1.0, 0.0)
    assert found.savings.half_width == pytest.approx(2**0.5 * (an_enpi(12.0, 10.0).savings.half_width or 0))
    assert (found.process, found.resource, found.specific) == ("", "electricity", None)


def test_kwh_and_cubic_metres_never_add_up_but_their_money_does() -> None:
    found = total([an_enpi(12.0, 10.0), an_enpi(8.0, 7.0, "water", "m3")], energy=True)
    assert found.actual.value is None
    assert found.actual.left_out == {"not_commensurable": 2}
    assert (found.senpi.value, found.savings.amount.value) == (None, None)
    assert (found.excess_cost.value, found.excess_co2e.value) == (6.0, 1.5)


def test_different_energies_add_up_only_when_somebody_says_so() -> None:
    parts = [an_enpi(12.0, 10.0), an_enpi(8.0, 10.0, "steam")]
    assert total(parts).actual.value is None
    assert total(parts, energy=True).actual.value == 20.0


def test_a_part_that_is_unknown_is_told_and_not_taken_for_zero() -> None:
    found = total([an_enpi(12.0, 10.0), an_enpi(float("nan"), 10.0)], resource="electricity")
    assert found.actual.value == 12.0
    assert found.actual.coverage == 0.5
    assert found.actual.left_out == {"missing": 1, "part_unknown": 1}


def test_an_interval_is_unknown_where_that_of_a_part_is() -> None:
    part = an_enpi(12.0, 10.0)
    doubtful = replace(part, savings=replace(part.savings, half_width=None, why="no_baseline"))
    found = total([part, doubtful], resource="electricity")
    assert (found.savings.amount.value, found.savings.half_width) == (-4.0, None)
    assert found.savings.why == "no_baseline"


def months(hours: int) -> list[Enpi]:
    rng = np.random.default_rng(3)
    frame = a_frame(rng.uniform(5, 15, hours), rng.uniform(5, 15, hours), cloth=np.ones(hours))
    return enpis(frame, a_plant(), LINE, Selection(Every.MONTH))


def test_rolling_twelve_months_are_sum_over_sum_by_their_last_month() -> None:
    parts = months(24 * 420)
    found = rolling(parts)
    assert [one.period for one in found] == [one.period for one in parts[11:]]
    expected = sum(one.actual.value or 0 for one in parts[:12]) / sum(
        one.expected.value or 0 for one in parts[:12]
    )
    assert found[0].senpi.value == pytest.approx(expected)
    assert (found[0].start, found[0].end) == (parts[0].start, parts[11].end)


def test_there_are_no_rolling_months_before_a_year_is_there_nor_over_a_hole() -> None:
    parts = months(24 * 420)
    assert rolling(parts[:11]) == []
    assert rolling(parts[:5] + parts[6:13]) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=72), st.sampled_from(list(Every)))
def test_periods_add_up_to_the_whole_window(actual: list[float], every: Every) -> None:
    plant, frame = a_plant(), a_frame(actual, [1.0] * len(actual), cloth=actual)
    parts = enpis(frame, plant, LINE, Selection(every))
    (whole,) = enpis(frame, plant, LINE, Selection())
    if every is Every.SHIFT:
        assert sum(one.actual.intervals for one in parts) <= whole.actual.intervals
        return
    added = total(parts, process="line", resource="electricity")
    assert added.actual.value == pytest.approx(whole.actual.value)
    assert added.excess_cost.value == pytest.approx(whole.excess_cost.value)
    assert (added.actual.n, added.actual.intervals) == (whole.actual.n, whole.actual.intervals)
