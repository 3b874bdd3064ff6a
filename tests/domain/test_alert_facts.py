"""Reading an alert's facts: what is not there, or is no figure, is unknown and never zero."""

from __future__ import annotations

from typing import Any

import pytest

from domain.alert_facts import facts_of, number_of, text_of
from tests.store.builders import an_alert


def test_facts_are_read_as_figures_and_names() -> None:
    facts = {"process": "dye", "process_name": "Dyeing", "resource": "water", "unit": "m3", "currency": "VND"}
    figures = {"excess_per_hour": 4, "cost_per_hour": 0, "cost_total": -1.5, "kg_co2e_per_hour": 2.0}
    read = facts_of(an_alert(facts={**facts, **figures}))
    assert (read.process, read.process_name, read.resource) == ("dye", "Dyeing", "water")
    assert (read.unit, read.currency) == ("m3", "VND")
    assert (read.excess_per_hour, read.cost_per_hour, read.cost_total) == (4.0, 0.0, -1.5)
    assert (read.kg_co2e_per_hour, read.confidence) == (2.0, None)


@pytest.mark.parametrize("wrong", [None, True, "12", [1.0], {}])
def test_what_is_no_figure_is_unknown(wrong: Any) -> None:
    assert number_of({"cost_total": wrong}, "cost_total") is None
    assert number_of({}, "cost_total") is None


@pytest.mark.parametrize("wrong", [None, 7, ["dye"], {}])
def test_what_is_no_text_is_no_name(wrong: Any) -> None:
    assert text_of({"process": wrong}, "process") == ""
    assert text_of({}, "process") == ""


@pytest.mark.parametrize("wrong", [None, 4.0, [], [1.0], [1.0, None], [1.0, "2"], [1.0, 2.0, 3.0]])
def test_what_is_no_pair_of_figures_is_no_interval(wrong: Any) -> None:
    read = facts_of(an_alert(facts={"evidence": {"interval_per_hour": wrong}}))
    assert read.interval_per_hour is None
    assert facts_of(an_alert(facts={"evidence": wrong})).interval_per_hour is None
    assert facts_of(an_alert(facts={"evidence": {"interval_per_hour": [1, 2.5]}})).interval_per_hour == (
        1.0,
        2.5,
    )
