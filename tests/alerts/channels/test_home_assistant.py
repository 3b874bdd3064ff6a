"""What Home Assistant is told: entities once, and states that follow what is open in the ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from alerts.channels.home_assistant import Stream
from alerts.channels.mqtt import MqttChannel
from domain.alert import Alert, AlertState
from tests.alerts.builders import a_hotspot_condition, a_letterhead, an_alert
from tests.alerts.channels.test_mqtt import Broker
from tests.alerts.messages import told
from tests.alerts.test_clean import HOSTILE

LEAK = a_hotspot_condition()
STATE = "wastenot/stream/dye_line_2/water/state"


def a_channel(broker: Broker, open_alerts: list[Alert], name: str = "Chuyền nhuộm 2") -> MqttChannel:
    streams = [
        Stream("dye_line_2", name, "water", "Nước", "m3"),
        Stream("boiler", "Lò hơi", "gas", "Gas", "kWh"),
    ]
    return MqttChannel(
        "mqtt", broker, "wastenot", a_letterhead("en"), streams, lambda: open_alerts, "homeassistant"
    )


def state(broker: Broker, topic: str = STATE) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(broker.retained[topic])
    return said


def test_every_stream_is_a_problem_and_three_figures_with_the_same_availability() -> None:
    broker = Broker()
    a_channel(broker, []).announce()
    entities = {
        topic: json.loads(payload) for topic, payload in broker.retained.items() if topic.endswith("/config")
    }
    assert len(entities) == 8
    problem = entities["homeassistant/binary_sensor/wastenot/wastenot_dye_line_2_water_problem/config"]
    assert (problem["device_class"], problem["state_topic"]) == ("problem", STATE)
    loss = entities["homeassistant/sensor/wastenot/wastenot_dye_line_2_water_cost_per_hour/config"]
    assert (loss["unit_of_measurement"], loss["value_template"]) == (
        "VND/h",
        "{{ value_json.cost_per_hour }}",
    )
    assert {entity["availability_topic"] for entity in entities.values()} == {"wastenot/status"}
    assert len({entity["unique_id"] for entity in entities.values()}) == 8


def test_states_follow_what_is_open_and_what_is_not_known_is_null() -> None:
    broker, alert = Broker(), an_alert(LEAK, AlertState.FIRING)
    open_alerts = [alert]
    channel = a_channel(broker, open_alerts)
    channel.announce()
    assert (state(broker)["problem"], state(broker)["cost_per_hour"]) == ("ON", 98_000.0)
    assert state(broker, "wastenot/stream/boiler/gas/state")["problem"] == "OFF"
    open_alerts.clear()
    channel.send(told(LEAK, over_after_s=60))
    assert (state(broker)["problem"], state(broker)["excess_per_hour"]) == ("OFF", None)


def test_of_several_alerts_the_dearest_is_shown_and_one_that_only_waits_is_none() -> None:
    dear = an_alert(a_hotspot_condition("h2", cost_per_hour=5e5), AlertState.FIRING)
    broker, waiting = Broker(), an_alert(LEAK, AlertState.PENDING)
    a_channel(broker, [an_alert(LEAK, AlertState.FIRING), dear]).announce()
    assert (state(broker)["fingerprint"], state(broker)["alerts"]) == (dear.fingerprint, 2)
    a_channel(broker, [waiting]).announce()
    assert state(broker)["problem"] == "OFF"


def test_without_a_prefix_nobody_is_told_of_entities() -> None:
    broker = Broker()
    MqttChannel("mqtt", broker, "wastenot", a_letterhead()).announce()
    assert broker.passed == []


@pytest.mark.fault(29)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_inert_and_never_part_of_a_topic(name: str) -> None:
    broker = Broker()
    hostile = Stream(name, name, name, name, name)
    MqttChannel(
        "m", broker, "wastenot", a_letterhead(plant=name), [hostile], tuple, "homeassistant"
    ).announce()
    for topic, payload in broker.retained.items():
        assert not set(topic) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/")
        assert "<" not in json.loads(payload).get("name", "")
    assert replace(hostile, unit="m3").topic("b").count("/") == 4
