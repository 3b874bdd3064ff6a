"""What losses cost, with everything that was spent on them upstream."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.balance import flows, material_cost
from analytics.balance.centres import quantity_centres
from analytics.balance.links import cost_links
from analytics.balance.material_cost import flow_costs
from domain.balance import Centre
from domain.errors import RefusedError
from domain.meter import Flow
from domain.plant import Process
from tests.analytics.balance.builders import a_meter, a_plant, a_spinning_mill, an_output, consumed

MILL = {"cotton_in": [500.0, 500.0], "yarn": [440.0, 440.0], "scrap_out": [60.0, 60.0], "power": [1500.0] * 2}


@pytest.mark.parametrize("module", [material_cost, flows])
def test_the_examples_of_a_module_give_what_they_say(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted >= 2
    assert done.failed == 0


def centre(name: str, *feeds: tuple[str, float], loss: float = 0.1, cost: float = 100.0) -> Centre:
    return Centre(name, cost, 0.0, 0.0, 0.0, loss, feeds)


def test_upstream_costs_accumulate() -> None:
    first, second = flow_costs([centre("a", ("b", 1.0)), centre("b")])
    assert (first.loss_cost, first.product_cost, first.leaves) == (10.0, 90.0, 0.0)
    assert (second.upstream_cost, second.own_cost, second.loss_cost) == (90.0, 100.0, 19.0)
    assert second.leaves == 171.0


def test_what_is_recycled_inside_carries_its_cost_round() -> None:
    """A passes all to B, B a quarter back to A: x_a = 100 + 0.25 x_b, x_b = x_a."""
    first, second = flow_costs(
        [centre("a", ("b", 1.0), loss=0.0), centre("b", ("a", 0.25), loss=0.0, cost=0.0)]
    )
    assert first.own_cost + first.upstream_cost == pytest.approx(400.0 / 3)
    assert second.upstream_cost == pytest.approx(400.0 / 3)
    assert second.leaves == pytest.approx(100.0)


def test_a_loop_that_nothing_leaves_is_refused_and_named() -> None:
    loop = [centre("a", ("b", 1.0), loss=0.0), centre("b", ("a", 1.0), loss=0.0), centre("c", ("a", 0.5))]
    with pytest.raises(RefusedError, match=r"loop of a, b: give one of them a loss, or feed_shares"):
        flow_costs(loop)


def test_a_loop_with_a_loss_is_no_trouble() -> None:
    loop = [centre("a", ("b", 1.0), loss=0.5), centre("b", ("a", 1.0), loss=0.0)]
    assert sum(one.loss_cost for one in flow_costs(loop)) == pytest.approx(200.0)


def test_no_centres_cost_nothing() -> None:
    assert flow_costs([]) == []


@st.composite
def plants(draw: st.DrawFn) -> list[Centre]:
    """Return up to five centres with any feeds, loops among them; each leaks a little."""
    count = draw(st.integers(1, 5))
    money = st.floats(0, 1e6)
    found = []
    for place in range(count):
        weights = draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
        scale = draw(st.floats(0, 0.95)) / max(sum(weights), 1e-9)
        feeds = tuple(
            (str(taker), weight * scale) for taker, weight in enumerate(weights) if weight * scale > 1e-6
        )
        loss = draw(st.floats(0, 1))
        found.append(Centre(str(place), draw(money), draw(money), draw(money), draw(money), loss, feeds))
    return found


@settings(max_examples=60, deadline=None)
@given(plants())
def test_what_is_spent_leaves_with_product_and_losses(centres: list[Centre]) -> None:
    found = flow_costs(centres)
    spent = sum(one.material_cost + one.energy_cost + one.system_cost + one.waste_cost for one in centres)
    assert sum(one.leaves + one.loss_cost for one in found) == pytest.approx(spent, rel=1e-6, abs=1e-6)
    for one in found:
        through = one.upstream_cost + one.own_cost
        assert one.product_cost + one.loss_cost - one.waste_cost == pytest.approx(through, rel=1e-9, abs=1e-6)
    links = cost_links(centres, found)
    into, out = (sum(links.filter(links["kind"] == kind)["value"]) for kind in ("input", "product"))
    assert into == pytest.approx(
        out + sum(links.filter(links["kind"] == "loss")["value"]), rel=1e-6, abs=1e-3
    )


def test_a_process_becomes_a_centre_with_the_figures_of_the_standards_example() -> None:
    (found,), findings = quantity_centres(consumed(MILL), a_spinning_mill(waste_cost=0.5), hours=2.0)
    assert (found.material_cost, found.energy_cost, found.system_cost) == (2000.0, 300.0, 500.0)
    assert (found.loss_share, found.waste_cost) == (0.12, 60.0)
    assert findings == []
    assert flow_costs([found])[0].loss_cost == pytest.approx(336.0 + 60.0)


def test_a_loss_that_nothing_measures_is_what_is_missing_from_the_product() -> None:
    plant = a_plant(
        [Process("spinning", "Spinning", variables=("yarn",), waste_cost=1.0)],
        a_meter("cotton_in", "spinning", "cotton"),
        an_output("yarn"),
    )
    (found,), findings = quantity_centres(consumed({"cotton_in": [100.0], "yarn": [90.0]}), plant, hours=1.0)
    assert (found.loss_share, found.waste_cost) == (0.1, 10.0)
    assert [one.kind for one in findings] == ["system_cost_unknown"]


def test_wastewater_costs_what_its_price_says() -> None:
    plant = a_plant(
        [Process("dyeing", "Dyeing", system_cost_per_hour=0.0)],
        a_meter("in", "dyeing", "water", "m3"),
        a_meter("out", "dyeing", "wastewater", "m3", flow=Flow.LOSS),
    )
    (found,), findings = quantity_centres(consumed({"in": [10.0], "out": [8.0]}), plant, hours=1.0)
    assert (found.energy_cost, found.waste_cost, found.loss_share) == (10.0, 24.0, 0.0)
    assert [one.kind for one in findings] == ["loss_unknown"]


def test_a_main_meter_bears_only_what_its_sub_meters_do_not() -> None:
    plant = a_plant(
        [Process("supply", "Supply"), Process("a", "A")],
        a_meter("main", "supply", "electricity", "kWh"),
        a_meter("a.power", "a", "electricity", "kWh", under="main"),
    )
    found, _ = quantity_centres(consumed({"main": [100.0], "a.power": [70.0]}), plant, hours=1.0)
    assert [one.energy_cost for one in found] == pytest.approx([3.0, 7.0])


def test_what_is_not_known_is_told() -> None:
    plant = a_spinning_mill(system_cost_per_hour=None, feeds=("x", "y"))
    plant = a_plant(
        [plant.processes["spinning"], Process("x", "X"), Process("y", "Y")],
        *plant.meters.values(),
        *plant.variables.values(),
    )
    amounts = MILL | {"cotton_in": [None, None], "power": [None, None]}
    (found, *_), findings = quantity_centres(consumed(amounts), plant, hours=2.0)
    assert found.feeds == ()
    told = [one.kind for one in findings if one.evidence["process"] == "spinning"]
    assert told == [
        "cost_unknown", "system_cost_unknown", "loss_unknown", "waste_cost_unknown", "feed_shares_unknown",
    ]  # fmt: skip


def test_more_lost_than_entered_is_told_and_not_believed() -> None:
    amounts = MILL | {"scrap_out": [900.0, 900.0]}
    (found,), findings = quantity_centres(consumed(amounts), a_spinning_mill(waste_cost=1.0), hours=2.0)
    assert found.loss_share == 1.0
    assert [one.kind for one in findings] == ["loss_impossible"]
