"""paho as a `Link` uses it. The only file that knows paho."""

from __future__ import annotations

from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.address import BrokerAddress, Will
from ingest.arrivals import Message

IN_FLIGHT = 500  # of what we publish
_MAX_PACKET = 1 << 20
_NEW_SUBSCRIPTIONS_ONLY = 1  # MQTT 5 retain handling: no retained messages when we only come back


class Client(paho.Client):
    """paho, with its packets handed to it once `own_reading` is set: it reads from what we have read.

    `_sock_recv` is where paho takes bytes from its socket. It is not public; the pinned version has it, and
    tests/ingest/test_link.py fails on one that has not.
    """

    own_reading = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._handed = bytearray()
        self._broken: OSError | None = None

    def hand_over(self, packets: bytes, end: OSError | None = None) -> None:
        """Let paho read whole packets, or find that the connection is over."""
        self._handed += packets
        self._broken = end or self._broken
        while self._handed or end is not None:
            end = None
            before = len(self._handed)
            self.loop_read()
            if self.socket() is None or len(self._handed) == before:
                break

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self.own_reading:
            return super()._sock_recv(bufsize)
        if self._handed:
            data = bytes(self._handed[:bufsize])
            del self._handed[:bufsize]
            return data
        if self._broken is not None:
            raise self._broken
        raise BlockingIOError


def make_client(address: BrokerAddress, *, persistent: bool, will: Will | None) -> Client:
    """Return a client that has not connected yet."""
    five = address.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=address.client_id,
        clean_session=None if five else not persistent,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
        reconnect_on_failure=False,
        transport="websockets" if address.websocket else "tcp",
    )
    if address.websocket:
        client.ws_set_options(path=address.websocket)
    client.connect_timeout = address.connect_timeout_s
    client.max_inflight_messages_set(IN_FLIGHT)
    if address.username:
        client.username_pw_set(address.username, address.password)
    if will is not None:
        client.will_set(will.topic, will.gone, qos=1, retain=True)
    return client


def session_options(address: BrokerAddress, *, persistent: bool) -> dict[str, Any]:
    """Return what CONNECT says of the session; nothing before MQTT 5, where the client was told."""
    if address.protocol != "5":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's own gap
    properties.SessionExpiryInterval = address.session_expiry_s if persistent else 0
    properties.MaximumPacketSize = _MAX_PACKET
    return {"clean_start": not persistent, "properties": properties}


def subscribe_options(address: BrokerAddress) -> Any:
    """Return how a filter is subscribed to: QoS 1, and with MQTT 5 nothing retained for what is not new."""
    return SubscribeOptions(qos=1, retainHandling=_NEW_SUBSCRIPTIONS_ONLY) if address.protocol == "5" else 1


def message_of(message: paho.MQTTMessage) -> Message:
    """Return paho's message as ours, whose topic need not be UTF-8."""
    try:
        topic = message.topic.encode()
    except UnicodeDecodeError as error:
        topic = error.object
    mid = message.mid.to_bytes(2, "big") if message.qos else b""
    return Message(topic, bytes(message.payload), mid, message.retain)
