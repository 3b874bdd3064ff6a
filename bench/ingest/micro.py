"""Messages per second and CPU microseconds per message: parsing alone, and collecting from a real mosquitto.

    python -m bench.ingest micro [MESSAGES]

The publisher and the broker are processes of their own; the CPU time is that of the collecting process: read,
parse, spool, sync, acknowledge. The messages wait in the broker before the clock starts.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from domain.meter import PayloadRule, Source
from domain.plant import Plant
from domain.units import UNITS
from ingest.address import BrokerAddress
from ingest.broker import start_broker
from ingest.collector import Collector
from ingest.link import Link
from ingest.parse import Parser
from ingest.publisher import MqttPublisher
from ingest.records import decode_records
from ingest.rejects import RejectLog
from ingest.routes import subscriptions
from ingest.spool import Spool
from ingest.times import micros

PAYLOAD = (
    b'{"ts": %d, "value": %d.25, "unit": "L", "seq": %d, "quality": "good", "device": "flow transmitter 12"}'
)
METERS = 200


class WallClock:
    """The time of day."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


def a_plant() -> Plant:
    """Return a plant that takes every meter of one topic pattern."""
    rule = PayloadRule("plant/{process}/{meter}", time="ts")
    source = Source(rule, UNITS["L"])
    return Plant("bench", ZoneInfo("UTC"), "VN", "VND", "en", 900, {}, {}, {}, sources=(source,))


def messages(count: int) -> list[tuple[str, bytes, bool]]:
    """Return distinct messages of many meters."""
    now_ms = micros(WallClock().now()) // 1000 - count
    return [(f"plant/line_{i % 10}/m{i % METERS}", PAYLOAD % (now_ms + i, i, i), False) for i in range(count)]


def bench_parse(count: int) -> tuple[float, float]:
    """Return messages/s and CPU us/message of Parser.parse."""
    parser, work = Parser(a_plant()), messages(count)
    now_us = micros(WallClock().now())
    start, cpu = time.perf_counter(), time.process_time()
    for topic, payload, _ in work:
        readings, _rejects = parser.parse(topic, payload, now_us)
        assert readings
    return count / (time.perf_counter() - start), (time.process_time() - cpu) / count * 1e6


def bench_collect(count: int, protocol: str, folder: Path) -> tuple[float, float]:
    """Return messages/s and CPU us/message of a collector that drains a full broker queue."""
    broker = start_broker("mosquitto", folder / "broker")
    address = BrokerAddress(broker.host, broker.port, "bench", protocol=protocol)
    try:
        _subscribe(address)
        publisher = multiprocessing.get_context("spawn").Process(target=_publish, args=(broker.port, count))
        publisher.start()
        publisher.join()
        return _drain(address, count, folder / "data")
    finally:
        broker.stop()


def _drain(address: BrokerAddress, count: int, folder: Path) -> tuple[float, float]:
    plant, spool = a_plant(), Spool(folder / "spool")
    collector = Collector(address, subscriptions(plant), Parser(plant), spool, RejectLog(folder), WallClock())
    start, cpu = time.perf_counter(), time.process_time()
    collector.start()
    while spool.wait(0.05, count) < count:
        assert not collector.health().stalled
    elapsed, used = time.perf_counter() - start, time.process_time() - cpu
    collector.stop()
    readings = list(decode_records(spool.read(count + 1).records)[0])
    assert len({reading[:2] for reading in readings}) == len(readings) == count
    spool.close()
    return count / elapsed, used / count * 1e6


def _subscribe(address: BrokerAddress) -> None:
    """Make the session that keeps the messages until the collector comes."""
    link = Link(address, subscriptions(a_plant()), persistent=True)
    link.open()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        link.step(0.1)
    link.close()


def _publish(port: int, count: int) -> None:
    publisher = MqttPublisher(BrokerAddress("127.0.0.1", port))
    publisher.publish_many(messages(count))
    publisher.close()


def micro(count: int) -> None:
    """Run all with so many messages and print a table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    gc.freeze()
    print(f"{count} messages of {len(PAYLOAD)} bytes, {METERS} meters\n")
    print(f"{'':28}{'messages/s':>12}{'CPU us/message':>16}")
    print("{:28}{:12,.0f}{:16.1f}".format("parse", *bench_parse(count)))
    for protocol in ("3.1.1", "5"):
        with tempfile.TemporaryDirectory() as folder:
            result = bench_collect(count, protocol, Path(folder))
        print("{:28}{:12,.0f}{:16.1f}".format(f"collect, MQTT {protocol}", *result))
