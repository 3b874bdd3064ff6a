"""The meters: a thousand topics that publish at QoS 1, as fast as the broker acknowledges or at a rate.

A program of its own, of the standard library alone. Every packet is made before the clock starts; from then
on it copies bytes to the socket and counts acknowledgements, a few per cent of a core at 50,000 messages/s.

Message i is meter i % 1,000 with a time of its own per meter, so that a message which is delivered twice
is one point, and a value that `total` can add up.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import struct
import sys
import time
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

METERS = 1000
START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
STEP_MS = 60_000  # between two messages of one meter
PROBE_MS = START_MS - 30 * 86_400_000  # a probe's time lies before every message's
PROCESSES = (
    "press", "paint", "weld", "oven", "chill", "comp", "pack", "mill", "cast", "wash",
    "cnc", "assy", "dry", "grind", "extr", "mold", "boil", "vent", "pump", "util",
)  # fmt: skip
_PER_PROCESS = METERS // len(PROCESSES)
_PUBACK_BYTES = 4
_CHUNK = 500  # messages per send
_NOTE_S = 0.05  # between two entries of the timeline


def topic_of(meter: int) -> str:
    """Return a meter's topic.

    >>> topic_of(50)
    'plant/paint/meter00050'
    """
    return f"plant/{PROCESSES[meter // _PER_PROCESS]}/meter{meter:05d}"


def value_of(number: int) -> float:
    """Return a message's value [kW]; binary fractions, so that sums are exact."""
    return 100 + number % METERS * 0.5 + number % 97 * 0.125


def time_of(number: int) -> int:
    """Return a message's time [ms since 1970]."""
    return START_MS + number // METERS * STEP_MS


def total(messages: int) -> float:
    """Return the sum of the values of so many messages [kW]."""
    return sum(map(value_of, range(messages)))


def payload_of(time_ms: int, value: float, number: int) -> bytes:
    """Return a payload as a gateway would write it."""
    text = '{"ts":%d,"value":%s,"unit":"kW","quality":"good","seq":%d,"source":"plc-%02d"}'
    return (text % (time_ms, value, number, number % 40)).encode()


def packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Return a PUBLISH at QoS 1. Source: MQTT 3.1.1, 3.3."""
    name = topic.encode()
    body = struct.pack("!H", len(name)) + name + struct.pack("!H", packet_id) + payload
    return b"\x32" + _length(len(body)) + body


def _length(number: int) -> bytes:
    """Return a remaining length. Source: MQTT 3.1.1, 2.2.3."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 127
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def connect(port: int, client_id: str) -> socket.socket:
    """Return a clean MQTT 3.1.1 session with the broker on this machine; raise OSError if it takes none."""
    sock = socket.create_connection(("127.0.0.1", port), 10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    name = client_id.encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack("!H", len(name)) + name
    sock.sendall(b"\x10" + _length(len(body)) + body)
    if sock.recv(4, socket.MSG_WAITALL) != b"\x20\x02\x00\x00":
        raise OSError("the broker refuses the connection")
    return sock


@dataclass(slots=True)
class Published:
    """What was sent when; instants are the machine's monotonic clock [s]."""

    messages: int
    began: float
    ended: float  # the last one was acknowledged
    timeline: list[tuple[float, int]]  # instant, messages sent until then


class Load:
    """All packets of a run, and how far they have been sent."""

    def __init__(self, messages: int) -> None:
        packets = [
            packet(
                topic_of(number % METERS),
                payload_of(time_of(number), value_of(number), number),
                number % 65_535 + 1,
            )
            for number in range(messages)
        ]
        self._ends = [0, *accumulate(map(len, packets))]
        self._bytes = memoryview(b"".join(packets))
        self._messages = messages
        self._at = 0  # bytes sent
        self._sent = self._acknowledged_bytes = 0

    def publish(self, sock: socket.socket, rate: float, window: int) -> Published:
        """Send everything, and return when the last message is acknowledged.

        Args:
            rate: messages/s; 0 = as fast as the broker acknowledges.
            window: messages that may wait for their acknowledgement.

        Raises:
            OSError: the broker has closed the connection.
        """
        sock.setblocking(False)
        began = noted = time.monotonic()
        timeline = [(began, 0)]
        while self._acknowledged < self._messages:
            now = time.monotonic()
            if now - noted >= _NOTE_S:
                timeline.append((now, self._sent))
                noted = now
            due = min(self._messages, int((now - began) * rate)) if rate else self._messages
            self._turn(sock, min(due, self._acknowledged + window))
        ended = time.monotonic()
        return Published(self._messages, began, ended, [*timeline, (ended, self._messages)])

    @property
    def _acknowledged(self) -> int:
        return self._acknowledged_bytes // _PUBACK_BYTES  # nothing else comes back

    def _turn(self, sock: socket.socket, due: int) -> None:
        """Send some of what is due, and take the acknowledgements that are there."""
        until = max(self._ends[min(due, self._sent + _CHUNK)], self._begun())
        readable, writable, _ = select.select([sock], [sock] if until > self._at else [], [], 0.002)
        if writable:
            self._at += sock.send(self._bytes[self._at : until])
            while self._sent < self._messages and self._ends[self._sent + 1] <= self._at:
                self._sent += 1
        if readable:
            got = sock.recv(1 << 16)
            if not got:
                raise OSError("the broker has closed the connection")
            self._acknowledged_bytes += len(got)

    def _begun(self) -> int:
        """Return where the message ends of which a part is sent."""
        partly = self._at > self._ends[self._sent]
        return self._ends[self._sent + 1] if partly else 0


def main() -> None:
    """Make the packets, say READY, wait for a line, publish, and write what was sent when."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--window", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    load = Load(options.messages)
    with connect(options.port, "bench-load") as sock:
        print("READY", flush=True)
        sys.stdin.readline()
        published = load.publish(sock, options.rate, options.window)
        sock.setblocking(True)
        sock.sendall(b"\xe0\x00")
    options.out.write_text(json.dumps(asdict(published)))


if __name__ == "__main__":
    main()
