"""A collector whose broker goes away, falls silent or refuses it: it comes back, and nothing is lost."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import pytest

from ingest.publisher import MqttPublisher
from tests.ingest.builders import Collecting, a_message, collecting, eventually
from tests.ingest.real_broker import BOTH, BrokerMaker, now_ms, spooled, subscribed, values
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import need
from tests.servers.proxy import TcpProxy

pytestmark = pytest.mark.servers


@BOTH
def test_a_persistent_session_delivers_what_came_while_the_collector_was_away(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, protocol: str
) -> None:
    run = collecting(tmp_path, mosquitto.port, protocol=protocol)
    subscribed(run)
    publisher.publish_many(a_message(n) for n in range(50))
    eventually(lambda: run.spool.wait(0.1) == 50)
    run.stop()
    publisher.publish_many(a_message(n) for n in range(50, 1500))
    run = collecting(tmp_path, mosquitto.port, protocol=protocol)
    eventually(lambda: run.spool.wait(0.1) >= 1500)
    run.collector.stop()
    assert sorted(values(run.spool)) == list(range(1500))
    assert run.collector.health().messages == 1450
    run.stop()


def test_a_broker_that_restarts_with_its_sessions_loses_nothing(
    a_broker: BrokerMaker, tmp_path: Path, runs: list[Collecting]
) -> None:
    broker = a_broker(persistence=True)
    runs.append(run := collecting(tmp_path, broker.port))
    subscribed(run)
    for start in (0, 300, 600):
        publisher = broker.publisher()
        publisher.publish_many(a_message(n) for n in range(start, start + 300))
        publisher.close()
        broker.stop()
        broker.start()
    eventually(lambda: {int(value) for value in values(run.spool)} == set(range(900)))
    eventually(lambda: run.collector.health().well)


def test_a_broker_that_is_killed_is_found_again(
    a_broker: BrokerMaker, tmp_path: Path, runs: list[Collecting]
) -> None:
    broker = a_broker()
    runs.append(run := collecting(tmp_path, broker.port))
    for number in range(4):
        subscribed(run)
        publisher = broker.publisher()
        publisher.publish(*a_message(number)[:2], retain=False)
        eventually(lambda number=number: run.spool.wait(0.1) == number + 1)
        publisher.close()
        broker.kill()
        eventually(lambda: not run.collector.health().connected)
        assert run.collector.health().last_error
        broker.start()
    assert run.collector.failure is None


@pytest.mark.fault(14)
def test_many_cut_connections_leave_no_thread_and_no_file_behind(
    mosquitto: Mosquitto, proxy: TcpProxy, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting]
) -> None:
    runs.append(run := collecting(tmp_path, proxy.port))
    subscribed(run)
    publisher.publish(*a_message(0)[:2], retain=False)

    def resources() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = resources()
    for number in range(1, 31):
        proxy.cut()
        eventually(lambda number=number: proxy.accepted > number and run.collector.health().connected)
    publisher.publish(*a_message(1)[:2], retain=False)
    eventually(lambda: {*values(run.spool)} == {0.0, 1.0})
    eventually(  # the witness, a connection of its own, goes when the last one has lasted for a while
        lambda: all(abs(now - then) <= 2 for now, then in zip(resources(), before, strict=True))
    )


@BOTH
@pytest.mark.fault(16)
def test_retained_messages_of_a_reconnection_are_not_read_again(
    mosquitto: Mosquitto,
    proxy: TcpProxy,
    publisher: MqttPublisher,
    tmp_path: Path,
    runs: list[Collecting],
    protocol: str,
) -> None:
    publisher.publish_many(
        (f"plant/line/r{n}", b'{"value": %d, "ts": %d}' % (n, now_ms()), True) for n in range(100)
    )
    runs.append(run := collecting(tmp_path, proxy.port, protocol=protocol))
    eventually(lambda: run.spool.status().records == 100)
    time.sleep(0.1)  # and acknowledged
    for number in range(3):
        seen = proxy.accepted
        proxy.cut()
        eventually(lambda seen=seen: proxy.accepted > seen and run.collector.health().connected)
        publisher.publish(f"plant/line/live{number}", b'{"value": 1, "ts": %d}' % now_ms(), retain=False)
        eventually(lambda number=number: len({reading[:2] for reading in spooled(run.spool)}) == 101 + number)
        if protocol == "3.1.1":  # whatever the next cut comes upon: all of this one have come
            eventually(lambda number=number: run.collector.health().retained_ignored >= 100 * (number + 1))
    ignored = run.collector.health().retained_ignored
    assert (
        ignored >= 300 if protocol == "3.1.1" else ignored < 100
    )  # 5: but for what was not acknowledged yet


def test_a_retained_message_that_changed_is_read(
    mosquitto: Mosquitto, proxy: TcpProxy, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting]
) -> None:
    publisher.publish("plant/line/r", b'{"value": 1, "ts": %d}' % now_ms(), retain=True)
    runs.append(run := collecting(tmp_path, proxy.port))
    eventually(lambda: run.collector.health().readings == 1)
    proxy.cut()
    publisher.publish("plant/line/r", b'{"value": 2, "ts": %d}' % (now_ms() + 1), retain=True)
    eventually(lambda: {*values(run.spool)} == {1.0, 2.0})


@BOTH
@pytest.mark.fault(15)
def test_of_two_collectors_with_one_client_id_the_younger_gives_up(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting], protocol: str
) -> None:
    runs.append(elder := collecting(tmp_path / "elder", mosquitto.port, protocol=protocol))
    subscribed(elder)
    link = elder.collector._session.link
    assert link is not None
    assert link.up_at is not None
    link.up_at -= 60  # it has been there for a minute
    runs.append(younger := collecting(tmp_path / "younger", mosquitto.port, protocol=protocol))
    eventually(lambda: younger.collector.failure is not None)
    assert "client id" in younger.collector.health().failed
    assert not younger.collector.failure.retryable  # type: ignore[union-attr]
    eventually(lambda: younger.collector.health().stalled)
    eventually(lambda: elder.collector.health().connected)
    assert elder.collector.failure is None
    publisher.publish(*a_message(7)[:2], retain=False)
    eventually(lambda: values(elder.spool) == [7.0])


@pytest.mark.fault(13)
def test_a_connection_that_went_silent_is_noticed_and_nothing_is_lost(
    mosquitto: Mosquitto, proxy: TcpProxy, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting]
) -> None:
    runs.append(run := collecting(tmp_path, proxy.port, keepalive_s=2, connect_timeout_s=1.0))
    subscribed(run)
    proxy.blackhole = True
    publisher.publish_many(a_message(n) for n in range(100))
    start = time.monotonic()
    eventually(lambda: not run.collector.health().connected)
    assert time.monotonic() - start < 2 * 1.5 + 1.5  # paho looks once a second
    eventually(lambda: proxy.accepted >= 3)  # it tries again, and again in vain
    assert not run.collector.health().connected
    proxy.blackhole = False
    eventually(lambda: {*values(run.spool)} == {float(n) for n in range(100)})


def test_wrong_credentials_are_said_and_tried_again_until_they_are_right(
    a_broker: BrokerMaker, tmp_path: Path, runs: list[Collecting]
) -> None:
    users = tmp_path / "users"
    users.write_text("")
    subprocess.run([need("mosquitto_passwd"), "-b", str(users), "collector", "right"], check=True)
    broker = a_broker(config=("allow_anonymous false", f"password_file {users}"))
    runs.append(wrong := collecting(tmp_path / "w", broker.port, username="collector", password="wrong"))
    eventually(lambda: "refused by the broker" in wrong.collector.health().last_error)
    assert not wrong.collector.health().connected
    assert wrong.collector.failure is None
    runs.append(right := collecting(tmp_path / "r", broker.port, username="collector", password="right"))
    eventually(lambda: right.collector.health().well)
