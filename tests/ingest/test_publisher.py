"""Publishing: acknowledged or an error, whatever happens to the broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import BrokerError
from ingest.address import BrokerAddress, Will
from ingest.link import Link
from ingest.publisher import MqttPublisher
from tests.ingest.builders import eventually
from tests.ingest.fake_broker import FakeBroker
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port
from tests.servers.proxy import TcpProxy

pytestmark = pytest.mark.servers


class Watcher:
    """Hears everything below a filter, in a thread of its own."""

    def __init__(self, port: int, topic: str = "#") -> None:
        self._link = Link(BrokerAddress("127.0.0.1", port, "watcher"), [topic])
        self._link.open()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        eventually(lambda: self._link.ready)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = len(self._link.inbox)
            self._link.step(0.05)
            self._link.ack([message.mid for message in self._link.inbox[seen:] if message.mid])

    @property
    def payloads(self) -> list[bytes]:
        return list(self._link.inbox.payloads)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._link.close()


@pytest.fixture
def watcher(mosquitto: Mosquitto) -> Iterator[Watcher]:
    watching = Watcher(mosquitto.port)
    yield watching
    watching.stop()


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_messages_arrive_in_order_and_each_once(
    mosquitto: Mosquitto, watcher: Watcher, protocol: str
) -> None:
    publisher = mosquitto.publisher(protocol=protocol)
    assert publisher.publish_many(("a/b", b"%d" % n, False) for n in range(1500)) == 1500
    publisher.publish("a/b", b"last", retain=False)
    eventually(lambda: len(watcher.payloads) == 1501)
    assert watcher.payloads == [*(b"%d" % n for n in range(1500)), b"last"]
    publisher.close()


def test_a_retained_message_is_kept_by_the_broker(mosquitto: Mosquitto, publisher: MqttPublisher) -> None:
    publisher.publish("a/b", b"kept", retain=True)
    publisher.publish("a/c", b"not kept", retain=False)
    late = Watcher(mosquitto.port)
    eventually(lambda: late.payloads == [b"kept"])
    late.stop()


def test_many_threads_may_publish_at_once(publisher: MqttPublisher, watcher: Watcher) -> None:
    def publish_some(start: int) -> None:
        for n in range(start, start + 25):
            publisher.publish("a/b", b"%d" % n, retain=False)

    threads = [threading.Thread(target=publish_some, args=(start,)) for start in (0, 25, 50, 75)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: sorted(map(int, watcher.payloads)) == list(range(100)))


def test_without_a_broker_it_is_an_error_and_with_one_it_goes_on(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker")
    publisher = broker.publisher()
    with pytest.raises(BrokerError, match="refused") as caught:
        publisher.publish("a", b"1", retain=False)
    assert caught.value.retryable
    for _ in range(2):
        broker.start()
        publisher.publish("a", b"2", retain=False)
        broker.kill()
        with pytest.raises(BrokerError):
            publisher.publish("a", b"3", retain=False)
    publisher.close()


def test_a_broker_that_stops_answering_is_an_error_in_time(mosquitto: Mosquitto) -> None:
    proxy = TcpProxy(mosquitto.port)
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", proxy.port), timeout_s=0.5)
    publisher.publish("a", b"1", retain=False)
    proxy.blackhole = True
    start = time.monotonic()
    with pytest.raises(BrokerError, match=r"no acknowledgement within 0\.5 s"):
        publisher.publish("a", b"2", retain=False)
    assert time.monotonic() - start < 5
    proxy.blackhole = False
    publisher.publish("a", b"3", retain=False)
    publisher.close()
    proxy.stop()


def test_a_connection_lost_while_idle_is_made_again(mosquitto: Mosquitto, watcher: Watcher) -> None:
    proxy = TcpProxy(mosquitto.port)
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", proxy.port))
    publisher.publish("a", b"1", retain=False)
    proxy.cut()
    time.sleep(0.1)
    publisher.publish("a", b"2", retain=False)
    eventually(lambda: watcher.payloads == [b"1", b"2"])
    publisher.close()
    proxy.stop()


def test_an_idle_connection_is_kept_alive(mosquitto: Mosquitto) -> None:
    proxy = TcpProxy(mosquitto.port)
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", proxy.port, keepalive_s=1))
    publisher.publish("a", b"1", retain=False)
    time.sleep(3.5)  # the broker drops a silent client after 1.5
    publisher.publish("a", b"2", retain=False)
    assert proxy.accepted == 1
    publisher.close()
    proxy.stop()


def test_the_retained_word_about_us_is_true_whatever_happens(mosquitto: Mosquitto, watcher: Watcher) -> None:
    proxy = TcpProxy(mosquitto.port)
    will = Will("status", b"gone", b"here")
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", proxy.port, "alerts"), will=will)
    publisher.publish("a", b"1", retain=False)
    eventually(lambda: watcher.payloads == [b"here", b"1"])
    proxy.cut()
    eventually(lambda: watcher.payloads == [b"here", b"1", b"gone", b"here"], "back by itself")
    publisher.close()
    eventually(lambda: watcher.payloads[-1] == b"gone")
    proxy.stop()


def test_a_message_the_broker_may_not_take_is_an_error_that_no_retry_helps(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic write allowed/#\n")
    broker = Mosquitto(tmp_path / "broker", config=("allow_anonymous true", f"acl_file {acl}"))
    broker.start()
    publisher = broker.publisher(protocol="5")
    publisher.publish("allowed/a", b"1", retain=False)
    with pytest.raises(BrokerError, match="Not authorized") as caught:
        publisher.publish("other/a", b"1", retain=False)
    assert not caught.value.retryable
    publisher.publish("allowed/a", b"2", retain=False)
    publisher.close()
    broker.stop()


@pytest.mark.parametrize("topic", ["", "a/#", "a/+/b", "x" * 70_000])
def test_a_topic_that_is_none_is_an_error_that_no_retry_helps(publisher: MqttPublisher, topic: str) -> None:
    with pytest.raises(BrokerError, match="cannot publish") as caught:
        publisher.publish(topic, b"1", retain=False)
    assert not caught.value.retryable
    publisher.publish("fine", b"1", retain=False)


def test_being_refused_is_not_worth_a_retry() -> None:
    fake = FakeBroker(connack=b"\x20\x02\x00\x04")
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", fake.port))
    with pytest.raises(BrokerError, match="refused by the broker") as caught:
        publisher.publish("a", b"1", retain=False)
    assert not caught.value.retryable
    fake.stop()


def test_a_closed_publisher_says_so() -> None:
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", free_port()))
    publisher.close()
    with pytest.raises(BrokerError, match="closed"):
        publisher.publish("a", b"1", retain=False)
