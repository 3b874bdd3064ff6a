"""One connection: acknowledging, being refused, and what no real broker would say."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.errors import BrokerError
from domain.reading import RejectReason
from ingest.address import BrokerAddress, Tls, Will
from ingest.arrivals import Arrivals, Message
from ingest.link import Link
from ingest.publisher import MqttPublisher
from tests.ingest.builders import a_message, a_meter, a_plant, a_rule, collecting, eventually
from tests.ingest.fake_broker import FakeBroker, a_publish
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port, need
from tests.servers.proxy import TcpProxy

servers = pytest.mark.servers
BOTH = pytest.mark.parametrize("protocol", ["3.1.1", "5"])


def a_link(port: int, *filters: str, **address: object) -> Link:
    """Return a persistent link that is being opened."""
    where = {"host": "127.0.0.1", "port": port, "client_id": "test", **address}
    link = Link(BrokerAddress(**where), filters, persistent=True)  # type: ignore[arg-type]
    link.open()
    return link


def drive(link: Link, until: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Step the link until the predicate holds."""
    deadline = time.monotonic() + timeout_s
    while not until():
        assert time.monotonic() < deadline, f"not within {timeout_s} s (lost: {link.lost!r})"
        link.step(0.05)


@pytest.fixture
def fakes() -> Iterator[list[FakeBroker]]:
    started: list[FakeBroker] = []
    yield started
    for fake in started:
        fake.stop()


@servers
@BOTH
def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(
    mosquitto: Mosquitto, publisher: MqttPublisher, protocol: str
) -> None:
    link = a_link(mosquitto.port, "a/#", protocol=protocol)
    drive(link, lambda: link.ready)
    publisher.publish_many(("a/b", b"%d" % n, False) for n in range(4))
    drive(link, lambda: len(link.inbox) == 4)
    link.ack([message.mid for message in link.inbox[:3]])
    link.close()
    again = a_link(mosquitto.port, "a/#", protocol=protocol)
    drive(again, lambda: again.inbox)
    assert [message.payload for message in again.inbox] == [b"3"]
    assert again.session_present
    again.close()


