"""A plant whose topics or payload rules cannot work is refused before anything connects."""

import pytest

from domain.errors import ConfigError
from ingest.check import check_routes
from ingest.parse import Parser
from tests.ingest.builders import a_meter, a_plant, a_rule, a_source, a_variable


def test_a_sound_plant_has_no_problems() -> None:
    plant = a_plant(
        a_meter("a", a_rule("x/a")),
        a_meter("b"),
        a_meter("n", a_rule("x/n", format="number", time="")),
        a_variable("v", a_rule("x/v", format="csv", value="1", time="0", time_unit="iso")),
        a_source(),
    )
    assert check_routes(plant) == []


def test_all_problems_are_found_at_once_with_their_place() -> None:
    plant = a_plant(
        a_meter("a", a_rule("x/#/a")),
        a_meter("b", a_rule("x/b", format="xml")),
        a_meter("c", a_rule("x/c", value="v[", time="t..u", time_unit="minutes")),
        a_variable("d", a_rule("x/d", format="number", time="ts")),
        a_variable("e", a_rule("x/e", format="csv", value="")),
        a_source("plant/{process}"),
    )
    with pytest.raises(ConfigError) as caught:
        Parser(plant)
    assert [(problem.table, problem.key, problem.value) for problem in caught.value.problems] == [
        ("meter (a)", "topic", "'x/#/a'"),
        ("meter (b)", "format", "'xml'"),
        ("meter (c)", "time_unit", "'minutes'"),
        ("meter (c)", "value", "'v['"),
        ("meter (c)", "time", "'t..u'"),
        ("variable (d)", "time", "'ts'"),
        ("variable (e)", "value", "''"),
        ("source[1]", "topic", "'plant/{process}'"),
    ]
    assert "allowed: json, number, csv" in str(caught.value)
