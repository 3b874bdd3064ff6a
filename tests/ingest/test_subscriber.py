"""What is asked of us over a real broker is heard, also what was asked while we were away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from domain.errors import LedgerError
from ingest.address import BrokerAddress
from ingest.publisher import MqttPublisher
from ingest.subscriber import Subscriber
from tests.ingest.builders import eventually
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.servers
TOPIC = "wastenot/command"


@contextmanager
def listening(server: Mosquitto, take: Callable[[str, bytes], None]) -> Iterator[Subscriber]:
    subscriber = Subscriber(BrokerAddress("127.0.0.1", server.port, "wastenot-commands"), TOPIC, take)
    subscriber.start()
    try:
        assert subscriber.connected.wait(10)
        yield subscriber
    finally:
        subscriber.stop()


def test_what_is_asked_is_taken_and_what_the_broker_repeats_is_not(
    mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    heard: list[bytes] = []
    publisher.publish(TOPIC, b"old", retain=True)
    with listening(mosquitto, lambda _, payload: heard.append(payload)):
        publisher.publish(TOPIC, b"now", retain=False)
        eventually(lambda: heard == [b"now"])
    publisher.publish(TOPIC, b"meanwhile", retain=False)
    with listening(mosquitto, lambda _, payload: heard.append(payload)):
        eventually(lambda: heard == [b"now", b"meanwhile"])


def test_what_cannot_be_kept_now_comes_again_and_a_mistake_costs_one_message(
    mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    tries: list[bytes] = []

    def take(_: str, payload: bytes) -> None:
        tries.append(payload)
        if payload == b"first" and tries.count(b"first") == 1:
            raise LedgerError("away")
        if payload == b"poison":
            raise KeyError("a mistake of ours")

    with listening(mosquitto, take):
        for payload in (b"first", b"poison", b"last"):
            publisher.publish(TOPIC, payload, retain=False)
        eventually(lambda: tries.count(b"last") == 1)
    assert tries.count(b"first") == 2
    assert tries.count(b"poison") == 1
