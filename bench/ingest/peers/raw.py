"""What plain Python can reach: no MQTT library, no spool.

One loop reads the socket in large pieces (it sleeps 4 ms between reads, so that many messages share one
system call) and slices out topic, packet id and payload; a writer thread decodes a batch as one JSON array,
posts it, and only then acknowledges: a crash or an outage leaves everything unwritten with the broker.
"""

from __future__ import annotations

import http.client
import os
import queue
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

BROKER = (os.environ["BENCH_MQTT_HOST"], int(os.environ["BENCH_MQTT_PORT"]))
PATH = f"/write?db={os.environ['BENCH_DB']}&precision=ms"
CLIENT_ID, TOPIC = os.environ["BENCH_CLIENT_ID"].encode(), os.environ["BENCH_TOPIC"].encode()
BATCH, LONGEST_S = 5000, 0.25


@dataclass(slots=True)
class Batch:
    """Messages of one connection."""

    sock: socket.socket
    topics: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    packet_ids: list[bytes] = field(default_factory=list)


batches: queue.Queue[Batch] = queue.Queue(maxsize=40)
prefixes: dict[bytes, str] = {}


def prefix_of(topic: bytes) -> str:
    """Return how a topic's lines begin, and remember it."""
    _, process, meter = topic.decode().split("/")
    prefixes[topic] = f"meter,process={process},meter={meter} value="
    return prefixes[topic]


def decode(payloads: list[bytes]) -> list[Any]:
    """Return the documents of a batch, None for one that is no JSON."""
    try:
        return list(orjson.loads(b"[" + b",".join(payloads) + b"]"))
    except orjson.JSONDecodeError:
        return [decode_one(payload) for payload in payloads]


def decode_one(payload: bytes) -> Any:
    """Return the document of a payload, None if it is no JSON."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None


def write_batches() -> None:
    """Write and acknowledge one batch after the other, for ever."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["BENCH_INFLUX_PORT"]), timeout=30)
    while True:
        batch = batches.get()
        pairs = zip(batch.topics, decode(batch.payloads), strict=True)
        lines = [
            f"{prefixes.get(topic) or prefix_of(topic)}{doc['value']} {doc['ts']}"
            for topic, doc in pairs
            if doc is not None
        ]
        post(connection, "\n".join(lines).encode())
        try:
            batch.sock.sendall(b"".join([b"\x40\x02" + packet_id for packet_id in batch.packet_ids]))
        except OSError:
            continue  # the connection is gone: the broker will send them again


def post(connection: http.client.HTTPConnection, body: bytes) -> None:
    """Return when the server has taken a body."""
    while True:
        try:
            connection.request("POST", PATH, body)
            answer = connection.getresponse()
            answer.read()
            if answer.status < 500:
                return
        except (OSError, http.client.HTTPException):
            connection.close()
        time.sleep(0.5)


def length(number: int) -> bytes:
    """Return a remaining length."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + length(number >> 7)


def connect() -> socket.socket:
    """Return a durable session with its subscription."""
    sock = socket.create_connection(BROKER, 10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    body = b"\x00\x04MQTT\x04\x00" + struct.pack("!HH", 60, len(CLIENT_ID)) + CLIENT_ID
    sock.sendall(b"\x10" + length(len(body)) + body)
    body = struct.pack("!HH", 1, len(TOPIC)) + TOPIC + b"\x01"
    sock.sendall(b"\x82" + length(len(body)) + body)
    sock.settimeout(0.2)
    return sock


def read_session(sock: socket.socket) -> None:
    """Read until the connection ends."""
    buffer, batch = b"", Batch(sock)
    taken_at = pinged_at = time.monotonic()
    while True:
        try:
            data = sock.recv(1 << 18)
            if not data:
                return
            buffer = buffer + data if buffer else data
        except TimeoutError:
            data = b""
        buffer = buffer[take(buffer, batch) :]
        now = time.monotonic()
        if not batch.payloads:
            taken_at = now
        elif len(batch.payloads) >= BATCH or now - taken_at > LONGEST_S:
            batches.put(batch)
            batch, taken_at = Batch(sock), now
        if now - pinged_at > 20:
            sock.sendall(b"\xc0\x00")
            pinged_at = now
        if len(data) < 1 << 17:
            time.sleep(0.004)


def take(buffer: bytes, batch: Batch) -> int:
    """Put the whole messages of a buffer into a batch, and return how many bytes are done with."""
    at, end = 0, len(buffer)
    while at + 4 <= end:  # a shorter packet waits for what follows it
        rest, body = buffer[at + 1], at + 2
        if rest & 128:
            rest, body = rest & 127 | (buffer[at + 2] & 127) << 7, at + 3
            if buffer[at + 2] & 128:
                rest, body = rest | buffer[at + 3] << 14, at + 4
        after = body + rest
        if after > end:
            break
        first = buffer[at]
        if first >> 4 == 3:
            begin = body + 2
            upto = begin + (buffer[body] << 8 | buffer[body + 1])
            batch.topics.append(buffer[begin:upto])
            if first & 6:
                batch.packet_ids.append(buffer[upto : upto + 2])
                upto += 2
            batch.payloads.append(buffer[upto:after])
        at = after
    return at


def main() -> None:
    """Collect for ever."""
    threading.Thread(target=write_batches, daemon=True).start()
    while True:
        try:
            with connect() as sock:
                read_session(sock)
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
        time.sleep(0.5)


if __name__ == "__main__":
    main()
