"""A database that answers 401: said once, in the log and in health; readings wait, and nothing is lost."""

from __future__ import annotations

import json
import signal
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.influx import InfluxSeries
from tests.e2e.commands import Command, health, running, wait_for
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings
from tests.servers.fixtures import influxd_with_users
from tests.servers.influxd import ADMIN, ADMIN_PASSWORD, Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port

__all__ = ["influxd_with_users"]
DATABASE, READINGS = "locked", 200


def settings_with(folder: Path, broker: Mosquitto, influxd: Influxd, password: str, port: int) -> Path:
    return write_settings(
        folder,
        broker={"host": "127.0.0.1", "port": broker.port},
        series={
            "store": "influxdb",
            "dialect": "v1",
            "url": influxd.url,
            "database": DATABASE,
            "username": ADMIN,
            "password": password,
        },
        http={"port": port},
    )


@pytest.mark.servers
@pytest.mark.fault(20)
def test_readings_wait_while_the_database_refuses_us_and_none_is_lost(
    tmp_path: Path, mosquitto: Mosquitto, influxd_with_users: Influxd
) -> None:
    write_plant(tmp_path, WATER_WORKS)
    series = InfluxSeries(influxd_with_users.url, "v1", DATABASE, username=ADMIN, password=ADMIN_PASSWORD)
    series.ensure_database()
    series.close()
    port = free_port()
    locked = settings_with(tmp_path, mosquitto, influxd_with_users, "wrong", port)
    publisher = mosquitto.publisher()
    start = datetime.now(UTC) - timedelta(hours=READINGS)
    payloads = [
        json.dumps({"at": (start + timedelta(hours=hour)).isoformat(), "flow": float(hour)}).encode()
        for hour in range(READINGS)
    ]
    with running(Command(tmp_path, "locked", "collect", "--settings", locked)) as collector:
        wait_for(
            "the session", lambda: (health(port) or {}).get("parts", {}).get("broker", {}).get("connected")
        )
        publisher.publish_many([("plant/supply/water", payload, False) for payload in payloads])
        publisher.publish("plant/supply/water", b"no json", retain=False)
        wait_for("the spool", lambda: health(port)["parts"]["spool"]["records"] == READINGS)  # type: ignore[index]
        wait_for("the refusal", lambda: health(port)["status"] == "degraded")  # type: ignore[index]
        answer = health(port)
        assert answer is not None
        assert "authorization" in answer["parts"]["shipping"]["detail"].lower()
        assert answer["parts"]["broker"]["rejects"] == {"not_parsed": 1}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as metrics:
            assert f"wastenot_spool_records {READINGS}.0" in metrics.read().decode()
        collector.end(signal.SIGTERM)
    assert collector.text().count("ship.store_failed") == 1
    assert "wrong" not in collector.text()

    opened = settings_with(tmp_path, mosquitto, influxd_with_users, ADMIN_PASSWORD, port)
    with running(Command(tmp_path, "opened", "collect", "--settings", opened)):
        wait_for("all readings", lambda: influxd_with_users.count(DATABASE) == READINGS)
    publisher.close()
