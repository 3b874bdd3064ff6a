"""paho and the influxdb 1.x client: append to a list, write_points every 5,000 points or 1 s."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import paho.mqtt.client as mqtt
from influxdb import InfluxDBClient

database = InfluxDBClient("127.0.0.1", int(os.environ["BENCH_INFLUX_PORT"]), database=os.environ["BENCH_DB"])
points: list[dict[str, Any]] = []


def flush() -> None:
    """Write what has come."""
    if points:
        database.write_points(points, time_precision="ms")
        points.clear()


def on_connect(client: mqtt.Client, *_about: Any) -> None:
    """Subscribe."""
    client.subscribe(os.environ["BENCH_TOPIC"], qos=1)


def on_message(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
    """Keep one point."""
    document = json.loads(message.payload)
    _, process, meter = message.topic.split("/")
    points.append(
        {
            "measurement": "meter",
            "tags": {"process": process, "meter": meter},
            "time": int(document["ts"]),
            "fields": {"value": float(document["value"])},
        }
    )
    if len(points) >= 5000:
        flush()


subscriber = mqtt.Client(
    mqtt.CallbackAPIVersion.VERSION2, client_id=os.environ["BENCH_CLIENT_ID"], clean_session=False
)
subscriber.on_connect, subscriber.on_message = on_connect, on_message
subscriber.connect(os.environ["BENCH_MQTT_HOST"], int(os.environ["BENCH_MQTT_PORT"]))
flushed_at = time.monotonic()
while True:
    subscriber.loop(0.1)
    if time.monotonic() - flushed_at > 1:
        flush()
        flushed_at = time.monotonic()
