"""A few lines of MQTT 3.1.1 server, to say what no real broker would."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

CONNACK = b"\x20\x02\x00\x00"


def a_publish(topic: bytes, payload: bytes, mid: int) -> bytes:
    """Return a QoS 1 PUBLISH packet of less than 128 bytes."""
    body = len(topic).to_bytes(2, "big") + topic + mid.to_bytes(2, "big") + payload
    assert len(body) < 128
    return bytes([0x32, len(body)]) + body


class FakeBroker:
    """Answers CONNECT and SUBSCRIBE, then sends what it was given; keeps all that it gets."""

    def __init__(
        self, packets: Sequence[bytes] = (), *, suback: int | None = 1, connack: bytes = CONNACK
    ) -> None:
        self._packets, self._suback, self._connack = packets, suback, connack
        self.received = b""
        self.connections = 0
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)
        self._listener.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection, suppress(OSError):
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        while not self._stopping.is_set():
            try:
                data = connection.recv(65536)
            except TimeoutError:
                continue
            if not data:
                return
            self.received += data
            if data[0] == 0x10:
                connection.sendall(self._connack)
            elif data[0] == 0x82 and self._suback is not None:  # one SUBSCRIBE of one filter
                connection.sendall(b"\x90\x03" + data[2:4] + bytes([self._suback]))
                for packet in self._packets:
                    connection.sendall(packet)
