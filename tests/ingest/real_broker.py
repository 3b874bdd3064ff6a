"""Collectors at a real mosquitto: brokers to start, a proxy to cut, and what the spool holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.reading import Reading
from ingest.records import decode_records
from ingest.spool import Spool
from ingest.times import micros
from tests.ingest.builders import Collecting, WallClock, eventually
from tests.servers.mosquitto import Mosquitto
from tests.servers.proxy import TcpProxy

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
