"""What docs/rules.md says of rules is what they are, and its example can be copied."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.rule import RULES, Parameter, RuleKind
from tests.config.builders import PLANT, plant_of

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
SECTIONS = {
    found.group(1): section
    for section in PAGE.split("\n## ")[1:]
    if (found := re.match(r"[^\n]*\(`(\w+)`\)", section))
}


def default_of(one: Parameter) -> str:
    if one.required:
        return "must be written"
    return "not judged" if one.default is None else f"{one.default:g}"


def test_every_rule_has_a_section_and_there_is_no_other() -> None:
    assert set(SECTIONS) == set(RULES) == set(RuleKind)


@pytest.mark.parametrize("kind", list(RuleKind))
def test_a_section_tells_every_figure_with_its_default_the_source_and_the_end(kind: RuleKind) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", SECTIONS[kind], re.MULTILINE)
    rule = RULES[kind]
    assert rows == [(one.name, default_of(one), one.unit, one.meaning) for one in rule.parameters]
    line = f"Comes on by itself: {rule.comes_on}. Over: {rule.clears}. Source: {rule.source}."
    assert line in SECTIONS[kind]


def test_the_example_is_a_good_part_of_a_plant_file() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    plant = plant_of(f'{PLANT}\n[[process]]\nid = "dye_line_2"\n\n{block}')
    assert [str(rule.kind) for rule in plant.meters["dye_line_2.water"].rules] == [
        "continuous_flow",
        "night_flow",
    ]
