"""kill -9 of every part, one after the other, under load: nothing acknowledged is missing or doubled."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.influx import InfluxSeries
from tests.e2e.commands import Command, health, running, wait_for
from tests.e2e.installation import write_plant, write_settings
from tests.e2e.paced_publisher import METERS, Attempts, PacedPublisher
from tests.servers.influxd import Influxd, start_influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port

DATABASE, RATE, SECONDS = "kill", 500.0, 60.0
#: second of the run at which each part is killed, and how long it stays away
PLAN = {"collector": (8.0, 2.0), "influxd": (20.0, 5.0), "broker": (34.0, 2.0), "analyser": (48.0, 2.0)}

PLANT = """
[plant]
name = "Kill works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
language = "en"
interval = "1min"

[[resource]]
id = "electricity"
kind = "energy"
unit = "kWh"
[[resource.price]]
from = "2025-01-01"
amount = 1900
[[resource.emission_factor]]
from = "2025-01-01"
amount = 0.6
scope = 2
source = "example figure of this test"

[[process]]
id = "line"
name = "Line"
""" + "".join(
    f"""
[[meter]]
id = "line.m{number}"
process = "line"
resource = "electricity"
kind = "gauge"
unit = "kW"
topic = "plant/line/m{number}"
value = "value"
time = "ts"
time_unit = "ms"
every = "1s"
"""
    for number in range(METERS)
)


@dataclass
class Site:
    """A whole installation of real processes."""

    broker: Mosquitto
    influxd: Influxd
    collector: Command
    analyser: Command
    collector_port: int
    analyser_port: int
    killed: dict[str, tuple[float, float]] = field(default_factory=dict)  # the kill began, it was dead

    def kill(self, part: str) -> Callable[[], None]:
        """Kill a part as a power cut would; return what starts it again."""
        began = time.monotonic()
        if part in {"collector", "analyser"}:
            command: Command = getattr(self, part)
            command.end(signal.SIGKILL)
            start: Callable[[], None] = command.start
        else:
            server = self.broker if part == "broker" else self.influxd.server
            server.kill()
            start = server.start
        self.killed[part] = (began, time.monotonic())
        return start


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    # what matters of deploy/mosquitto/mosquitto.conf: sessions are on disk within ten seconds
    broker_config = ("allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 1000")
    kept = ("persistence true", f"persistence_location {tmp_path}/broker/", "autosave_interval 10")
    broker = Mosquitto(tmp_path / "broker", config=(*broker_config, *kept))
    (tmp_path / "influxd").mkdir()
    influxd = start_influxd(tmp_path / "influxd")
    with ExitStack() as stack:
        stack.callback(influxd.server.stop)
        broker.start()
        stack.callback(broker.stop)
        series = InfluxSeries(influxd.url, "v1", DATABASE)
        series.ensure_database()
        series.close()
        write_plant(tmp_path, PLANT)
        ports = {"collect": free_port(), "analyse": free_port()}
        commands = [
            stack.enter_context(running(_command(tmp_path, role, port, broker.port, influxd.url)))
            for role, port in ports.items()
        ]
        wait_for("the collector's session", lambda: _is_connected(ports["collect"]), timeout_s=60)
        wait_for("the analyser", lambda: health(ports["analyse"]), timeout_s=60)
        yield Site(broker, influxd, *commands, ports["collect"], ports["analyse"])


def _command(folder: Path, role: str, port: int, broker_port: int, url: str) -> Command:
    place = folder / role
    place.mkdir()
    settings = write_settings(
        place,
        broker={"host": "127.0.0.1", "port": broker_port},
        series={"store": "influxdb", "dialect": "v1", "url": url, "database": DATABASE},
        ledger={"url": f"sqlite:///{folder}/ledger.sqlite"},
        analysis={"every": 1.0, "lateness": "2s"},
        http={"port": port},
    )
    return Command(place, role, role, "--settings", settings, "--plant", folder / "plant.toml")


def _is_connected(port: int) -> bool:
    answer = health(port)
    return bool(answer and answer["parts"]["broker"]["connected"])


def _stored(influxd: Influxd) -> dict[str, list[int]]:
    """Return the times [ms] that InfluxDB holds of each meter."""
    rows = influxd.query('SELECT "value" FROM "reading" GROUP BY "meter"', DATABASE)
    return {row["tags"]["meter"]: [point[0] // 1000 for point in row["values"]] for row in rows}


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_no_acknowledged_reading_is_missing_and_none_is_doubled(site: Site) -> None:
    gateway = site.broker.publisher(client_id="gateway")
    publisher = PacedPublisher(gateway, RATE, int(time.time() * 1000))
    publisher.start()
    began = time.monotonic()
    for part, (at_s, away_s) in PLAN.items():
        time.sleep(max(0.0, began + at_s - time.monotonic()))
        restart = site.kill(part)
        time.sleep(away_s)
        restart()
    time.sleep(max(0.0, began + SECONDS - time.monotonic()))
    assert publisher.finish(30.0), "the broker did not acknowledge everything"
    gateway.close()
    acknowledged = publisher.acknowledged
    assert len(acknowledged) >= RATE * SECONDS * 0.9
    wait_for("the backlog", lambda: _is_settled(site), timeout_s=60, every_s=0.5)
    rows = [(meter, at) for meter, times in _stored(site.influxd).items() for at in times]
    assert len(rows) == len(set(rows)) == site.influxd.count(DATABASE)
    assert set(rows) <= set(acknowledged)
    # What a broker holds in memory when it is killed is the broker's to lose; everything else is ours.
    missing = set(acknowledged) - set(rows)
    in_broker = _held_by_the_killed_broker(acknowledged, missing, site.killed["broker"])
    print(f"acknowledged {len(acknowledged)}, stored {len(rows)}, lost in the killed broker {len(in_broker)}")
    assert missing == in_broker
    wait_for("the analyser", lambda: _judges(site.analyser_port), timeout_s=30)


def _held_by_the_killed_broker(
    acknowledged: Attempts, missing: set[tuple[str, int]], killed: tuple[float, float]
) -> set[tuple[str, int]]:
    """Return what the broker had taken and not handed on when it was killed, if it lost anything at all.

    It hands on in the order it takes: so with the first lost message all later ones are lost that it took
    before its death, and nothing else is. How many depends on how far behind the machine lets the collector
    be; a broker that held messages for ten seconds would have written them to disk.

    Args:
        acknowledged: in the order they were sent.
        killed: when the kill began and when the broker was dead.
    """
    kill_began, dead = killed
    order = list(acknowledged)
    first = next((number for number, place in enumerate(order) if place in missing), len(order))
    assert first == len(order) or acknowledged[order[first]][1] > kill_began - 10.0
    return {place for place in order[first:] if acknowledged[place][0] <= dead}


def _is_settled(site: Site) -> bool:
    answer = health(site.collector_port)
    return bool(
        answer and answer["parts"]["spool"]["records"] == 0 and answer["parts"]["broker"]["connected"]
    )


def _judges(port: int) -> bool:
    answer = health(port)
    return bool(answer and answer["parts"]["analysis"]["reach"] and answer["status"] != "failing")
