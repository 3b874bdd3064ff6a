"""What subscribers of MQTT-out see."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from alerts.channels.mqtt import MqttChannel
from alerts.digest import digest
from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from domain.errors import BrokerError, NotifyError
from tests.alerts.builders import (
    NOW,
    PROMPT,
    a_hotspot,
    a_hotspot_condition,
    a_letterhead,
    a_plant,
    after,
    elsewhere,
)
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.messages import told

HEAD = a_letterhead("en")


@dataclass
class Broker:
    """A broker's retained messages, and all that passed."""

    retained: dict[str, bytes] = field(default_factory=dict)
    passed: list[tuple[str, bytes, bool]] = field(default_factory=list)
    refuses_after: int | None = None
    refusal: BrokerError = field(default_factory=lambda: BrokerError("no answer"))

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if self.refuses_after is not None and len(self.passed) >= self.refuses_after:
            raise self.refusal
        self.passed.append((topic, payload, retain))
        if retain:
            self.retained.pop(topic, None)
            if payload:
                self.retained[topic] = payload

    def events(self) -> list[dict[str, object]]:
        return [json.loads(payload) for topic, payload, _ in self.passed if topic == "wastenot/event"]


def a_channel(broker: Broker) -> MqttChannel:
    return MqttChannel("mqtt", broker, "wastenot", HEAD)


def test_an_alert_is_a_retained_state_with_its_facts_and_an_event_with_its_words() -> None:
    broker, condition = Broker(), a_hotspot_condition()
    a_channel(broker).send(told(condition))
    topic = f"wastenot/alert/{condition.fingerprint}/state"
    state = json.loads(broker.retained[topic])
    assert (state["state"], state["severity"], state["key"]) == ("firing", "critical", "h1")
    assert state["facts"]["cost_per_hour"] == 98_000.0
    assert state["url"] == f"https://cp.plant.lan/a/{condition.fingerprint}"
    (event,) = broker.events()
    assert (event["event"], event["dedup_key"]) == ("firing", f"{condition.fingerprint}/1/firing/mail")
    assert event["title"] == "▲ HIGH · Chuyền nhuộm 2 · water +4.1 m³/h (+46%)"
    assert list(broker.retained) == [topic]


def test_a_resolved_alerts_state_is_cleared_and_the_end_is_an_event() -> None:
    broker, condition = Broker(), a_hotspot_condition()
    a_channel(broker).send(told(condition))
    a_channel(broker).send(told(condition, over_after_s=60))
    assert broker.retained == {}
    assert [event["event"] for event in broker.events()] == ["firing", "resolved"]


def test_a_group_is_one_event_and_a_state_for_each_of_its_alerts() -> None:
    broker = Broker()
    a_channel(broker).send(told(*(a_hotspot_condition(f"h{number}") for number in range(6))))
    assert len(broker.retained) == 6
    (event,) = broker.events()
    assert event["event"] == "group"


def test_a_group_cut_short_by_the_broker_is_right_after_it_is_sent_again() -> None:
    broker = Broker(refuses_after=3)
    message = told(*(a_hotspot_condition(f"h{number}") for number in range(6)))
    with pytest.raises(NotifyError) as trouble:
        a_channel(broker).send(message)
    assert trouble.value.retryable
    broker.refuses_after = None
    a_channel(broker).send(message)
    assert len(broker.retained) == 6
    assert len(broker.events()) == 1


def test_a_refusal_for_good_is_not_tried_again() -> None:
    broker = Broker(refuses_after=0, refusal=BrokerError("not authorised", retryable=False))
    with pytest.raises(NotifyError, match="not authorised") as trouble:
        a_channel(broker).send(told(a_hotspot_condition()))
    assert not trouble.value.retryable


def test_a_days_report_is_an_event_only() -> None:
    broker, ledger = Broker(), MemoryLedger()
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot())
    (message,) = digest(ledger, a_plant(), NOW.date(), NOW, [ChannelRule("mqtt")])
    a_channel(broker).send(message)
    assert broker.retained == {}
    assert broker.events()[0]["event"] == "digest"


def test_after_any_story_the_retained_states_are_exactly_the_open_alerts() -> None:
    broker, ledger, rule = Broker(), MemoryLedger(), [ChannelRule("mqtt", group_above=2)]
    many = [elsewhere(f"h{number}") for number in range(8)]
    for turn, holding in enumerate([many[:3], many[:8], many[2:4], many[3:]]):
        evaluate(ledger, holding, after(turn * 10), PROMPT, rule)
    for message in ledger.tables.outbox.values():
        a_channel(broker).send(message)
    open_now = {f"wastenot/alert/{condition.fingerprint}/state" for condition in many[3:]}
    assert set(broker.retained) == open_now


def test_a_name_that_utf_8_cannot_write_is_published_all_the_same() -> None:
    broker = Broker()
    a_channel(broker).send(told(a_hotspot_condition(evidence={"shifts_per_hour": {"\ud800": 3.0}})))
    assert len(broker.retained) == 1


@pytest.mark.parametrize("base", ["", "/", "a/#", "+/a", "$SYS", "a\0b"])
def test_a_base_topic_that_cannot_be_published_under_is_refused_at_once(base: str) -> None:
    with pytest.raises(NotifyError) as trouble:
        MqttChannel("mqtt", Broker(), base, HEAD)
    assert not trouble.value.retryable
