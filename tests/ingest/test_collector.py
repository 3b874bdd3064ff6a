"""Collecting from a real mosquitto: what is acknowledged is spooled, what is spooled is acknowledged once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from domain.ports import SeriesStore
from domain.reading import RejectReason
from ingest.plans import Plan
from ingest.publisher import MqttPublisher
from ingest.ship import Shipper
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
from tests.ingest.real_broker import BOTH, BrokerMaker, now_ms, spooled, subscribed, values
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.servers


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
