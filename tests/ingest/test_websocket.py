"""MQTT over WebSocket, plain and encrypted, through a real mosquitto."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.address import BrokerAddress, Tls
from ingest.records import decode_records
from tests.ingest.builders import a_message, collecting, eventually
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port

pytestmark = pytest.mark.servers
MESSAGES = 20_000
OPEN = ("allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 1000")


@pytest.mark.parametrize(("protocol", "batched"), [("3.1.1", True), ("5", True), ("3.1.1", False)])
def test_a_flood_over_a_websocket_arrives_whole_and_once(
    tmp_path: Path, protocol: str, batched: bool
) -> None:
    port = free_port()
    broker = Mosquitto(
        tmp_path / "broker", config=[*OPEN, f"listener {port} 127.0.0.1", "protocol websockets"]
    )
    broker.start()
    run = collecting(tmp_path, port, websocket="/mqtt", protocol=protocol, batched=batched)
    publisher = broker.publisher()
    try:
        eventually(lambda: run.collector.health().connected)
        publisher.publish_many(a_message(n) for n in range(MESSAGES))
        eventually(lambda: run.spool.wait(0.2) >= MESSAGES, timeout_s=60.0)
        found = decode_records(run.spool.read(MESSAGES + 1).records)[0]
        assert sorted(found.value.tolist()) == list(range(MESSAGES))
        health = run.collector.health()
        assert (health.messages, health.errors) == (MESSAGES, 0)
    finally:
        publisher.close()
        run.stop()
        broker.stop()


def test_publishing_and_collecting_over_an_encrypted_websocket(certificates: Path, tmp_path: Path) -> None:
    files = {"cafile": "ca.crt", "certfile": "server.crt", "keyfile": "server.key"}
    lines = [f"{key} {certificates / file}" for key, file in files.items()]
    port = free_port()
    broker = Mosquitto(
        tmp_path / "broker",
        config=[
            *OPEN,
            f"listener {port} 127.0.0.1",
            "protocol websockets",
            *lines,
            "require_certificate true",
        ],
    )
    broker.start()
    tls = Tls(certificates / "ca.crt", certificates / "client.crt", certificates / "client.key")
    run = collecting(tmp_path, port, websocket="/mqtt", tls=tls)
    publisher = broker.publisher(tls=tls, websocket="/mqtt", port=port)
    try:
        eventually(lambda: run.collector.health().connected)
        publisher.publish_many(a_message(n) for n in range(2000))
        eventually(lambda: run.spool.wait(0.1) == 2000)
    finally:
        publisher.close()
        run.stop()
        broker.stop()


def test_a_websocket_path_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="begins with /"):
        BrokerAddress("127.0.0.1", websocket="mqtt")
