"""What balances and material flow costs need of the plant file."""

from __future__ import annotations

import pytest

from domain.meter import Flow
from tests.config.builders import PLANT, a_meter, plant_of, plant_problems, told

SITE = '[[process]]\nid = "site"\n'
MAIN = a_meter("main").replace('process = "dyeing"', 'process = "site"')
SILO = '[[variable]]\nid = "silo"\nkind = "gauge"\nunit = "t"\ntopic = "plant/silo"\n'


def dyeing(more: str) -> str:
    """Return the plant with more keys of its process."""
    return PLANT.replace('variables = ["dyeing.output"]', f'variables = ["dyeing.output"]\n{more}')


def under(main: str, more: str = "") -> str:
    """Return the plant with its water meter under a main meter."""
    return f'{PLANT}under = "{main}"\n{more}{SITE}{MAIN}'


def test_a_meter_is_under_a_main_meter_and_has_a_class() -> None:
    meter = plant_of(under("main", "accuracy_pct = 2\n")).meters["dyeing.water"]
    assert (meter.under, meter.accuracy_pct, meter.flow) == ("main", 2.0, Flow.INPUT)


def test_wastewater_is_a_loss_unless_the_file_says_otherwise() -> None:
    out = a_meter("out", resource="wastewater")
    assert plant_of(PLANT + out).meters["out"].flow is Flow.LOSS
    assert plant_of(PLANT + out + 'flow = "input"').meters["out"].flow is Flow.INPUT


def test_a_process_says_what_it_makes_stores_passes_on_and_costs() -> None:
    keys = (
        'output = ["dyeing.output"]\nstock = ["silo"]\nfeeds = ["site"]\nfeed_shares = { site = 0.9 }\n'
        "system_cost_per_hour = 500\nwaste_cost = 12\n"
    )
    process = plant_of(dyeing(keys) + SITE + SILO).processes["dyeing"]
    assert (process.output, process.stock) == (("dyeing.output",), ("silo",))
    assert process.feed_shares == (("site", 0.9),)
    assert (process.system_cost_per_hour, process.waste_cost) == (500.0, 12.0)
    assert plant_of(PLANT).balance.max_closure_pct == 5.0
    assert plant_of(PLANT + "[balance]\nmax_closure_pct = 3\n").balance.max_closure_pct == 3.0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (under("mian"), 'meter[1] (dyeing.water).under = "mian": unknown meter; did you mean "main"?'),
        (under("dyeing.water"), "leads back to this meter"),
        (
            PLANT + 'under = "m"\n' + a_meter(),
            "is at the same process, so that both would be added up: give m a process",
        ),
        (
            under("main").replace('resource = "water"', 'resource = "wastewater"', 1),
            "measures water, this meter wastewater",
        ),
        (under("main") + a_meter("other"), "other of the same process and resource is not"),
        (PLANT + a_meter(more='flow = "loss"'), "is of flow input, this one of loss: they would be added up"),
        (PLANT + 'flow = "out"\n', 'flow = "out": unknown value'),
        (PLANT + "accuracy_pct = 0\n", "accuracy_pct = 0: must be greater than 0"),
        (dyeing('output = ["dyeing.outptu"]'), 'did you mean "dyeing.output"?'),
        (dyeing('stock = ["dyeing.output"]'), "is a delta: a stock is a gauge"),
        (dyeing('stock = ["silo"]') + SILO.replace('"t"', '"degC"'), "a stock is a mass or a volume"),
        (dyeing("feed_shares = { site = 1 }") + SITE, "unknown process that this one feeds"),
        (dyeing('feeds = ["site"]\nfeed_shares = { site = 1.5 }') + SITE, "must be at most 1"),
        (
            dyeing('feeds = ["site", "dyeing"]\nfeed_shares = { site = 0.7, dyeing = 0.7 }') + SITE,
            "shares add up to 1.4",
        ),
        (dyeing('feeds = ["site", "dyeing"]\nfeed_shares = { site = 0.7 }') + SITE, "says nothing of dyeing"),
        (dyeing("system_cost_per_hour = -1"), "must be at least 0"),
        (PLANT + "[balance]\nmax_closure_pct = 0\n", "must be greater than 0"),
    ],
)
def test_one_mistake_is_one_problem(text: str, line: str) -> None:
    (found,) = told(plant_problems(text))
    assert line in found


def test_two_meters_under_each_other_are_both_told() -> None:
    text = under("main").replace('topic = "own/main"', 'topic = "own/main"\nunder = "dyeing.water"')
    found = told(plant_problems(text))
    assert len(found) == 2
    assert all("leads back to this meter" in line for line in found)


def test_a_market_based_factor_may_stand_beside_a_location_based_one() -> None:
    factor = '[[resource.emission_factor]]\nfrom = "2026-01-01"\namount = {}\nscope = 2\nsource = "x"\n'
    both = factor.format(0.7) + 'method = "location"\n' + factor.format(0.1) + 'method = "market"\n'
    text = PLANT + '[[resource]]\nid = "electricity"\n' + both
    assert len(plant_of(text).resources["electricity"].emission_factors) == 2
    (line,) = told(plant_problems(text + factor.format(0.2) + 'method = "market"\n'))
    assert "emission_factor[3].from" in line
    assert "emission_factor[2] begins on the same day" in line
