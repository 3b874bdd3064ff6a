"""What everyone writes: a paho callback makes a Point for influxdb-client's WriteApi, batching or sync.

The client writes to /api/v2/write, which InfluxDB 1.6 does not have; what is patched here only sends that to
/write (a user of 1.8 or 2.x would not need it) and adds no work per point.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import paho.mqtt.client as mqtt
from influxdb_client import InfluxDBClient, Point, WriteOptions, WritePrecision
from influxdb_client._sync.api_client import ApiClient
from influxdb_client.client.write_api import SYNCHRONOUS

DATABASE = os.environ["BENCH_DB"]
_call_api = ApiClient.call_api


def call_api(
    self: Any,
    path: str,
    method: str,
    path_params: Any = None,
    query_params: Any = None,
    *more: Any,
    **named: Any,
) -> Any:
    """Send a write of 2.x where 1.x takes it."""
    if path == "/api/v2/write":
        path, query_params = "/write", [("db", DATABASE), ("precision", "ms")]
    return _call_api(self, path, method, path_params, query_params, *more, **named)


ApiClient.call_api = call_api
_batching = WriteOptions(batch_size=5000, flush_interval=1000)
client = InfluxDBClient(url=os.environ["BENCH_INFLUX_URL"], token="any", org="-")
write_api = client.write_api(write_options=SYNCHRONOUS if sys.argv[1] == "sync" else _batching)


def on_connect(mqtt_client: mqtt.Client, *_about: Any) -> None:
    """Subscribe."""
    mqtt_client.subscribe(os.environ["BENCH_TOPIC"], qos=1)


def on_message(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
    """Write one point."""
    document = json.loads(message.payload)
    _, process, meter = message.topic.split("/")
    point = (
        Point("meter").tag("process", process).tag("meter", meter).field("value", float(document["value"]))
    )
    point.time(int(document["ts"]), WritePrecision.MS)
    write_api.write(bucket=DATABASE, record=point, write_precision=WritePrecision.MS)


subscriber = mqtt.Client(
    mqtt.CallbackAPIVersion.VERSION2, client_id=os.environ["BENCH_CLIENT_ID"], clean_session=False
)
subscriber.on_connect, subscriber.on_message = on_connect, on_message
subscriber.connect(os.environ["BENCH_MQTT_HOST"], int(os.environ["BENCH_MQTT_PORT"]))
subscriber.loop_forever()
