"""Hotspots and trouble become conditions with everything a message needs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest

from alerts.conditions import (
    INHIBITED_BY,
    Bands,
    hotspot_conditions,
    infrastructure_conditions,
    troubles,
)
from alerts.stages.explained import with_explanations
from domain.alert import Alert, AlertKind, AlertState, Condition
from domain.baseline import Severity
from domain.hotspot import HotspotKind
from tests.alerts.builders import BANDS, NOW, a_condition, a_hotspot, a_plant, an_alert


def of(**changes: Any) -> Condition:
    return hotspot_conditions([a_hotspot(**changes)], a_plant(), BANDS)[0]


@pytest.mark.parametrize(
    ("cost", "severity"),
    [
        (19_999.0, Severity.INFO),
        (20_000.0, Severity.WARNING),
        (79_999.0, Severity.WARNING),
        (80_000.0, Severity.CRITICAL),
        (None, Severity.WARNING),
    ],
)
def test_money_per_hour_decides_the_severity_and_an_unknown_price_is_a_warning(
    cost: float | None, severity: Severity
) -> None:
    assert of(cost_per_hour=cost).severity is severity


@pytest.mark.parametrize("kind", [HotspotKind.UNDER_CONSUMPTION, HotspotKind.STUCK_METER])
def test_what_has_no_cost_by_kind_is_a_warning_whatever_the_money(kind: HotspotKind) -> None:
    assert of(kind=kind, cost_per_hour=1e9).severity is Severity.WARNING


def test_an_ended_hotspot_is_no_condition() -> None:
    assert hotspot_conditions([a_hotspot(ended_at=NOW)], a_plant(), Bands(1, 2)) == []


def test_a_hotspots_key_is_its_id_and_its_facts_hold_what_a_message_needs() -> None:
    condition = of()
    assert condition.key == "h1"
    wanted = {
        "process": "dye_line_2", "process_name": "Chuyền nhuộm 2", "resource": "water",
        "resource_name": "Water", "unit": "m3", "since": "2026-11-21T18:40:00+00:00",
        "detected_at": "2026-11-21T20:40:00+00:00", "excess_per_hour": 4.1, "excess_total": 32.8,
        "cost_per_hour": 98_000.0, "cost_total": 786_000.0, "kg_co2e_per_hour": 1.4,
        "kg_co2e_total": 11.2, "currency": "VND", "cause": "base_load_up", "confidence": 0.71,
        "evidence": {}, "hotspot": "h1",
    }  # fmt: skip
    assert wanted.items() <= condition.facts.items()
    assert condition.facts["pct"] == pytest.approx(100 * 4.1 / 8.9)


def test_facts_are_json_even_when_a_figure_is_not_a_number() -> None:
    facts = of(excess_per_hour=math.nan, cost_total=math.inf, evidence={"slopes": [1.0, math.nan]}).facts
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert (facts["excess_per_hour"], facts["cost_total"], facts["pct"]) == (None, None, None)
    assert facts["evidence"] == {"slopes": [1.0, None]}


def test_nothing_expected_gives_no_percentage() -> None:
    assert of(expected_per_hour=0.0).facts["pct"] is None


def test_a_process_the_plant_does_not_know_any_more_keeps_its_id() -> None:
    facts = of(process="gone", resource="helium").facts
    assert (facts["process_name"], facts["resource_name"], facts["resource_kind"]) == ("gone", "helium", "")


def test_two_kinds_of_trouble_are_two_critical_conditions() -> None:
    found = infrastructure_conditions([("store", "503"), ("broker", "refused")], NOW)
    assert [(item.key, item.severity, item.facts["text"]) for item in found] == [
        ("store", Severity.CRITICAL, "503"),
        ("broker", Severity.CRITICAL, "refused"),
    ]
    assert len({item.fingerprint for item in found}) == 2


def silent(name: str = "m1") -> Condition:
    return Condition(AlertKind.SILENT_METER, f"silent/{name}", Severity.WARNING, NOW, 0)


def reasons(conditions: list[Condition], open_alerts: Sequence[Alert] = ()) -> dict[str, object]:
    holding = troubles(conditions, open_alerts)
    return {item.key: item.facts.get(INHIBITED_BY) for item in with_explanations(conditions, holding, {}, {})}


def test_trouble_explains_silent_meters_and_says_so() -> None:
    found = reasons([silent(), a_condition("store"), of()])
    assert found == {"silent/m1": "store", "store": None, "h1": None}


def test_the_plants_silence_explains_its_meters_and_is_itself_explained_by_the_broker() -> None:
    alone = reasons([silent(), a_condition("plant_silent")])
    assert alone == {"silent/m1": "plant_silent", "plant_silent": None}
    with_broker = reasons([silent(), a_condition("plant_silent"), a_condition("broker")])
    assert with_broker == {"silent/m1": "broker", "plant_silent": "broker", "broker": None}


def test_an_alert_that_is_still_open_goes_on_explaining_after_its_condition_has_gone() -> None:
    ending = an_alert(a_condition("store"), AlertState.FIRING, gone_at=NOW)
    assert reasons([silent()], [ending]) == {"silent/m1": "store"}


def test_without_trouble_nothing_is_explained() -> None:
    assert reasons([silent(), of()]) == {"silent/m1": None, "h1": None}
