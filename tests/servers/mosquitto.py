"""A real mosquitto on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest.address import BrokerAddress
from ingest.publisher import MqttPublisher
from tests.servers.process import ServerProcess, free_port, need


class Mosquitto(ServerProcess):
    """mosquitto with these config lines behind its listener's; `persistence` keeps sessions over a kill."""

    def __init__(
        self,
        folder: Path,
        *,
        config: Sequence[str] = ("allow_anonymous true",),
        persistence: bool = False,
        port: int | None = None,
    ) -> None:
        port = port or free_port()
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["per_listener_settings false", f"listener {port} 127.0.0.1", "log_type error", *config]
        if os.geteuid() == 0:
            lines.append("user root")  # it would give up the right to its folder
        if persistence:
            lines += ["persistence true", f"persistence_location {folder}/", "autosave_interval 1"]
            lines.append("autosave_on_changes true")
        file = folder / "mosquitto.conf"
        file.write_text("\n".join(lines) + "\n")
        super().__init__([need("mosquitto"), "-c", str(file)], port, folder)

    def publisher(self, **address: object) -> MqttPublisher:
        """Return a publisher to this broker; close it."""
        where = {"host": "127.0.0.1", "port": self.port, **address}
        return MqttPublisher(BrokerAddress(**where))  # type: ignore[arg-type]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running broker that queues without limit."""
    broker = Mosquitto(tmp_path / "broker", config=("allow_anonymous true", "max_queued_messages 0"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def publisher(mosquitto: Mosquitto) -> Iterator[MqttPublisher]:
    """A publisher to that broker."""
    client = mosquitto.publisher()
    yield client
    client.close()
