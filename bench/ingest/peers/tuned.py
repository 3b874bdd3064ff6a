"""Hand-tuned: the paho callback decodes once and formats one line; a writer posts bodies over one connection.

The messages of a body are acknowledged only after InfluxDB has taken it (manual_ack, durable session).
"""

from __future__ import annotations

import http.client
import os
import queue
import threading
import time
from typing import Any

import orjson
import paho.mqtt.client as mqtt

PATH = f"/write?db={os.environ['BENCH_DB']}&precision=ms"
BATCH, LONGEST_S = 5000, 0.25


class Collector:
    """The lines that wait, and the messages they came from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._packet_ids: list[int] = []
        self._prefixes: dict[bytes, str] = {}
        self._bodies: queue.Queue[tuple[list[str], list[int]]] = queue.Queue(maxsize=40)
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=os.environ["BENCH_CLIENT_ID"],
            clean_session=False,
            manual_ack=True,
        )
        self._client.on_connect, self._client.on_message = self._on_connect, self._on_message

    def run(self) -> None:
        """Collect for ever."""
        threading.Thread(target=self._write, daemon=True).start()
        self._client.connect(os.environ["BENCH_MQTT_HOST"], int(os.environ["BENCH_MQTT_PORT"]))
        self._client.loop_forever()

    def _on_connect(self, *_about: Any) -> None:
        with self._lock:  # what is not acknowledged comes again
            self._lines, self._packet_ids = [], []
        self._client.subscribe(os.environ["BENCH_TOPIC"], qos=1)

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        document, topic = orjson.loads(message.payload), message._topic
        prefix = self._prefixes.get(topic)
        if prefix is None:
            _, process, meter = message.topic.split("/")
            prefix = self._prefixes[topic] = f"meter,process={process},meter={meter} value="
        with self._lock:
            self._lines.append(f"{prefix}{document['value']} {document['ts']}")
            self._packet_ids.append(message.mid)
            full = len(self._lines) >= BATCH
        if full:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            body, self._lines, self._packet_ids = (self._lines, self._packet_ids), [], []
        if body[0]:
            self._bodies.put(body)

    def _write(self) -> None:
        port = int(os.environ["BENCH_INFLUX_PORT"])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            try:
                lines, packet_ids = self._bodies.get(timeout=LONGEST_S)
            except queue.Empty:
                self._hand_over()
                continue
            post(connection, "\n".join(lines).encode())
            for packet_id in packet_ids:
                self._client.ack(packet_id, 1)


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


if __name__ == "__main__":
    Collector().run()
