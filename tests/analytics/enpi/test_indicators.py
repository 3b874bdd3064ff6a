"""Indicators of a process: what they are made of, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.enpi.indicators import Subject, enpis
from analytics.enpi.selection import Selection
from domain.enpi import Enpi, Every
from domain.plant import Plant
from tests.analytics.enpi.builders import LINE, MONDAY, SURE, a_frame, a_plant

NAN = float("nan")


def one(frame: object, plant: Plant | None = None, **asked: str) -> Enpi:
    """Return the only record."""
    (found,) = enpis(frame, plant or a_plant(), LINE, Selection(**asked))  # type: ignore[arg-type]
    return found


def test_use_over_expected_use_and_the_difference_in_unit_money_and_co2e() -> None:
    found = one(a_frame([12.0, 8.0, 10.0], [10.0, 10.0, 20.0], cloth=[1.0, 2.0, 2.0]))
    assert (found.actual.value, found.expected.value) == (30.0, 40.0)
    assert found.senpi.value == 0.75
    assert (found.savings.amount.value, found.savings.pct) == (10.0, 25.0)
    assert (found.excess_cost.value, found.excess_cost.unit) == (-20.0, "VND")
    assert (found.excess_co2e.value, found.excess_co2e.unit) == (-5.0, "kg")
    assert (found.senpi.n, found.senpi.coverage, found.senpi.left_out) == (3, 1.0, {})
    assert found.savings.method == "forecast"


def test_only_intervals_in_which_both_are_known_are_compared() -> None:
    found = one(a_frame([10.0, NAN, 30.0, 5.0], [10.0, 10.0, NAN, 5.0], cloth=[1.0] * 4))
    assert (found.actual.value, found.expected.value, found.senpi.value) == (15.0, 15.0, 1.0)
    assert found.actual.coverage == 0.5
    assert found.actual.left_out == {"missing": 1, "no_expected": 1}


def test_a_reset_is_left_out_and_a_lump_after_an_outage_is_not() -> None:
    quality = ["measured", "reset", "catch_up"]
    found = one(a_frame([1.0, 2.0, 4.0], [1.0, 1.0, 4.0], quality=quality, cloth=[1.0] * 3))
    assert found.actual.value == 5.0
    assert found.actual.left_out == {"reset": 1}


def test_nothing_known_is_unknown_and_not_zero() -> None:
    found = one(a_frame([NAN, NAN], [1.0, 1.0], cloth=[1.0, 1.0]))
    figures = (found.actual, found.expected, found.senpi, found.savings.amount, found.excess_cost)
    assert {figure.value for figure in figures} == {None}
    assert {figure.coverage for figure in figures} == {0.0}
    assert (found.savings.low, found.savings.why) == (None, "not_judged")


def test_without_price_or_factor_money_and_co2e_are_unknown_and_say_why() -> None:
    found = one(a_frame([2.0, 3.0], [1.0, 1.0], price=None, factor=None, cloth=[1.0, 1.0]))
    assert found.excess_cost.value is None
    assert found.excess_cost.left_out == {"no_price": 2}
    assert found.excess_co2e.left_out == {"no_factor": 2}


def test_specific_use_has_a_numerator_and_a_denominator_of_the_same_hours() -> None:
    frame = a_frame([12.0, 8.0, 100.0, NAN], [NAN] * 4, cloth=[3.0, 1.0, NAN, 5.0])
    specific = one(frame).specific
    assert specific is not None
    assert (specific.numerator.value, specific.denominator.value, specific.value.value) == (20.0, 4.0, 5.0)
    assert (specific.value.unit, specific.value.coverage) == ("kWh/kg", 0.5)
    assert specific.value.left_out == {"missing": 1, "output_unknown": 1}


@pytest.mark.parametrize(
    ("outputs", "made", "reason"),
    [
        ({"cloth": "kg"}, {"cloth": [0.0, 0.0]}, "no_output"),
        ({"cloth": "kg"}, {"cloth": [NAN, NAN]}, "output_unknown"),
        ({}, {}, "output_unknown"),
        ({"cloth": "kg", "rolls": "pcs"}, {"cloth": [1.0, 1.0], "rolls": [1.0, 1.0]}, "outputs_differ"),
    ],
)
def test_without_a_known_output_there_is_no_specific_use(
    outputs: dict[str, str], made: dict[str, list[float]], reason: str
) -> None:
    specific = one(a_frame([1.0, 1.0], [1.0, 1.0], **made), a_plant(outputs)).specific
    assert specific is not None
    assert specific.value.value is None
    assert specific.value.left_out[reason] == 2


def test_outputs_of_one_unit_are_added_up() -> None:
    plant = a_plant({"cloth": "kg", "yarn": "kg"})
    specific = one(a_frame([6.0], [6.0], cloth=[2.0], yarn=[1.0]), plant).specific
    assert specific is not None
    assert (specific.value.value, specific.denominator.value) == (2.0, 3.0)


def test_a_product_counts_only_while_it_alone_is_made() -> None:
    plant = a_plant({"cloth": "kg", "yarn": "kg"})
    frame = a_frame([1.0, 2.0, 4.0, 8.0], [1.0] * 4, cloth=[1.0, 1.0, 0.0, NAN], yarn=[0.0, 1.0, 1.0, 0.0])
    found = one(frame, plant, product="cloth")
    assert found.actual.value == 1.0
    assert found.actual.intervals == 3, "the hour of yarn was not asked for"
    assert found.actual.left_out == {"mixed_products": 1, "product_unknown": 1}


def test_a_process_that_does_not_make_the_product_has_nothing_to_say() -> None:
    assert enpis(a_frame([1.0], [1.0], cloth=[1.0]), a_plant(), LINE, Selection(product="beer")) == []


def periods(every: Every, hours: int, zone: str = "UTC") -> list[str]:
    frame = a_frame([1.0] * hours, [1.0] * hours, cloth=[1.0] * hours)
    return [found.period for found in enpis(frame, a_plant(zone=zone), LINE, Selection(every))]


def test_periods_are_the_plants_days_weeks_and_months() -> None:
    assert periods(Every.DAY, 30) == ["2026-03-02", "2026-03-03"]
    assert periods(Every.DAY, 18, "Asia/Ho_Chi_Minh") == ["2026-03-02", "2026-03-03"]
    assert periods(Every.WEEK, 24 * 8) == ["2026-W10", "2026-W11"]
    assert periods(Every.MONTH, 24 * 31) == ["2026-03", "2026-04"]


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    found = periods(Every.SHIFT, 48)
    assert found == ["2026-03-02 early", "2026-03-02 night", "2026-03-03 early", "2026-03-03 night"]


def test_only_the_hours_of_a_shift_count_when_it_is_asked_for() -> None:
    frame = a_frame(np.arange(24.0), np.ones(24), cloth=np.ones(24))
    found = one(frame, shift="early")
    assert found.actual.value == sum(range(6, 14))
    assert (found.start.hour, found.end.hour, found.actual.intervals) == (6, 14, 8)


def test_savings_without_a_baseline_say_why_they_have_no_interval() -> None:
    frame = a_frame([1.0], [2.0], cloth=[1.0])
    (found,) = enpis(frame, a_plant(), Subject("line", "electricity", "no_baseline"), Selection())
    assert found.savings.amount.value == 1.0
    assert (found.savings.half_width, found.savings.why) == (None, "no_baseline")


def test_the_interval_of_savings_lies_about_them() -> None:
    found = one(a_frame([9.0] * 720, [10.0] * 720, cloth=[1.0] * 720))
    assert found.savings.low is not None
    assert found.savings.high is not None
    assert found.savings.low < 720.0 < found.savings.high
    assert found.start == MONDAY
    assert found.savings.half_width == pytest.approx(
        720 * 10 * 0.15 * 1.26 * 1.645 * (1.3 / 0.7 / 720) ** 0.5, rel=0.01
    )
    assert SURE.effective == pytest.approx(8760 * 0.7 / 1.3)
