"""Asking an edge node to say its births again: the only thing that is ever sent towards a machine."""

from __future__ import annotations

from ingest.sparkplug.address import NAMESPACE
from ingest.sparkplug.codec import encode

EVERY_S = 300.0  # per edge node: one that does not answer is not pressed
_BOOLEAN = 11


class Rebirths:
    """The requests that wait to be sent. Nothing waits unless they are enabled."""

    def __init__(self, *, enabled: bool) -> None:
        self.asked = 0
        self._enabled = enabled
        self._last_us: dict[tuple[str, str], int] = {}  # bounded: only known edge nodes are asked
        self._waiting: list[tuple[str, bytes]] = []

    def want(self, group: str, node: str, now_us: int) -> None:
        """Ask an edge node, unless it has been asked within the last five minutes."""
        last_us = self._last_us.get((group, node))
        if not self._enabled or (last_us is not None and 0 <= now_us - last_us < EVERY_S * 1e6):
            return
        self._last_us[group, node] = now_us
        self.asked += 1
        self._waiting.append((f"{NAMESPACE}/{group}/NCMD/{node}", _request(now_us // 1000)))

    def take(self) -> list[tuple[str, bytes]]:
        """Return topic and payload of each request that has not been taken yet."""
        taken, self._waiting = self._waiting, []
        return taken


def _request(now_ms: int) -> bytes:
    """Return the command (Sparkplug 3.0.0, 6.4.22)."""
    return encode(now_ms, [{"name": "Node Control/Rebirth", "datatype": _BOOLEAN, "boolean_value": True}])