@servers
@pytest.mark.fault(10)
def test_an_acknowledgement_on_a_lost_link_touches_no_message_of_the_next(
    mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    proxy = TcpProxy(mosquitto.port)
    first = a_link(proxy.port, "a/#")
    drive(first, lambda: first.ready)
    publisher.publish("a/b", b"one", retain=False)
    drive(first, lambda: first.inbox)
    stale = first.inbox[0].mid
    proxy.cut()
    drive(first, lambda: first.lost)
    second = a_link(proxy.port, "a/#")
    drive(second, lambda: second.inbox)
    assert second.inbox[0].mid == stale  # the id that could hit the wrong message
    first.ack([stale])
    second.close()
    third = a_link(proxy.port, "a/#")
    drive(third, lambda: third.inbox)
    assert third.inbox[0].payload == b"one"
    third.close()
    proxy.stop()


@servers
def test_qos_zero_messages_want_no_acknowledgement(mosquitto: Mosquitto) -> None:
    link = a_link(mosquitto.port, "a/#")
    drive(link, lambda: link.ready)
    subprocess.run(
        [need("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(mosquitto.port), "-t", "a/b", "-m", "7"],
        check=True,
    )
    drive(link, lambda: link.inbox)
    assert (link.inbox[0].mid, link.inbox[0].payload) == (b"", b"7")
    link.close()


def test_nobody_listening_is_a_broker_error() -> None:
    with pytest.raises(BrokerError, match="refused") as caught:
        a_link(free_port())
    assert caught.value.retryable


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match=r"3\.1\.1 and 5"):
        BrokerAddress("h", protocol="4")


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(BrokerAddress("h", password="secret"))


def test_a_broker_that_refuses_says_why(fakes: list[FakeBroker]) -> None:
    fakes.append(fake := FakeBroker(connack=b"\x20\x02\x00\x05"))
    link = a_link(fake.port)
    drive(link, lambda: link.lost)
    assert link.refused
    assert "Not authorized" in link.lost


def test_a_broker_that_does_not_answer_is_given_up(fakes: list[FakeBroker]) -> None:
    fakes.append(fake := FakeBroker(connack=b""))
    link = a_link(fake.port, connect_timeout_s=0.3)
    drive(link, lambda: link.lost)
    assert link.lost == "the broker does not answer the CONNECT"


@pytest.mark.parametrize(
    "junk",
    [b"\x32\x01\x00", b"\xff\xff\xff\xff\xff\xff", b"\x32\x05\x00\xff\x00\x00\x00", b"\x00\x00", b"\x62\x00"],
)
def test_a_malformed_packet_ends_the_link_and_raises_nothing(fakes: list[FakeBroker], junk: bytes) -> None:
    fakes.append(fake := FakeBroker([junk]))
    link = a_link(fake.port, "#")
    with capture_logs():
        drive(link, lambda: link.lost)
    link.step(0.0)
    link.ack([b"\0\1"])
    link.close()


def test_a_topic_that_is_not_utf8_is_rejected_and_the_next_message_is_read(
    fakes: list[FakeBroker], tmp_path: Path
) -> None:
    good = b'{"v": 7, "ts": %d}' % (time.time_ns() // 1_000_000)
    fakes.append(fake := FakeBroker([a_publish(b"x/\xff\xfe", b"{}", 1), a_publish(b"x/a", good, 2)]))
    run = collecting(tmp_path, fake.port, a_plant(a_meter("a", a_rule("x/a", value="v"))))
    eventually(lambda: run.spool.wait(0.1) == 1)
    eventually(lambda: fake.received.endswith(b"\x40\x02\x00\x01\x40\x02\x00\x02"), "acknowledged in order")
    assert run.rejects.counts() == {RejectReason.BAD_TOPIC: 1}
    assert run.rejects.recent()[0].topic == "x/\\xff\\xfe"
    assert run.collector.health().errors == 0
    run.stop()


@pytest.mark.fault(12)
def test_an_exception_in_a_callback_costs_nothing_but_itself(fakes: list[FakeBroker]) -> None:
    packets = [a_publish(b"x/a", b"%d" % n, n + 1) for n in range(10)]
    fakes.append(fake := FakeBroker(packets))
    link = a_link(fake.port, "#")

    class BreaksOnce(Arrivals):
        broken = False

        def add(self, message: Message) -> None:
            if len(self) == 3 and not self.broken:
                self.broken = True
                raise ZeroDivisionError("a bug")
            super().add(message)

    link.inbox = BreaksOnce()
    with capture_logs() as logs:
        drive(link, lambda: len(link.inbox) == 9)
    assert link.errors == 1
    assert not link.lost
    assert [log["event"] for log in logs] == ["mqtt.callback_failed"]
    link.close()


def test_a_denied_subscription_is_said_and_shown(fakes: list[FakeBroker], tmp_path: Path) -> None:
    fakes.append(fake := FakeBroker(suback=0x80))
    with capture_logs() as logs:
        run = collecting(tmp_path, fake.port, a_plant(a_meter("a", a_rule("x/a"))))
        eventually(lambda: run.collector.health().denied == ("x/a",))
    assert run.collector.health().connected
    assert not run.collector.health().well
    assert next(log for log in logs if log["event"] == "mqtt.subscription_denied")["filters"] == ["x/a"]
    run.stop()


@servers
def test_more_filters_than_one_packet_takes_are_all_subscribed(
    mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    link = a_link(mosquitto.port, *(f"meter/{n}/value" for n in range(450)))
    drive(link, lambda: link.ready)
    publisher.publish_many((f"meter/{n}/value", b"1", False) for n in (0, 199, 200, 449))
    drive(link, lambda: len(link.inbox) == 4)
    assert link.denied == []
    link.close()


@servers
@BOTH
def test_collecting_and_publishing_over_tls_with_certificates_on_both_sides(
    certificates: Path, tmp_path: Path, protocol: str
) -> None:
    lines = ["cafile ca.crt", "certfile server.crt", "keyfile server.key"]
    lines = [f"{word} {certificates / file}" for word, file in (line.split() for line in lines)]
    broker = Mosquitto(
        tmp_path / "broker", config=[*lines, "require_certificate true", "use_identity_as_username true",
                                     "allow_anonymous true", "max_queued_messages 0"],
    )  # fmt: skip
    broker.start()
    tls = Tls(certificates / "ca.crt", certificates / "client.crt", certificates / "client.key")
    run = collecting(tmp_path, broker.port, tls=tls, protocol=protocol)
    publisher = broker.publisher(tls=tls, protocol=protocol)
    try:
        eventually(lambda: run.collector.health().connected)
        publisher.publish_many(a_message(n) for n in range(2000))
        eventually(lambda: run.spool.wait(0.1) == 2000)
    finally:
        publisher.close()
        run.stop()
        broker.stop()


@servers
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves the socket to the GC
def test_a_broker_whose_certificate_is_not_trusted_is_refused(certificates: Path, tmp_path: Path) -> None:
    lines = [f"certfile {certificates / 'server.crt'}", f"keyfile {certificates / 'server.key'}"]
    broker = Mosquitto(tmp_path / "broker", config=[*lines, "allow_anonymous true"])
    broker.start()
    try:
        for tls in (Tls(), Tls(certificates / "missing.crt")):
            with pytest.raises(BrokerError, match=r"certificate verify failed|No such file"):
                a_link(broker.port, tls=tls)
    finally:
        broker.stop()


@servers
def test_a_will_is_told_by_the_broker_when_the_link_is_cut(mosquitto: Mosquitto) -> None:
    proxy = TcpProxy(mosquitto.port)
    watcher = a_link(mosquitto.port, "status", client_id="watcher")
    drive(watcher, lambda: watcher.ready)
    address = BrokerAddress("127.0.0.1", proxy.port, "willed")
    link = Link(address, will=Will("status", b"gone", b"here"))
    link.open()
    drive(link, lambda: link.connected)
    proxy.cut()
    drive(watcher, lambda: watcher.inbox)
    assert watcher.inbox[0].payload == b"gone"
    watcher.close()
    link.close()
    proxy.stop()
