"""Rules in the plant file: read as written, refused with where, what and what is allowed."""

from __future__ import annotations

import pytest

from config.meter_schema import RuleRow
from domain.rule import RULES, MeterRule, RuleKind, figures_of
from tests.config.builders import PLANT, a_meter, plant_of, plant_problems

RULE = "[[meter.rule]]\n"


def with_rule(text: str, kind: str = "counter") -> str:
    return PLANT + a_meter("m", kind=kind, unit="m3/h" if kind == "gauge" else "m3", more=RULE + text)


def test_a_rule_is_read_with_what_is_written_and_the_rest_is_its_default() -> None:
    plant = plant_of(with_rule('kind = "continuous_flow"\npulse = 0.1\nhours = 36'))
    (rule,) = plant.meters["m"].rules
    assert rule == MeterRule(RuleKind.CONTINUOUS_FLOW, (("hours", 36.0), ("pulse", 0.1)))
    assert figures_of(rule).values["clean_nights"] == 2


def test_a_rule_can_be_switched_off_without_its_figures() -> None:
    plant = plant_of(with_rule('kind = "idling"\nenabled = false'))
    assert plant.meters["m"].rules == (MeterRule(RuleKind.IDLING, (), enabled=False),)


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("hours = 3", "kind", "is missing: write one of continuous_flow, night_flow"),
        ('kind = "continous_flow"', "kind", 'unknown kind of rule; did you mean "continuous_flow"?'),
        ('kind = "continuous_flow"\nhour = 3', "hour", 'unknown key; did you mean "hours" or'),
        ('kind = "continuous_flow"\nrise_pct = 3', "rise_pct", "unknown figure of continuous_flow"),
        ('kind = "continuous_flow"\nhours = 900', "hours", "must be 2 to 168 [h]: hours without a zero one"),
        ('kind = "continuous_flow"\nhours = "x"', "hours", "must be a number"),
        ('kind = "continuous_flow"\nnight_from = 5', "night_to", "the night is empty"),
        ('kind = "idling"\nidle_power = 4', "warm_up", "is missing: what it takes to start again"),
        ('kind = "maximum_demand"\nlimit = 0', "limit", "must be more than 0 [rate]"),
        ('kind = "implausible"\nmin = 5\nmax = 2', "max", "must be greater than min (5)"),
        ('kind = "implausible"\nmax_step = 2', "max_step", "is not for a counter: write max_rate"),
        ('kind = "frozen_at_limit"', "high", "is missing: a counter without a rollover has no end known"),
        (
            'kind = "load_unload"\nloaded_power = 5\nunloaded_power = 6',
            "loaded_power",
            "must be greater than",
        ),
        (
            'kind = "load_unload"\nloaded_power = 5\ngood_pct = 30',
            "good_pct",
            "must not be above poor_pct (20)",
        ),
        (
            f'kind = "stuck"\n{RULE}kind = "stuck"',
            "kind",
            "this meter has such a rule already: meter.rule[1]",
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_with_what_is_allowed(text: str, key: str, message: str) -> None:
    (problem,) = plant_problems(with_rule(text))
    assert problem.key == key
    assert problem.table.startswith("meter[2] (m).rule[")
    assert message in problem.message


def test_a_gauge_has_steps_and_no_rates() -> None:
    (problem,) = plant_problems(with_rule('kind = "implausible"\nmax_rate = 2', kind="gauge"))
    assert problem.message == "is not for a gauge: write max_step"


def test_every_figure_of_every_rule_is_a_key_of_the_plant_file_and_no_other() -> None:
    keys = set(RuleRow.model_fields) - {"kind", "enabled"}
    assert keys == {parameter.name for rule in RULES.values() for parameter in rule.parameters}
    assert set(RULES) == set(RuleKind)
    for rule in RULES.values():
        for one in rule.parameters:
            assert one.default is None or one.low <= one.default <= one.high
            assert not (one.required and one.default is not None)
