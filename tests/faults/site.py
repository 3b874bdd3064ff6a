"""An installation of real processes that is made to fail: broker, InfluxDB, `wastenot collect`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from store.influx import InfluxSeries
from tests.e2e.commands import Command, health, running, wait_for
from tests.e2e.installation import write_plant, write_settings
from tests.faults.facts import ProcessFacts, facts
from tests.faults.gateway import METERS, Gateway, message
from tests.servers.influxd import Influxd, start_influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port
from tests.servers.proxy import TcpProxy

DATABASE = "faults"
#: of deploy/mosquitto/mosquitto.conf: sessions survive, queues are not cut
BROKER = ("allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 1000")
HOUR_MS = 3_600_000


def a_plant(max_meters: int = 1000) -> str:
    """Return a plant file that takes every meter below plant/."""
    return f"""
[plant]
name = "Faulty works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
language = "en"
interval = "1min"

[[source]]
topic = "plant/{{process}}/{{meter}}"
value = "value"
time = "ts"
time_unit = "ms"
max_meters = {max_meters}
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the numbers below `acknowledged`, as InfluxDB tells without any code of ours."""

    acknowledged: int
    stored: int
    missing: int
    doubled: int  # rows beyond one per number
    foreign: int  # rows that nobody sent

    @property
    def is_whole(self) -> bool:
        """Return whether every number is there once, and nothing else."""
        return self == Tally(self.acknowledged, self.acknowledged, 0, 0, 0)


@dataclass
class Site:
    """The running parts, and where the collector's connections can be disturbed."""

    broker: Mosquitto
    influxd: Influxd
    collector: Command
    port: int
    to_broker: TcpProxy
    to_influxd: TcpProxy
    published: int = 0
    base_ms: int = field(default_factory=lambda: int(time.time() * 1000) - 2 * HOUR_MS)

    def part(self, name: str) -> dict[str, Any]:
        """Return what /health says of a part; empty while nobody answers."""
        found: dict[str, Any] = (health(self.port) or {}).get("parts", {}).get(name, {})
        return found

    def is_connected(self) -> bool:
        """Return whether the collector has its session and subscriptions."""
        return bool(self.part("broker").get("connected"))

    def facts(self) -> ProcessFacts:
        """Return what the collector's process holds."""
        return facts(self.pid)

    @property
    def pid(self) -> int:
        """Return the collector's pid."""
        assert self.collector.process is not None
        return self.collector.process.pid

    def gateway(self, rate: float, count: int | None = None) -> Gateway:
        """Return a gateway that goes on behind what has been published; end it with `finish`."""
        return Gateway(self.broker, self.base_ms, rate=rate, first=self.published, count=count)

    def finish(self, gateway: Gateway, timeout_s: float = 120.0) -> None:
        """Let a gateway end, and remember how far it came."""
        self.published = gateway.finish(timeout_s)

    def publish(self, count: int) -> None:
        """Publish so many messages at full speed."""
        self.finish(self.gateway(rate=1e9, count=count))

    def publish_fresh(self, timeout_s: float = 60.0) -> float:
        """Publish one message; return after how long it can be queried [s]."""
        began = time.monotonic()
        topic, payload, _ = message(self.published, self.base_ms)
        publisher = self.broker.publisher()
        publisher.publish(topic, payload, retain=False)
        publisher.close()
        wanted, self.published = self.published, self.published + 1
        query = f'SELECT "value" FROM "reading" WHERE "meter" = \'{_meter(wanted)}\' AND "value" = {wanted}'
        wait_for("a fresh reading", lambda: self.influxd.query(query, DATABASE), timeout_s, every_s=0.05)
        return time.monotonic() - began

    def wait_stored(self, timeout_s: float = 120.0) -> Tally:
        """Return the tally once as many rows are stored as were published, or the time is over."""
        deadline = time.monotonic() + timeout_s
        while self.count() < self.published and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.tally()

    def count(self) -> int:
        """Return how many rows of the gateway's meters are stored."""
        found = self.influxd.query(
            'SELECT count("value") FROM "reading" WHERE "meter" =~ /^line.m/', DATABASE
        )
        return int(found[0]["values"][0][1]) if found else 0

    def tally(self) -> Tally:
        """Return what became of everything published."""
        stored = missing = doubled = foreign = 0
        for meter in range(METERS):
            rows = self._values(f"line.m{meter}")
            wanted, there = set(range(meter, self.published, METERS)), set(rows)
            stored += len(there & wanted)
            missing += len(wanted - there)
            foreign += len(there - wanted)
            doubled += len(rows) - len(there)
        return Tally(self.published, stored, missing, doubled, foreign)

    def points_written(self) -> int:
        """Return how many points InfluxDB has been sent since its start, repeated ones as well."""
        found = self.influxd.query("SHOW STATS FOR 'write'")[0]
        return int(dict(zip(found["columns"], found["values"][0], strict=True))["pointReq"])

    def _values(self, meter: str) -> list[int]:
        """Return the values of a meter's rows, in CSV: a fifth of the memory of JSON."""
        query = f"SELECT%20value%20FROM%20reading%20WHERE%20meter%20%3D%20%27{meter}%27"
        url = f"{self.influxd.url}/query?db={DATABASE}&epoch=u&q={query}"
        with urlopen(Request(url, headers={"Accept": "application/csv"}), timeout=60) as answer:
            return [int(line.rsplit(b",", 1)[1]) for line in answer.read().splitlines()[1:]]


