"""Listening on a real broker: from messages to rows to readings; denied, away, cut off, flooded."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import BrokerError
from domain.reading import Reading
from ingest.address import BrokerAddress
from ingest.discovery.listening import Listener
from ingest.discovery.sample import Heard
from ingest.parse import Parser
from ingest.publisher import MqttPublisher
from ingest.routes import subscriptions
from ingest.times import micros
from tests.ingest.builders import WallClock
from tests.ingest.discovered import expected_values, plant_of, proposed, rows_of, several_dialects
from tests.ingest.fake_broker import FakeBroker
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port
from tests.servers.proxy import TcpProxy

pytestmark = pytest.mark.servers
ROUNDS = 6


def a_listener(
    port: int, *filters: str, fallback: tuple[str, ...] = (), **address: object
) -> tuple[Listener, Heard]:
    heard = Heard()
    where = BrokerAddress("127.0.0.1", port, "the-collector", **address)  # type: ignore[arg-type]
    return Listener(where, filters or ("#",), heard, WallClock(), fallback=fallback), heard


def listen_until(listener: Listener, enough: Callable[[], object], meanwhile: Callable[[], None]) -> None:
    """Listen while something else goes on, until there is enough."""
    other = threading.Thread(target=meanwhile)
    listener.listen(60.0, lambda: bool(enough()), other.start)
    other.join()
    assert enough(), "not within 60 s"


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_what_a_broker_sends_becomes_a_plant_file_that_reads_the_same_messages(
    mosquitto: Mosquitto, publisher: MqttPublisher, protocol: str
) -> None:
    listener, heard = a_listener(mosquitto.port, protocol=protocol)
    start_us = micros(WallClock().now())
    rounds = list(several_dialects(ROUNDS, start_us, 50_000))

    def publish() -> None:
        for topic, payload in rounds:
            publisher.publish(topic, payload, retain=False)

    listen_until(listener, lambda: heard.messages >= len(rounds), publish)
    plant = plant_of(proposed(heard))
    assert subscriptions(plant)
    parser, now_us = Parser(plant), micros(WallClock().now())
    last: dict[str, Reading] = {}
    for topic, payload in rounds:
        readings, rejects = parser.parse(topic, payload, now_us)
        assert rejects == [] or topic == "solar/116180/0/power", rejects
        last |= {reading.meter: reading for reading in readings}
    values = {
        (one.rule.topic, one.rule.value): last[one.id].value
        for one in plant.meters.values()
        if one.rule.topic
    }
    assert {place: values[place] for place in expected_values(ROUNDS)} == pytest.approx(
        expected_values(ROUNDS)
    )
    assert last["dye_line_2.water"].value == pytest.approx(100 + (ROUNDS - 1) / 10), "through the source"
    assert last["plug_5"].value == pytest.approx(100.5 + (ROUNDS - 1) / 10), "through the source, undeclared"
    sent_us = start_us + (ROUNDS - 1) * 50_000
    for meter in ("dye_line_2.water", "plug_5", "boiler_house.electricity", "oven.gas"):
        assert abs(last[meter].time_us - sent_us) <= 1000, "the payload's time"


def test_the_listener_is_a_guest_who_leaves_the_collectors_session_alone(
    mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    listener, heard = a_listener(mosquitto.port)
    other, also = a_listener(mosquitto.port)
    both = lambda: heard.messages and also.messages  # noqa: E731 - two at once, with one address
    second = threading.Thread(target=lambda: other.listen(60.0, lambda: bool(both())))
    second.start()

    def publish() -> None:
        while not both():
            publisher.publish("a/b", b"1", retain=False)
            time.sleep(0.05)

    listen_until(listener, both, publish)
    second.join()
    assert (listener.lost, other.lost) == ("", "")


def test_retained_messages_are_heard_and_known_as_such(
    mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    publisher.publish("plant/hall/water", b'{"total_m3": 5}', retain=True)
    listener, heard = a_listener(mosquitto.port)
    listener.listen(60.0, lambda: heard.messages > 0)
    (row,) = rows_of(proposed(heard))
    assert row.evidence["every"] == "not known: only retained messages were heard"


def test_a_broker_that_denies_everything_to_all_is_asked_for_what_it_may_give(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker", config=_denying(tmp_path))
    broker.start()
    try:
        publisher = broker.publisher(username="guest", password="pw", client_id="p")
        listener, heard = a_listener(
            broker.port, fallback=("secret/#", "plant/#"), username="guest", password="pw"
        )

        def publish() -> None:
            while not heard.messages:
                publisher.publish("plant/hall/water", b"5", retain=False)
                time.sleep(0.05)

        listen_until(listener, lambda: heard.messages, publish)
        publisher.close()
        assert listener.denied == ("#", "secret/#")
        assert listener.filters == ("plant/#",)
        nothing, _ = a_listener(broker.port, username="guest", password="pw")
        with pytest.raises(BrokerError, match="denies #"):
            nothing.listen(60.0)
    finally:
        broker.stop()


def _denying(folder: Path) -> tuple[str, ...]:
    """Return the configuration of a broker whose guest may subscribe to plant/# alone."""
    plugin = next(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"), None)
    if plugin is None:
        pytest.skip("mosquitto's dynamic security plugin is not installed")
    file, port = folder / "dynamic-security.json", free_port()
    subprocess.run(
        ["mosquitto_ctrl", "dynsec", "init", str(file), "admin", "pw"],
        check=True,
        capture_output=True,
        input=b"pw\npw\n",
    )
    config = ("allow_anonymous false", f"plugin {plugin}", f"plugin_opt_config_file {file}")
    setup = Mosquitto(folder / "setup", config=config, port=port)
    setup.start()
    for words in (
        "createRole guest",
        "addRoleACL guest subscribePattern plant/# allow",
        "addRoleACL guest publishClientReceive # allow",
        "addRoleACL guest publishClientSend # allow",
        "createClient guest -p pw",
        "addClientRole guest guest",
    ):
        argv = [
            "mosquitto_ctrl",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-u",
            "admin",
            "-P",
            "pw",
            "dynsec",
            *words.split(),
        ]
        subprocess.run(argv, check=True, capture_output=True)
    setup.stop()
    return config


def test_a_broker_that_is_away_is_said(tmp_path: Path) -> None:
    listener, _ = a_listener(free_port())
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1"):
        listener.listen(60.0)


def test_a_denied_filter_of_several_is_told_and_the_others_are_used() -> None:
    fake = FakeBroker(suback=0x80)
    try:
        listener, _ = a_listener(fake.port, "secret/#")
        with pytest.raises(BrokerError, match="denies secret/#"):
            listener.listen(60.0)
    finally:
        fake.stop()


def test_a_broker_that_never_answers_is_not_waited_for_without_end() -> None:
    fake = FakeBroker(suback=None)
    try:
        listener, _ = a_listener(fake.port, connect_timeout_s=0.2)
        with pytest.raises(BrokerError, match="does not answer"):
            listener.listen(60.0)
    finally:
        fake.stop()


def test_a_lost_connection_is_opened_again_and_told(mosquitto: Mosquitto, publisher: MqttPublisher) -> None:
    proxy = TcpProxy(mosquitto.port)
    listener, heard = a_listener(proxy.port)

    def publish() -> None:
        while not heard.topics.get("a/before"):
            publisher.publish("a/before", b"1", retain=False)
            time.sleep(0.05)
        proxy.cut()
        while not heard.topics.get("a/after"):
            publisher.publish("a/after", b"1", retain=False)
            time.sleep(0.05)

    listen_until(listener, lambda: "a/after" in heard.topics, publish)
    proxy.stop()
    assert listener.lost
