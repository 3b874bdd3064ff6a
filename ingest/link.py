"""One MQTT connection, driven by its owner's loop.

A `Link` lives from CONNECT to the loss of the connection and is not used again: what belongs to an old
connection (message ids, which brokers use again) cannot reach a new one.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog

from domain.errors import BrokerError
from ingest.address import BrokerAddress, Will
from ingest.arrivals import Arrivals
from ingest.mqtt import IN_FLIGHT, Client, make_client, message_of, session_options, subscribe_options
from ingest.packets import Malformed, PacketReader

_log = structlog.get_logger(__name__)
_CLOSED = 128  # paho's code for a connection that the other side or the network ended
_TAKEN_OVER = 142  # MQTT 5, 3.14.2.1
_READS = 256  # packets per step that paho reads
_PIECE = 1 << 18  # bytes per step that we read
_FILTERS = 200  # per SUBSCRIBE
_PUBACK = b"\x40\x02"  # MQTT 3.1.1 and 5, 3.4: success, no properties
_DISCONNECT = b"\xe0\x00"  # MQTT 3.1.1 and 5, 3.14: we leave


class Link:
    """One connection. Used by one thread; no method but `open` raises, a lost link says why in `lost`."""

    def __init__(
        self,
        address: BrokerAddress,
        filters: Sequence[str] = (),
        *,
        persistent: bool = False,
        will: Will | None = None,
        batched: bool = False,
    ) -> None:
        """Prepare; `open` connects.

        Args:
            persistent: the broker keeps the session, and what is meant for us, while we are away.
            batched: messages are read by us, many at a time, instead of by paho one by one.
        """
        self.inbox = Arrivals()
        self.acked: dict[int, str] = {}  # our published message id -> "" or why it was refused
        self.connected = False
        self.up_at: float | None = None  # time.monotonic() of the broker's consent
        self.session_present = False
        self.window = IN_FLIGHT  # messages of ours that may wait for their acknowledgement
        self.lost = ""  # why the connection is over; "" while it is not
        self.dropped = False  # the other side closed it, without a reason or for our client id's sake
        self.refused = False  # the broker does not want us: credentials, client id, protocol
        self.denied: list[str] = []  # filters the broker will not give us
        self.errors = 0  # exceptions in callbacks or in paho
        self.more = False  # the last step left something unread
        self._address, self._filters, self._persistent = address, filters, persistent
        self._asked: dict[int, Sequence[str]] = {}
        self._deadline = 0.0
        self._options = subscribe_options(address)
        self._packets = PacketReader(five=address.protocol == "5") if batched else None
        self._client = make_client(address, persistent=persistent, will=will)
        for name in ("on_connect", "on_disconnect", "on_subscribe", "on_message", "on_publish"):
            setattr(self._client, name, self._guarded(getattr(self, f"_{name}")))

    @property
    def ready(self) -> bool:
        """Return whether the broker has taken us and answered for every subscription."""
        return self.connected and not self._asked

    def open(self) -> None:
        """Connect, without waiting for the broker's answer; raise BrokerError if nobody listens."""
        ours = self._address
        session = session_options(ours, persistent=self._persistent)
        try:
            if ours.tls is not None:
                self._client.tls_set_context(ours.tls.context())
            # paho needs two silent keepalives to be sure; told 3/4 of it, it is sure after 1.5
            self._client.connect(ours.host, ours.port, max(1, ours.keepalive_s * 3 // 4), **session)
        except (OSError, ValueError) as error:
            raise BrokerError(f"{ours.host}:{ours.port}: {error}") from error
        self._deadline = time.monotonic() + ours.connect_timeout_s
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def step(self, timeout_s: float, *, reading: bool = True) -> None:
        """Wait for the network, then read and write what there is to. Never raises."""
        if self.lost:
            return
        try:
            self._step(timeout_s, reading)
        except Malformed as error:
            self.errors += 1
            _log.error("mqtt.packet_malformed", error=str(error))
            self._end(f"protocol error: {error}")
        except Exception as error:  # noqa: BLE001 - paho fails on a malformed packet with whatever it met
            self.errors += 1
            _log.exception("mqtt.step_failed")
            self._end(f"protocol error: {error!r}")

    def rest(self, timeout_s: float) -> None:
        """Let messages gather for a while; less when the other side hangs up: a broker that restarts is soon
        back, and a try that finds it away tells its restart from the loss of our place to another client.
        """
        sock = None if self.lost else self._client.socket()
        if sock is None:
            time.sleep(timeout_s)
            return
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLRDHUP)
        poll.poll(timeout_s * 1000)

    def ack(self, mids: Sequence[bytes]) -> None:
        """Acknowledge messages of this link, in the order they came.

        With nothing queued before, all PUBACKs go out in one write: paho's one write each costs two thirds
        of the CPU time that a message costs in all.
        """
        sock = None if self.lost else self._client.socket()
        if sock is None or not mids:
            return
        if not isinstance(sock, socket.socket) or self._client.want_write():
            for mid in mids:
                self._client.ack(int.from_bytes(mid, "big"), 1)
            return
        try:
            sock.settimeout(1.0)
            sock.sendall(_PUBACK + _PUBACK.join(mids))
            sock.settimeout(0.0)
        except OSError as error:
            self.dropped = True
            self._end(f"acknowledging: {error}")

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> int:
        """Return the id under which `acked` will tell of it; raise BrokerError if it cannot be a message."""
        try:
            sent = self._client.publish(topic, payload, qos=qos, retain=retain)
        except ValueError as error:
            raise BrokerError(f"cannot publish to {topic!r}: {error}", retryable=False) from error
        return sent.mid

    def close(self) -> None:
        """Say goodbye, so that no will is sent. The session stays with the broker.

        Waits a moment for the broker to hang up: closing first can cost it our last acknowledgements.
        """
        deadline = time.monotonic() + 1.0
        while self.connected and self._client.want_write() and time.monotonic() < deadline:
            self.step(0.05, reading=False)
        sock = self._client.socket()
        if self.connected and isinstance(sock, socket.socket):
            with suppress(OSError):
                sock.settimeout(0.5)
                sock.sendall(_DISCONNECT)
                while sock.recv(65536) and time.monotonic() < deadline:
                    pass
        self._end("closed by us")

    def _step(self, timeout_s: float, reading: bool) -> None:
        sock = self._client.socket()
        if sock is None:
            self._end("connection lost")
            return
        waiting = self.more or (hasattr(sock, "pending") and sock.pending() > 0)
        events = (select.POLLIN if reading else 0) | (select.POLLOUT if self._client.want_write() else 0)
        poll = select.poll()
        poll.register(sock.fileno(), events)
        ready = poll.poll(0 if waiting and reading else timeout_s * 1000)
        if reading and (ready or waiting):
            self._read()
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()
        if not self.connected and not self.lost and time.monotonic() > self._deadline:
            self._end("the broker does not answer the CONNECT")

    def _read(self) -> None:
        self.more = False
        if self._packets is not None and self._client.own_reading:
            self._read_pieces(self._packets)
            return
        for _ in range(_READS):
            before = len(self.inbox)
            if self._client.socket() is None:
                return
            self._client.loop_read()
            if len(self.inbox) == before:
                return
        self.more = True

    def _read_pieces(self, packets: PacketReader) -> None:
        """Read what has come, up to a piece; messages are ours, the other packets are handed to paho."""
        taken, client = 0, self._client
        sock = client.socket()
        while taken < _PIECE and sock is not None:
            try:
                data = sock.recv(_PIECE)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            except OSError as error:
                client.hand_over(b"", end=error)
                break
            if not data:
                client.hand_over(b"", end=ConnectionError("closed by the broker"))
                break
            taken += len(data)
            if others := packets.feed(data, self.inbox):
                client.hand_over(others)
            if type(sock) is socket.socket:  # one call takes all; TLS gives a record, a WebSocket a frame
                break
            sock = client.socket()
        self.more = taken >= _PIECE // 2

    def _end(self, why: str) -> None:
        self.lost = self.lost or why
        self.connected = False
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return the callback made safe: paho would let an exception in it end the connection's work."""

        def guarded(*args: Any) -> None:
            try:
                callback(*args)
            except Exception:  # noqa: BLE001 - whatever it was, the connection goes on; it is counted and logged
                self.errors += 1
                _log.exception("mqtt.callback_failed", callback=callback.__name__)

        return guarded

    def _on_connect(self, client: Client, _data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.refused = True
            self.lost = f"refused by the broker: {reason}"
            return
        self.connected, self.up_at = True, time.monotonic()
        self.window = min(IN_FLIGHT, getattr(properties, "ReceiveMaximum", IN_FLIGHT))
        self.session_present = flags.session_present
        self._client.own_reading = self._packets is not None
        for start in range(0, len(self._filters), _FILTERS):
            part = self._filters[start : start + _FILTERS]
            _, mid = client.subscribe([(one, self._options) for one in part])
            if mid is not None:
                self._asked[mid] = part

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.connected = False
        self.dropped = reason.value in {_CLOSED, _TAKEN_OVER}
        self.lost = self.lost or ("connection closed" if reason.value == _CLOSED else str(reason))

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, reasons: Any, _properties: Any) -> None:
        asked = self._asked.pop(mid, ())
        self.denied += [one for one, reason in zip(asked, reasons, strict=False) if reason.is_failure]

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        self.inbox.add(message_of(message))

    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        self.acked[mid] = str(reason) if reason.is_failure else ""
