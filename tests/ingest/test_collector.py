"""Collecting from a real mosquitto: what is acknowledged is spooled, what is spooled is acknowledged once."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from domain.ports import SeriesStore
from domain.reading import Reading, RejectReason
from ingest.plans import Plan
from ingest.publisher import MqttPublisher
from ingest.records import decode_records
from ingest.ship import Shipper
from ingest.spool import Spool
from ingest.times import micros
from tests.ingest.builders import (
    Collecting,
    DictStore,
    WallClock,
    a_message,
    a_meter,
    a_plant,
    a_rule,
    a_source,
    collecting,
    eventually,
)
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import need
from tests.servers.proxy import TcpProxy

pytestmark = pytest.mark.servers

BrokerMaker = Callable[..., Mosquitto]
BOTH = pytest.mark.parametrize("protocol", ["3.1.1", "5"])


def now_ms() -> int:
    """Return the present in milliseconds since 1970."""
    return micros(WallClock().now()) // 1000


def spooled(spool: Spool) -> list[Reading]:
    """Return the readings that wait in the spool."""
    return list(decode_records(spool.read(1_000_000).records)[0])


def values(spool: Spool) -> list[float]:
    """Return the values that wait in the spool, in order."""
    return [reading.value for reading in spooled(spool)]


def subscribed(run: Collecting) -> None:
    """Return when the collector is connected and the broker knows its subscriptions."""
    eventually(lambda: run.collector.health().connected, "connected")


@pytest.fixture
def runs() -> Iterator[list[Collecting]]:
    """A list whose collectors are stopped after the test."""
    started: list[Collecting] = []
    yield started
    for run in started:
        run.stop()


@pytest.fixture
def a_broker(tmp_path: Path) -> Iterator[BrokerMaker]:
    """A function that starts a broker, which is stopped after the test."""
    started: list[Mosquitto] = []

    def start(**options: Any) -> Mosquitto:
        started.append(Mosquitto(tmp_path / f"broker{len(started)}", **options))
        started[-1].start()
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def proxy(mosquitto: Mosquitto) -> Iterator[TcpProxy]:
    """A proxy in front of the broker."""
    forwarding = TcpProxy(mosquitto.port)
    yield forwarding
    forwarding.stop()


@BOTH
def test_json_number_and_csv_meters_become_readings_in_canonical_units(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting], protocol: str
) -> None:
    plant = a_plant(
        a_meter("json", a_rule("a/json", value="em.total"), unit="L"),
        a_meter("number", a_rule("a/number", format="number", time="")),
        a_meter("csv", a_rule("a/csv", format="csv", value="m3", time="ts", time_unit="s")),
        a_source(unit="hL"),
    )
    runs.append(run := collecting(tmp_path, mosquitto.port, plant, protocol=protocol))
    subscribed(run)
    at_ms = now_ms()
    publisher.publish("a/json", b'{"em": {"total": 1500}, "ts": %d}' % at_ms, retain=False)
    publisher.publish("a/number", b"7.5", retain=False)
    publisher.publish("a/csv", b"ts,m3\n%d,1\n%d,2\n" % (at_ms // 1000 - 60, at_ms // 1000), retain=False)
    publisher.publish("plant/dye/water", b'{"value": 20, "ts": %d}' % at_ms, retain=False)
    eventually(lambda: run.spool.wait(0.1) == 5)
    found = {(reading.meter, reading.value) for reading in spooled(run.spool)}
    assert found == {("json", 1.5), ("number", 7.5), ("csv", 1.0), ("csv", 2.0), ("dye.water", 2.0)}
    health = run.collector.health()
    assert health.well
    assert (health.messages, health.readings, health.errors) == (4, 5, 0)


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


@pytest.mark.parametrize("commit_messages", [1, 7, 500])
@pytest.mark.fault(9)
def test_a_broker_that_allows_twenty_in_flight_never_stalls_the_collector(
    a_broker: BrokerMaker, tmp_path: Path, runs: list[Collecting], commit_messages: int
) -> None:
    broker = a_broker(config=("allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 20"))
    runs.append(run := collecting(tmp_path, broker.port, commit_messages=commit_messages))
    subscribed(run)
    publisher = broker.publisher()
    publisher.publish_many(a_message(n) for n in range(1500))
    publisher.close()
    eventually(lambda: run.spool.wait(0.1) == 1500)
    per_meter = [[value for value in values(run.spool) if value % 10 == n] for n in range(10)]
    assert per_meter == [[float(v) for v in range(n, 1500, 10)] for n in range(10)]


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


@pytest.mark.parametrize("keepalive_s", [60, 1])
@pytest.mark.fault(4)
def test_a_full_spool_stops_reading_and_goes_on_by_itself(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting], keepalive_s: int
) -> None:
    runs.append(run := collecting(tmp_path, mosquitto.port, max_bytes=65536, keepalive_s=keepalive_s))
    subscribed(run)
    with capture_logs() as logs:
        publisher.publish_many(a_message(n) for n in range(4000))
        eventually(lambda: run.collector.health().back_pressure)
        full = run.spool.status()
        if keepalive_s == 1:  # let go of before it counts as dead
            eventually(lambda: not run.collector.health().connected)
        assert run.spool.status().bytes == full.bytes <= 65536
        assert not run.collector.health().well
        assert "the spool is full" in run.collector.health().last_error
        store = DictStore()
        shipper = Shipper(run.spool, cast(SeriesStore, store), run.rejects, WallClock(), linger_s=0.01)
        shipper.start()
        eventually(lambda: len(store.points) == 4000, timeout_s=60)
        eventually(lambda: run.collector.health().well)
        shipper.stop()
    assert sorted(store.points.values()) == list(range(4000))
    events = [log["event"] for log in logs]
    assert events.count("ingest.spool_blocked") == events.count("ingest.spool_resumed") >= 1


@pytest.mark.fault(11)
def test_five_thousand_undecodable_messages_do_not_hold_up_a_good_one(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting]
) -> None:
    runs.append(run := collecting(tmp_path, mosquitto.port))
    subscribed(run)
    publisher.publish_many(("plant/line/bad", b"{not json %d" % n, False) for n in range(5000))
    publisher.publish(*a_message(7)[:2], retain=False)
    eventually(lambda: run.spool.wait(0.1) == 1)
    eventually(lambda: run.collector.health().rejects == {RejectReason.NOT_PARSED: 5000})
    assert values(run.spool) == [7.0]
    assert 1000 <= len(run.rejects.recent(5000)) <= 2000
    run.stop()
    again = collecting(tmp_path, mosquitto.port)
    subscribed(again)
    assert again.collector.health().messages == 0  # all were acknowledged
    again.stop()


@pytest.mark.fault(26)
def test_hostile_messages_are_refused_and_the_next_good_one_is_read(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting]
) -> None:
    runs.append(run := collecting(tmp_path, mosquitto.port))
    subscribed(run)
    ts = now_ms()
    hostile = {
        b"x" * 65537: RejectReason.TOO_LARGE,
        b"[[],[]," * 1_500_000: RejectReason.TOO_LARGE,
        b"[" * 60_000: RejectReason.NOT_PARSED,
        b"\xff\xfe\0": RejectReason.NOT_PARSED,
        b"": RejectReason.NOT_PARSED,
        b'{"value": NaN, "ts": %d}' % ts: RejectReason.NOT_A_NUMBER,
        b'{"value": 1e999, "ts": %d}' % ts: RejectReason.NOT_A_NUMBER,
        b'{"value": "7", "ts": %d}' % ts: RejectReason.NOT_A_NUMBER,
        b'{"value": %d, "ts": %d}' % (2**70, ts): RejectReason.OUT_OF_RANGE,
        b'{"value": 1, "ts": 7258118400000}': RejectReason.TIME_IN_FUTURE,
        b'{"value": 1, "ts": 0}': RejectReason.TIME_TOO_OLD,
        b'{"ts": %d}' % ts: RejectReason.MISSING_VALUE,
    }
    for payload, reason in hostile.items():
        before = run.rejects.counts().get(reason, 0)
        publisher.publish("plant/line/meter", payload, retain=False)
        eventually(lambda reason=reason, before=before: run.rejects.counts().get(reason, 0) == before + 1)
    publisher.publish("plant/line/<img onerror=x>", b'{"value": 1, "ts": %d}' % ts, retain=False)
    publisher.publish(*a_message(7)[:2], retain=False)
    eventually(lambda: run.spool.wait(0.1) == 1)
    assert values(run.spool) == [7.0]
    assert run.rejects.counts()[RejectReason.BAD_TOPIC] == 1
    assert run.collector.health().errors == 0


def test_a_topic_that_no_longer_has_a_meter_is_shown(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path, runs: list[Collecting]
) -> None:
    plant = a_plant(a_meter("a", a_rule("x/a")), a_meter("b", a_rule("x/b")))
    first = collecting(tmp_path, mosquitto.port, plant)
    subscribed(first)
    first.stop()
    runs.append(run := collecting(tmp_path, mosquitto.port, a_plant(a_meter("a", a_rule("x/a")))))
    subscribed(run)
    publisher.publish("x/b", b"{}", retain=False)
    eventually(lambda: run.collector.health().unknown_topics == {"x/b": 1})
    eventually(lambda: run.rejects.counts() == {RejectReason.UNKNOWN_TOPIC: 1})


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


@pytest.mark.fault(12)
def test_a_mistake_of_ours_costs_one_message_and_is_counted(
    mosquitto: Mosquitto,
    publisher: MqttPublisher,
    tmp_path: Path,
    runs: list[Collecting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs.append(run := collecting(tmp_path, mosquitto.port))
    subscribed(run)
    parser = run.collector._intake._parser._parser
    parse = parser.parse

    def breaks(topic: bytes, payload: bytes, *rest: Any, **named: Any) -> Any:
        if b'"value": 5}' in payload:
            raise ZeroDivisionError("a bug")
        return parse(topic, payload, *rest, **named)

    def no_columns(*_: object) -> None:
        raise ZeroDivisionError("a bug in the quick way: the slow one takes over")

    monkeypatch.setattr(Plan, "read", no_columns)
    monkeypatch.setattr(parser, "parse", breaks)
    with capture_logs():
        publisher.publish_many(a_message(n) for n in range(10))
        eventually(lambda: run.spool.wait(0.1) == 9)
    assert values(run.spool) == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert run.collector.health().errors == 1
    assert "a bug" in run.rejects.recent()[0].detail


def test_stopping_acknowledges_what_is_spooled(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path
) -> None:
    run = collecting(tmp_path, mosquitto.port)
    subscribed(run)
    publisher.publish_many(a_message(n) for n in range(300))
    start = time.monotonic()
    run.collector.stop()
    assert time.monotonic() - start < 2
    health = run.collector.health()
    assert not health.connected
    assert not health.stalled
    run.spool.close()
    again = collecting(tmp_path, mosquitto.port)
    eventually(lambda: again.spool.wait(0.1) >= 300)
    again.collector.stop()
    assert sorted(values(again.spool)) == list(range(300))  # each once: nothing spooled came again
    again.stop()


def test_a_collector_needs_a_client_id(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="client id"):
        collecting(tmp_path, 1, client_id="")


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
