"""A rule that a reading breaks is told within 10 s of it: broker, collector, store, analyser, channel."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.publisher import MqttPublisher
from store.influx import InfluxSeries
from tests.e2e.commands import Command, health, running, wait_for
from tests.e2e.installation import write_plant, write_settings
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import ServerProcess, free_port, need

#: what is required [s]
IN_TIME_S = 10.0
NAMES = ("implausible", "frozen_at_limit", "continuous_flow")

PLANT = """
[plant]
name = "Works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
language = "vi"

[[process]]
id = "washing"
""" + "".join(
    f"""
[[meter]]
id = "{name}"
process = "washing"
resource = "water"
kind = "gauge"
unit = "m3/h"
topic = "plant/{name}"
time = "ts"
[[meter.rule]]
kind = "{name}"
{"max = 50" if name == "implausible" else ""}
"""
    for name in NAMES
)


@contextmanager
def installation(folder: Path, broker: Mosquitto, influxd: Influxd | None) -> Iterator[Path]:
    """Run all roles at their usual pace; yield the file of what the plant's bus said."""
    write_plant(folder, PLANT)
    series: dict[str, object] = {}
    if influxd is not None:
        series = {"store": "influxdb", "dialect": "v1", "url": influxd.url, "database": folder.name}
        store = InfluxSeries(influxd.url, "v1", folder.name)
        store.ensure_database()
        store.close()
    roles = ["up"] if influxd is None else ["collect", "analyse"]  # as it is with the embedded store
    ports = {role: free_port() for role in roles}
    files = {}
    for role, port in ports.items():
        file = write_settings(
            folder, broker={"host": "127.0.0.1", "port": broker.port}, series=series, http={"port": port}
        )
        with file.open("a") as text:
            text.write('[[alerts.channel]]\nname = "bus"\nkind = "mqtt"\ntopic = "wastenot"\n')
        files[role] = file.rename(folder / f"{role}.toml")
    listener = ServerProcess(
        [need("mosquitto_sub"), "-p", str(broker.port), "-t", "wastenot/alert/#", "-v"], broker.port, folder
    )
    listener.start()
    commands = [Command(folder, role, role, "--settings", file) for role, file in files.items()]
    with ExitStack() as stack:
        for command in commands:
            stack.enter_context(running(command))
        wait_for(
            "the session",
            lambda: (health(ports[roles[0]]) or {}).get("parts", {}).get("broker", {}).get("connected"),
        )
        wait_for("the analyser", lambda: health(ports[roles[-1]]), timeout_s=60)
        yield folder / "server.log"
    listener.stop()


def publish(publisher: MqttPublisher, meter: str, rows: list[tuple[datetime, float]]) -> None:
    payloads = [
        json.dumps({"ts": round(at.timestamp() * 1000), "value": value}).encode() for at, value in rows
    ]
    publisher.publish_many([(f"plant/{meter}", payload, False) for payload in payloads])


def a_day_that_never_stops(now: datetime) -> list[tuple[datetime, float]]:
    """Return readings every five minutes whose 24th hour ends with the last of them."""
    end = now.replace(minute=0, second=0, microsecond=0)
    return [(end - timedelta(minutes=5 * n), 3.0 + n % 7 / 10) for n in range(288, -1, -1)]


@pytest.mark.servers
@pytest.mark.parametrize("store", ["sqlite", "influxdb"])
def test_a_broken_rule_is_told_within_ten_seconds_of_the_reading(
    store: str, tmp_path: Path, mosquitto: Mosquitto, request: pytest.FixtureRequest
) -> None:
    influxd = request.getfixturevalue("influxd") if store == "influxdb" else None
    publisher, now = mosquitto.publisher(), datetime.now(UTC)
    day = a_day_that_never_stops(now)
    before = {
        "implausible": [(now - timedelta(seconds=20), 12.0)],
        "frozen_at_limit": [(now - timedelta(seconds=20 - n), 65535.0) for n in range(2)],
        "continuous_flow": day[:-1],
    }
    breaking = {
        "implausible": (now, 51.0),
        "frozen_at_limit": (now, 65535.0),
        "continuous_flow": day[-1],
    }
    taken: dict[str, float] = {}
    with installation(tmp_path, mosquitto, influxd) as told:
        for meter, rows in before.items():
            publish(publisher, meter, rows)
        time.sleep(4)  # what was before is watched, and nothing is told of it
        assert "hotspot_kind" not in told.read_text()
        began = time.monotonic()
        for meter, row in breaking.items():
            publish(publisher, meter, [row])

        def told_of() -> set[str]:
            text = told.read_text()
            now_told = {m for m in breaking if f'"hotspot_kind": "{m}"' in text}
            taken.update({m: time.monotonic() - began for m in now_told - taken.keys()})
            return now_told

        wait_for("all to be told", lambda: told_of() == set(breaking), timeout_s=60)
    publisher.close()
    print("reading to message [s]:", store, {name: round(seconds, 1) for name, seconds in taken.items()})
    assert max(taken.values()) <= IN_TIME_S
