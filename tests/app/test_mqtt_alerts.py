"""A whole analyser on a real broker: its status, what Home Assistant is told, and what is asked of it."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.links import make_token
from app.process import Process
from app.wiring import Role, open_ledger
from config.plant_file import load_plant
from config.settings import Settings
from domain.alert import Alert, AlertState
from ingest.publisher import MqttPublisher
from tests.alerts.builders import a_hotspot, an_alert
from tests.alerts.test_quality import a_user
from tests.ingest.builders import eventually
from tests.ingest.test_publisher import Watcher
from tests.servers.mosquitto import Mosquitto, mosquitto, publisher

__all__ = ["mosquitto", "publisher"]
pytestmark = pytest.mark.servers
PLANT = load_plant(Path(__file__).parents[2] / "config" / "dye_works.toml")


def an_open_leak(settings: Settings) -> Alert:
    """Put an open leak of this plant into the ledger."""
    from alerts.conditions import Bands, hotspot_conditions

    now = datetime.now(UTC)
    process, resource = PLANT.streams()[0]
    spot = replace(
        a_hotspot(), process=process, resource=resource, since=now - timedelta(hours=2), judged_until=now,
        detected_at=now - timedelta(hours=1),
    )  # fmt: skip
    alert = an_alert(hotspot_conditions([spot], PLANT, Bands(1, 2))[0], AlertState.FIRING)
    alert = replace(alert, pending_at=now, fired_at=now, told={})
    ledger = open_ledger(settings)
    ledger.migrate()
    with ledger.begin() as tx:
        tx.save_hotspot(spot)
        tx.save_alert(alert)
        tx.save_user(a_user("panel"))
    ledger.close()
    return alert


def test_an_analyser_tells_home_assistant_and_does_what_is_asked_by_mqtt_and_by_link(
    mosquitto: Mosquitto, publisher: MqttPublisher, tmp_path: Path
) -> None:
    settings = Settings.model_validate({
        "data_dir": tmp_path,
        "broker": {"mode": "external", "host": "127.0.0.1", "port": mosquitto.port},
        "http": {"port": 0},
        "analysis": {"every": "1h"},
        "alerts": {
            "link_secret": "a secret of the plant",
            "channel": [{"name": "room", "kind": "mqtt", "discovery": "homeassistant", "commands": True}],
        },
    })  # fmt: skip
    leak = an_open_leak(settings)
    watcher = Watcher(mosquitto.port)

    def heard(topic: str) -> list[bytes]:
        inbox = watcher._link.inbox
        return [one.payload for one in inbox[:] if one.topic.decode() == topic]

    with Process(settings, PLANT, {Role.ANALYSE}) as process:
        eventually(lambda: heard("wastenot/status") == [b"online"])
        state = f"wastenot/stream/{leak.facts['process']}/{leak.facts['resource']}/state"
        eventually(lambda: any(json.loads(one)["problem"] == "ON" for one in heard(state)))
        command = {
            "fingerprint": leak.fingerprint,
            "action": "comment",
            "why": "valve ordered",
        }
        publisher.publish("wastenot/command/panel", b"not a command", retain=False)
        publisher.publish("wastenot/command/stranger", json.dumps(command).encode(), retain=False)
        publisher.publish("wastenot/command/panel", json.dumps(command).encode(), retain=False)
        eventually(lambda: "panel" in {change.who for change in changes(settings)})
        token = make_token(
            "a secret of the plant", leak.fingerprint, leak.episode, "acknowledge", "lan",
            datetime.now(UTC) + timedelta(hours=1),
        )  # fmt: skip
        address = f"{process.http.url}/act/{token}"
        assert b"<form" in urllib.request.urlopen(address, timeout=10).read()
        urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=10).close()
        eventually(lambda: "lan" in {change.who for change in changes(settings)})
    eventually(lambda: heard("wastenot/status")[-1] == b"offline")
    watcher.stop()


def changes(settings: Settings) -> list:
    ledger = open_ledger(settings)
    try:
        with ledger.begin() as tx:
            return tx.changes()
    finally:
        ledger.close()
