"""How to reach an MQTT broker, and who we are there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tls:
    """Encryption. The broker must show a certificate for its host name, signed by `ca`."""

    ca: Path | None = None  # None: the authorities this machine trusts
    cert: Path | None = None  # our own certificate, where the broker asks for one
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return what the connection needs; raise OSError if a file cannot be used. Read anew each time."""
        context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key)
        return context


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says about us, retained: `gone` when we are lost, `here` once we are connected."""

    topic: str
    gone: bytes
    here: bytes


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """One broker and one client of it."""

    host: str
    port: int = 1883
    client_id: str = ""  # "": the broker makes one up, and nothing is kept for us while we are away
    username: str = ""
    password: str = field(default="", repr=False)
    protocol: str = "3.1.1"  # or "5"
    tls: Tls | None = None
    websocket: str = ""  # path of a WebSocket that carries MQTT, such as "/mqtt"; "" = plain TCP
    keepalive_s: int = 30  # a dead connection is noticed within one and a half of it
    session_expiry_s: int = (
        7 * 86400
    )  # MQTT 5: how long the broker keeps messages for us; 3.1.1: its own setting
    connect_timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if self.protocol not in {"3.1.1", "5"}:
            raise ValueError(f"protocol is {self.protocol!r}: allowed are 3.1.1 and 5")
        if self.websocket and not self.websocket.startswith("/"):
            raise ValueError(f"websocket is {self.websocket!r}: a path begins with /")
