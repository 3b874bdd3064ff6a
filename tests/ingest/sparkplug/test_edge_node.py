"""A small edge node at a real broker: birth, data by alias, a cut connection, and birth again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from app.presences import Presences
from domain.presence import Presence
from ingest.address import BrokerAddress
from ingest.collector import Collector
from ingest.parse import Parser
from ingest.rejects import RejectLog
from ingest.routes import subscriptions
from ingest.sparkplug.codec import encode
from ingest.spool import Spool
from store.ledger import SqlLedger
from tests.ingest.builders import WallClock, a_plant, eventually
from tests.ingest.sparkplug.builders import DOUBLE, a_metric, a_will, at_node, topic
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.servers


class EdgeNode:
    """Connects with its will, and is born."""

    def __init__(self, port: int, bd_seq: int) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="edge")
        self.client.will_set(topic("NDEATH"), a_will(bd_seq), qos=1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        eventually(self.client.is_connected)
        self.say("NBIRTH", {"name": "bdSeq", "datatype": 4, "long_value": bd_seq}, seq=0)
        self.say("DBIRTH", a_metric(1.0, name="Water/Flow", alias=7, datatype=DOUBLE), seq=1)

    def say(self, kind: str, *metrics: dict[str, object], seq: int) -> None:
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        self.client.publish(topic(kind), encode(now_ms, metrics, seq), qos=0).wait_for_publish(10)

    def die(self) -> None:
        """Cut the connection without a word."""
        self.client.loop_stop()
        sock = self.client.socket()
        assert isinstance(sock, socket.socket)
        sock.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    with closing(SqlLedger(f"sqlite:///{tmp_path}/ledger.db")) as opened:
        opened.migrate()
        yield opened


def test_a_killed_edge_node_is_offline_at_once_and_online_after_its_birth(
    mosquitto: Mosquitto, ledger: SqlLedger, tmp_path: Path
) -> None:
    plant = a_plant(at_node("dye2.water", "Water/Flow"))
    presences = Presences(lambda: SqlLedger(f"sqlite:///{tmp_path}/ledger.db"))
    spool = Spool(tmp_path / "spool")
    collector = Collector(
        BrokerAddress("127.0.0.1", mosquitto.port, client_id="wastenot-test"),
        subscriptions(plant),
        Parser(plant, tell=presences.note),
        spool,
        RejectLog(tmp_path),
        WallClock(),
    )

    def is_now(status: Presence) -> bool:
        with ledger.begin() as tx:
            return [(one.meter, one.status) for one in tx.meter_statuses()] == [("dye2.water", status)]

    presences.start()
    collector.start()
    try:
        eventually(lambda: collector.health().connected)
        edge = EdgeNode(mosquitto.port, bd_seq=1)
        edge.say("DDATA", a_metric(2.5, alias=7), seq=2)
        eventually(lambda: collector.health().readings == 2)
        eventually(lambda: is_now(Presence.ONLINE))
        edge.die()
        eventually(lambda: is_now(Presence.OFFLINE))
        again = EdgeNode(mosquitto.port, bd_seq=2)
        eventually(lambda: is_now(Presence.ONLINE))
        again.client.disconnect()
        again.client.loop_stop()
    finally:
        collector.stop()
        presences.stop()
        spool.close()
