"""The shipped broker: mosquitto.conf, ACL, start script and fresh secrets, run natively on a free port."""

from __future__ import annotations

import getpass
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.servers.process import ServerProcess, free_port, need

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DEADLINE_S = 10.0
#: compose's secret names and the files that make-secrets.sh makes for them
SECRETS = {
    "mosquitto_passwords": "mosquitto.passwords",
    "mosquitto_certificate": "mosquitto.crt",
    "mosquitto_key": "mosquitto.key",
    "mosquitto_healthcheck": "mosquitto.healthcheck",
}


def make_secrets(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run deploy/make-secrets.sh."""
    need("openssl")
    need("mosquitto_passwd")
    argv = ["sh", str(DEPLOY / "make-secrets.sh"), *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


@dataclass
class PlantBroker:
    """The shipped broker with its secrets, running."""

    folder: Path
    secrets: Path
    port: int
    server: ServerProcess

    def password(self, user: str) -> str:
        """Return a user's password."""
        return (self.secrets / "mqtt" / user).read_text().strip()


def a_plant_broker(folder: Path, secrets: Path) -> PlantBroker:
    """Return the shipped broker, not yet started: only port, folders and system user are other ones."""
    mosquitto, port, home = need("mosquitto"), free_port(), folder / "mosquitto"
    shutil.copytree(DEPLOY / "mosquitto", home / "config")
    (home / "data").mkdir()
    mounted = folder / "run-secrets"
    mounted.mkdir()
    for name, file in SECRETS.items():
        shutil.copy(secrets / file, mounted / name)
    text = (home / "config" / "mosquitto.conf").read_text()
    assert "/mosquitto/" in text
    text = text.replace("/mosquitto/", f"{home}/").replace("listener 8883", f"listener {port} 127.0.0.1")
    user = (
        f"\nuser {getpass.getuser()}\n"  # as root, mosquitto would become its own user, who has no key here
    )
    (home / "config" / "mosquitto.conf").write_text(text + user)
    environment = os.environ | {
        "MOSQUITTO": mosquitto,
        "MOSQUITTO_HOME": str(home),
        "MOSQUITTO_SECRETS": str(mounted),
    }
    server = ServerProcess(["sh", str(home / "config" / "start.sh")], port, folder, env=environment)
    return PlantBroker(folder, secrets, port, server)


@dataclass
class Speaker:
    """An MQTT 5 client that remembers what the broker answered and sent."""

    broker: PlantBroker
    user: str | None
    authority: Path | None = None
    password: str | None = None
    tls: bool = True
    connected: list[ReasonCode] = field(default_factory=list)
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    answers: dict[int, ReasonCode] = field(default_factory=dict)
    subscribed: list[ReasonCode] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        if self.user is not None:
            self.client.username_pw_set(self.user, self.password or self.broker.password(self.user))
        if self.tls:
            authority = self.authority or self.broker.secrets / "ca.crt"
            self.client.tls_set(ca_certs=str(authority), cert_reqs=ssl.CERT_REQUIRED)
        self.client.on_connect = lambda c, u, f, code, p: self.connected.append(code)
        self.client.on_message = lambda c, u, message: self.heard.append((message.topic, message.payload))
        self.client.on_publish = lambda c, u, mid, code, p: self.answers.__setitem__(mid, code)
        self.client.on_subscribe = lambda c, u, mid, codes, p: self.subscribed.extend(codes)

    def __enter__(self) -> Self:
        self.client.connect("localhost", self.broker.port, keepalive=20)
        self.client.loop_start()
        wait_until(lambda: bool(self.connected), "an answer to CONNECT")
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> ReasonCode:
        """Return the broker's answer to a QoS 1 message."""
        message = self.client.publish(topic, payload, qos=1, properties=Properties(PacketTypes.PUBLISH))
        wait_until(lambda: message.mid in self.answers, f"an answer to {topic}")
        return self.answers[message.mid]

    def subscribe(self, topic: str) -> ReasonCode:
        """Return the broker's answer to a subscription."""
        self.client.subscribe(topic, qos=1)
        wait_until(lambda: bool(self.subscribed), f"an answer to the subscription {topic}")
        return self.subscribed.pop()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Return as soon as something holds; fail after a while."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        pause.wait(0.01)
