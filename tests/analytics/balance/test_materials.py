"""Material and water of a process: in, out, what lies there, and what is not accounted for."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.balance.materials import material_balances
from domain.balance import MaterialBalance
from domain.meter import Flow
from domain.plant import Plant, Process
from tests.analytics.balance.builders import (
    a_meter,
    a_plant,
    a_spinning_mill,
    a_stock,
    an_output,
    consumed,
)

MILL = {"cotton_in": [500.0, 500.0], "yarn": [440.0, 440.0], "scrap_out": [60.0, 50.0]}


def one(plant: Plant, amounts: dict[str, Any], process: str = "spinning") -> MaterialBalance:
    (found,) = material_balances(consumed(amounts), plant, process)
    return found


def kinds(found: MaterialBalance) -> list[str]:
    return [finding.kind for finding in found.findings if finding.kind != "accuracy_unknown"]


def test_what_goes_in_is_product_loss_or_not_accounted_for() -> None:
    found = one(a_spinning_mill(), MILL)
    assert (found.inputs.value, found.product.value, found.losses.value) == (1000.0, 880.0, 110.0)
    assert (found.closure.value, found.pct, found.closure.unit) == (10.0, 1.0, "kg")
    assert kinds(found) == []


def test_a_closure_error_beyond_the_limit_is_a_finding() -> None:
    found = one(a_spinning_mill(), MILL | {"scrap_out": [10.0, 10.0]})
    assert kinds(found) == ["closure_error"]
    assert found.findings[0].evidence["closure"] == 100.0


def test_more_out_than_in_is_a_finding() -> None:
    found = one(a_spinning_mill(), MILL | {"yarn": [600.0, 600.0]})
    assert kinds(found) == ["negative_remainder"]


def test_only_intervals_in_which_all_is_known_count() -> None:
    found = one(a_spinning_mill(), MILL | {"scrap_out": [60.0, None]})
    assert (found.inputs.value, found.closure.value, found.closure.coverage) == (500.0, 0.0, 0.5)
    assert kinds(found) == ["low_coverage"]


def a_silo() -> Plant:
    return a_plant(
        [Process("spinning", "Spinning", variables=("yarn",), stock=("silo",))],
        a_meter("cotton_in", "spinning", "cotton"),
        an_output("yarn"),
        a_stock("silo"),
    )


def test_stock_that_was_taken_came_out_too() -> None:
    amounts = {"cotton_in": [500.0, 500.0], "yarn": [550.0, 550.0], "silo": [300.0, 200.0]}
    found = one(a_silo(), amounts)
    assert (found.opening.value, found.closing.value, found.closure.value) == (300.0, 200.0, 0.0)


def test_a_stock_that_nobody_knows_leaves_the_balance_open() -> None:
    amounts = {"cotton_in": [500.0] * 9, "yarn": [500.0] * 9, "silo": [None] * 8 + [200.0]}
    found = one(a_silo(), amounts)
    assert (found.opening.value, found.closure.value, found.pct) == (None, None, None)
    assert kinds(found) == ["stock_unknown"]


def a_chain(**keys: Any) -> Plant:
    """Return spinning, which feeds weaving, where only the cloth is counted."""
    return a_plant(
        [
            Process("spinning", "Spinning", variables=("yarn",), feeds=("weaving",), **keys),
            Process("weaving", "Weaving", variables=("cloth",)),
        ],
        a_meter("cotton_in", "spinning", "cotton"),
        an_output("yarn"),
        an_output("cloth"),
    )


CHAIN = {"cotton_in": [100.0], "yarn": [90.0], "cloth": [81.0]}


def test_what_another_process_feeds_comes_in() -> None:
    found = one(a_chain(), CHAIN, "weaving")
    assert (found.inputs.value, found.upstream.value, found.product.value) == (0.0, 90.0, 81.0)
    assert found.closure.value == 9.0
    assert found.pct == pytest.approx(10.0)


def test_only_the_share_that_is_passed_on_comes_in() -> None:
    found = one(a_chain(feed_shares=(("weaving", 0.9),)), CHAIN, "weaving")
    assert found.upstream.value == pytest.approx(81.0)
    assert found.closure.value == pytest.approx(0.0)


def test_shares_that_nobody_says_and_products_that_nobody_measures_are_findings() -> None:
    plant = a_plant(
        [
            Process("spinning", "Spinning", variables=("yarn",), feeds=("weaving", "other")),
            Process("winding", "Winding", feeds=("weaving",)),
            Process("weaving", "Weaving", variables=("cloth",)),
            Process("other", "Other"),
        ],
        a_meter("cotton_in", "spinning", "cotton"),
        an_output("yarn"),
        an_output("cloth"),
    )
    found = one(plant, CHAIN, "weaving")
    assert (found.upstream.value, found.closure.value) == (None, None)
    assert kinds(found) == ["feed_shares_unknown", "product_unknown"]


def test_water_is_balanced_against_wastewater() -> None:
    plant = a_plant(
        [Process("dyeing", "Dyeing")],
        a_meter("in", "dyeing", "water", "m3", accuracy_pct=2.0),
        a_meter("out", "dyeing", "wastewater", "m3", flow=Flow.LOSS, accuracy_pct=5.0),
    )
    found = one(plant, {"in": [10.0, 10.0], "out": [8.0, 7.0]}, "dyeing")
    assert (found.kind, found.closure.value, found.pct) == ("water", 5.0, 25.0)
    assert found.half_width == pytest.approx(1.6449 / 3**0.5 * (0.4**2 + 0.75**2) ** 0.5, rel=1e-3)
    assert kinds(found) == ["closure_error"]


def test_what_only_goes_in_is_not_balanced() -> None:
    plant = a_plant([Process("dyeing", "Dyeing")], a_meter("in", "dyeing", "water", "m3"))
    assert material_balances(consumed({"in": [1.0]}), plant, "dyeing") == []


def test_what_drives_several_processes_is_the_product_of_none_of_them_unless_one_says_so() -> None:
    def site(**keys: Any) -> Plant:
        return a_plant(
            [
                Process("spinning", "Spinning", variables=("yarn",), **keys),
                Process("boiler", "Boiler", variables=("yarn",)),
            ],
            a_meter("cotton_in", "spinning", "cotton"),
            an_output("yarn"),
        )

    amounts = consumed({"cotton_in": [10.0], "yarn": [9.0]})
    assert material_balances(amounts, site(), "spinning") == []
    (found,) = material_balances(amounts, site(output=("yarn",)), "spinning")
    assert found.product.value == 9.0
