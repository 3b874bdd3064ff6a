"""Messages that a broker lost without a word: told by their running numbers, exactly."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.ingest.builders import Collecting, a_plant, a_source, collecting, eventually
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.servers
PLANT = a_plant(a_source(seq="n"))


def publish(broker: Mosquitto, numbers: range) -> None:
    """Publish one message for each number, of two meters in turn."""
    publisher, at_ms = broker.publisher(), time.time_ns() // 1_000_000
    publisher.publish_many(
        (f"plant/line/m{n % 2}", b'{"value": 1, "ts": %d, "n": %d}' % (at_ms + n, n // 2), False)
        for n in numbers
    )
    publisher.close()


def came(run: Collecting, readings: int) -> None:
    """Return when so many readings have come."""
    eventually(lambda: run.collector.health().readings >= readings)


@pytest.mark.fault(7)
def test_what_a_killed_broker_forgot_is_counted_for_each_meter(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker", config=("allow_anonymous true", "max_queued_messages 0"))
    broker.start()
    run = collecting(tmp_path, broker.port, PLANT)
    eventually(lambda: run.collector.health().connected)
    publish(broker, range(100))
    came(run, 100)
    run.stop()
    publish(broker, range(100, 2100))  # for a session that only the broker's memory holds
    broker.kill()
    broker.start()
    run = collecting(tmp_path, broker.port, PLANT)
    try:
        eventually(lambda: run.collector.health().connected)
        publish(broker, range(2100, 2102))
        came(run, 2)
        health = run.collector.health()
        assert (health.missing_messages, health.missing_by_meter) == (
            2000,
            {"line.m0": 1000, "line.m1": 1000},
        )
    finally:
        run.stop()
        broker.stop()


@pytest.mark.fault(8)
def test_what_a_full_queue_dropped_is_counted_and_nothing_else(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker", config=("allow_anonymous true", "max_queued_messages 1000"))
    broker.start()
    run = collecting(tmp_path, broker.port, PLANT)
    eventually(lambda: run.collector.health().connected)
    publish(broker, range(2))
    came(run, 2)
    run.stop()
    publish(broker, range(2, 5002))
    run = collecting(tmp_path, broker.port, PLANT)
    try:
        came(run, 1000)
        publish(broker, range(5002, 5004))
        eventually(lambda: run.collector.health().missing_messages > 0)
        eventually(lambda: run.collector.health().readings + run.collector.health().missing_messages == 5002)
        assert 3900 <= run.collector.health().missing_messages <= 4000
    finally:
        run.stop()
        broker.stop()