def _meter(number: int) -> str:
    return f"line.m{number % METERS}"


@contextmanager
def a_site(
    folder: Path,
    *,
    role: str = "collect",
    argv: Sequence[str | Path] = (),
    plant: str = "",
    broker_config: Sequence[str] = BROKER,
    **sections: dict[str, object],
) -> Iterator[Site]:
    """Yield a running installation in `folder`; everything is stopped afterwards.

    Args:
        role: the `wastenot` command that collects.
        argv: what to run instead of it; the settings and plant files come behind.
        plant: plant file; of `a_plant` when empty.
        broker_config: lines of mosquitto's configuration.
        sections: of the settings; they add to those for broker, series and http.
    """
    with ExitStack() as stack:
        broker = Mosquitto(folder / "broker", config=broker_config)
        broker.start()
        stack.callback(broker.kill)
        (folder / "influxd").mkdir()
        influxd = start_influxd(folder / "influxd")
        stack.callback(influxd.server.kill)
        series = InfluxSeries(influxd.url, "v1", DATABASE)
        series.ensure_database()
        series.close()
        to_broker, to_influxd = TcpProxy(broker.port), TcpProxy(influxd.server.port)
        stack.callback(to_broker.stop)
        stack.callback(to_influxd.stop)
        port = free_port()
        ours: dict[str, dict[str, object]] = {
            "broker": {"host": "127.0.0.1", "port": broker.port},
            "series": {
                "store": "influxdb", "dialect": "v1", "database": DATABASE, "timeout": "5s",
                "url": influxd.url,
            },
            "http": {"port": port},
            "log": {"format": "json"},
        }  # fmt: skip
        if sections.get("broker", {}).pop("proxied", False):
            ours["broker"]["port"] = to_broker.port
        if sections.get("series", {}).pop("proxied", False):
            ours["series"]["url"] = f"http://127.0.0.1:{to_influxd.port}"
        merged = {name: ours.get(name, {}) | sections.get(name, {}) for name in {**ours, **sections}}
        settings = write_settings(folder, **merged)
        write_plant(folder, plant or a_plant())
        command = Command(folder, role, role, "--settings", settings)
        if argv:
            command.argv = [*map(str, argv), str(settings), str(folder / "plant.toml")]
        site = Site(broker, influxd, command, port, to_broker, to_influxd)
        stack.enter_context(running(command))
        wait_for("the collector's session", site.is_connected, timeout_s=60)
        yield site
