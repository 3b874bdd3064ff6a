"""Cost by time of use, CO2e by factor, and what to look at first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.enpi.costs import carbon_by_factor, costs, costs_by_window
from analytics.enpi.pareto import pareto
from domain.plant import Plant
from domain.resource import EmissionFactor, Price
from tests.analytics.consumption_builders import a_window
from tests.analytics.enpi.builders import a_frame, a_plant
from tests.analytics.enpi.test_totals import an_enpi

NAN = float("nan")
SINCE = date(2026, 1, 1)
PEAK = a_window(5.0, "01234", "06:00", "12:00")
GRID = EmissionFactor(SINCE, None, 0.7, 2, "grid", "location")
CONTRACT = EmissionFactor(date(2026, 3, 3), None, 0.1, 2, "contract", "market")


def a_site(*factors: EmissionFactor, to: date | None = None) -> Plant:
    plant = a_plant()
    described = replace(
        plant.resources["electricity"], prices=(Price(SINCE, to, 2.0, (PEAK,)),), emission_factors=factors
    )
    return replace(plant, resources={"electricity": described})


def test_each_hour_is_paid_at_its_own_price() -> None:
    frame = a_frame([1.0] * 24, [1.0] * 24)
    found = costs(frame, a_site(), "line", "electricity")
    assert (found.amount.value, found.cost.value, found.cost.unit) == (24.0, 18 * 2.0 + 6 * 5.0, "VND")
    assert costs_by_window(frame, a_site(), "electricity").rows() == [
        ("", 18.0, 36.0, 18),
        ("w", 6.0, 30.0, 6),
    ]


def test_location_and_market_based_figures_stand_side_by_side() -> None:
    found = costs(a_frame([1.0] * 48, [1.0] * 48), a_site(GRID, CONTRACT), "line", "electricity")
    assert found.co2e_location.value == pytest.approx(33.6)
    assert found.co2e_market.value == pytest.approx(2.4)
    assert found.co2e_market.left_out == {"no_factor": 24}, "the contract began on the second day"
    assert (found.co2e_market.coverage, found.co2e_location.coverage) == (0.5, 1.0)


def test_without_a_contract_the_market_based_figure_is_unknown_and_not_the_grids() -> None:
    found = costs(a_frame([1.0], [1.0]), a_site(GRID), "line", "electricity")
    assert (found.co2e_location.value, found.co2e_market.value) == (0.7, None)


def test_every_kilogram_can_be_traced_to_its_factor() -> None:
    later = EmissionFactor(date(2026, 3, 3), date(2026, 3, 3), 0.6, 2, "grid 2", "location")
    rows = carbon_by_factor(
        a_frame([1.0] * 72, [1.0] * 72), a_site(GRID, later, CONTRACT), "electricity"
    ).rows()
    assert rows == [
        ("location", 2, "grid", SINCE, 24.0, pytest.approx(16.8)),
        ("location", 2, "grid 2", date(2026, 3, 3), 24.0, pytest.approx(14.4)),
        ("market", 2, "contract", date(2026, 3, 3), 48.0, pytest.approx(4.8)),
    ]


def test_what_is_unknown_or_unpriced_is_left_out_and_told() -> None:
    frame = a_frame([1.0, NAN, 1.0], [1.0] * 3, quality=["measured", "missing", "reset"])
    found = costs(frame, a_site(to=date(2026, 2, 1)), "line", "electricity")
    assert (found.amount.value, found.amount.left_out) == (1.0, {"missing": 1, "reset": 1})
    assert (found.cost.value, found.cost.left_out) == (None, {"missing": 1, "reset": 1, "no_price": 1})
    assert costs_by_window(frame, a_site(to=date(2026, 2, 1)), "electricity").rows() == [(None, 1.0, None, 1)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=60))
def test_windows_and_factors_add_up_to_the_whole(actual: list[float | None]) -> None:
    frame = a_frame([NAN if one is None else one for one in actual], [1.0] * len(actual))
    plant = a_site(GRID, CONTRACT)
    found, windows = costs(frame, plant, "line", "electricity"), costs_by_window(frame, plant, "electricity")
    assert windows["amount"].sum() == pytest.approx(found.amount.value or 0.0)
    assert windows["cost"].sum() == pytest.approx(found.cost.value or 0.0)
    carbon = carbon_by_factor(frame, plant, "electricity")
    for method, figure in (("location", found.co2e_location), ("market", found.co2e_market)):
        total = carbon.filter(pl.col("method") == method)["kg_co2e"].sum()
        assert total == pytest.approx(figure.value or 0.0)


def test_losses_are_ranked_by_money_and_savings_are_none() -> None:
    rows = [an_enpi(12.0, 10.0), replace(an_enpi(14.0, 10.0), process="dear"), an_enpi(5.0, 10.0)]
    assert pareto(rows).rows() == [
        ("dear", "electricity", 8.0, pytest.approx(2 / 3), pytest.approx(2 / 3)),
        ("line", "electricity", 4.0, pytest.approx(1 / 3), 1.0),
    ]
    assert pareto([]).is_empty()
