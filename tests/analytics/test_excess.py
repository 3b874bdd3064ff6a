"""The EXCESS frame: actual against expected, in money and CO2e."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from polars.exceptions import ComputeError

from analytics.excess import excess_frame
from domain.resource import EmissionFactor, Price
from tests.analytics.consumption_builders import QUARTER_S, a_plant, a_resource, a_window, at

SINCE = date(2026, 1, 1)
PRICED = a_resource(
    prices=(Price(SINCE, None, 10.0, (a_window(40.0, "0", "00:15", "00:30"),)),),
    emission_factors=(EmissionFactor(SINCE, None, 0.5, 3, "supplier"),),
)


def process(*actual: float | None) -> pl.DataFrame:
    """Return a PROCESS frame."""
    quality = ["missing" if one is None else "measured" for one in actual]
    starts = [at(QUARTER_S * i) for i in range(len(actual))]
    schema = {"start": pl.Datetime("us", "UTC"), "actual": pl.Float64, "quality": pl.String}
    return pl.DataFrame([starts, actual, quality], schema=schema).with_columns(output=pl.lit(1.0))


def expectation(*expected: float | None) -> pl.DataFrame:
    """Return an EXPECTED frame."""
    starts = [at(QUARTER_S * i) for i in range(len(expected))]
    schema = {"start": pl.Datetime("us", "UTC"), "expected": pl.Float64}
    return pl.DataFrame([starts, expected], schema=schema).with_columns(sigma=pl.lit(0.25))


def test_an_excess_is_priced_at_its_own_time() -> None:
    frame = excess_frame(process(5.0, 5.0, 5.0), expectation(3.0, 3.0, 3.0), a_plant(), PRICED)
    assert frame.columns == [
        "start",
        "actual",
        "quality",
        "expected",
        "sigma",
        "excess",
        "cost",
        "kg_co2e",
    ]
    assert frame["excess"].to_list() == [2.0, 2.0, 2.0]
    assert frame["cost"].to_list() == [20.0, 80.0, 20.0]
    assert frame["kg_co2e"].to_list() == [1.0, 1.0, 1.0]
    assert frame["sigma"].to_list() == [0.25] * 3


def test_under_consumption_is_a_negative_excess_cost_and_emission() -> None:
    frame = excess_frame(process(1.0), expectation(3.0), a_plant(), PRICED)
    assert (frame["excess"][0], frame["cost"][0], frame["kg_co2e"][0]) == (-2.0, -20.0, -1.0)


def test_what_is_not_known_has_no_excess_and_no_cost() -> None:
    frame = excess_frame(process(None, 5.0, 5.0), expectation(3.0, None), a_plant(), PRICED)
    for column in ("excess", "cost", "kg_co2e"):
        assert frame[column].to_list() == [None, None, None]
    assert frame["actual"].to_list() == [None, 5.0, 5.0]
    assert frame["expected"].to_list() == [3.0, None, None]
    assert frame["quality"].to_list() == ["missing", "measured", "measured"]


def test_without_price_or_factor_the_excess_is_still_known() -> None:
    frame = excess_frame(process(5.0), expectation(3.0), a_plant(), a_resource())
    assert (frame["excess"][0], frame["cost"][0], frame["kg_co2e"][0]) == (2.0, None, None)
    assert frame.schema["cost"] == frame.schema["kg_co2e"] == pl.Float64


def test_rows_come_back_sorted_by_start_with_their_own_prices() -> None:
    frame = excess_frame(process(5.0, 6.0, 7.0)[::-1], expectation(3.0, 3.0, 3.0), a_plant(), PRICED)
    assert frame["start"].to_list() == [at(0), at(900), at(1800)]
    assert frame["cost"].to_list() == [20.0, 120.0, 40.0]


def test_no_intervals_give_an_empty_frame() -> None:
    assert excess_frame(process(), expectation(), a_plant(), PRICED).is_empty()


def test_an_interval_that_occurs_twice_is_an_error() -> None:
    twice = pl.concat([expectation(3.0), expectation(4.0)])
    with pytest.raises(ComputeError):
        excess_frame(process(5.0), twice, a_plant(), PRICED)
