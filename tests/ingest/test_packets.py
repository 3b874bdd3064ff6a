"""Taking a byte stream apart: the same messages as paho's own parser finds, however the stream is cut."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import paho.mqtt.client as paho
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.arrivals import Arrivals, Message
from ingest.packets import MAX_PACKET, Malformed, PacketReader

PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x03\x00\x01\x01"


def a_length(length: int) -> bytes:
    """Return a variable length."""
    out = b""
    while True:
        length, low = length >> 7, length & 0x7F
        out += bytes([low | (0x80 if length else 0)])
        if not length:
            return out


def a_packet(topic: bytes, payload: bytes, mid: int = 1, *, five: bool = False, head: int = 0x32) -> bytes:
    """Return a PUBLISH packet; MQTT 5 with one user property."""
    properties = b"\x26\x00\x01k\x00\x01v" if five else b""
    body = len(topic).to_bytes(2, "big") + topic + (mid.to_bytes(2, "big") if head & 6 else b"")
    body += (a_length(len(properties)) + properties if five else b"") + payload
    return bytes([head]) + a_length(len(body)) + body


def taken(pieces: Sequence[bytes], *, five: bool = False) -> tuple[list[Message], bytes]:
    """Return the messages and the other packets of a stream that comes in these pieces."""
    reader, inbox, others = PacketReader(five=five), Arrivals(), b""
    for piece in pieces:
        others += reader.feed(piece, inbox)
    return list(inbox), others


def paho_reads(stream: bytes, *, five: bool) -> list[Message]:
    """Return the messages that paho finds in a stream."""
    protocol = MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=protocol, manual_ack=True)
    found: list[Message] = []

    def on_message(_client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        mid = message.mid.to_bytes(2, "big") if message.qos else b""
        found.append(Message(message._topic, bytes(message.payload), mid, message.retain))

    client.on_message = on_message
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(stream)
        ours.setblocking(False)
        client._sock = ours
        for _ in range(stream.count(b"\x00") + 50):
            client._packet_read()
        client._sock = None
    return found


topics = st.text(st.characters(codec="utf-8", exclude_characters="\0+#"), min_size=1, max_size=8)
messages = st.lists(
    st.tuples(
        topics.map(str.encode),
        st.binary(max_size=40) | st.sampled_from([b"x" * 130, b"y" * 20_000]),
        st.integers(1, 65535),
        st.sampled_from([0x30, 0x31, 0x32, 0x33, 0x3A, 0x3B]),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=200)
@given(messages, st.lists(st.integers(1, 30_000), max_size=6), st.booleans())
def test_every_message_is_what_paho_reads_however_the_stream_is_cut(
    sent: list[tuple[bytes, bytes, int, int]], cuts: list[int], five: bool
) -> None:
    packets = [a_packet(topic, payload, mid, five=five, head=head) for topic, payload, mid, head in sent]
    stream = b"".join(packets)
    edges = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    found, others = taken(pieces, five=five)
    assert others == b""
    assert found == [
        Message(topic, payload, mid.to_bytes(2, "big") if head & 6 else b"", bool(head & 1))
        for topic, payload, mid, head in sent
    ]
    assert found == paho_reads(stream, five=five)


def test_byte_by_byte_is_the_same() -> None:
    stream = a_packet(b"a/b", b"1" * 300) + PINGRESP + a_packet(b"a/c", b"", 7) + SUBACK
    found, others = taken([bytes([byte]) for byte in stream])
    assert [(one.topic, len(one.payload), one.mid) for one in found] == [
        (b"a/b", 300, b"\0\1"),
        (b"a/c", 0, b"\0\7"),
    ]
    assert others == PINGRESP + SUBACK


@pytest.mark.parametrize(
    "junk",
    [
        b"\x32\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x32\x00",  # no topic
        b"\x32\x01\x00",
        b"\x32\x04\x00\x09ab",  # a topic longer than its packet
        b"\x32\x04\x00\x02ab",  # no room for the message id
        b"\x34\x07\x00\x01a\x00\x01xy",  # quality 2 was not subscribed to
        b"\x36\x07\x00\x01a\x00\x01xy",
    ],
)
def test_what_is_no_mqtt_is_said(junk: bytes) -> None:
    with pytest.raises(Malformed):
        taken([junk])


def test_properties_longer_than_their_packet_are_said() -> None:
    with pytest.raises(Malformed):
        taken([b"\x32\x06\x00\x01a\x00\x01\x09"], five=True)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
@example([b"\x32\xff\xff\xff\x7f" + b"\0" * 50], False)
def test_no_bytes_at_all_are_more_than_malformed(pieces: list[bytes], five: bool) -> None:
    reader, inbox = PacketReader(five=five), Arrivals()
    try:
        for piece in pieces:
            reader.feed(piece, inbox)
    except Malformed:
        pass
    assert len(inbox.topics) == len(inbox.payloads) == len(inbox.mids)


def test_of_an_oversized_message_the_head_is_kept_and_the_rest_passes_by() -> None:
    size = 5 * MAX_PACKET
    stream = a_packet(b"a/b", b"z" * size, 9) + a_packet(b"a/c", b"good", 10)
    reader, inbox, held = PacketReader(five=False), Arrivals(), 0
    for start in range(0, len(stream), 50_000):
        reader.feed(stream[start : start + 50_000], inbox)
        held = max(held, len(reader._rest))
    assert held < MAX_PACKET // 4
    assert [(one.topic, one.mid) for one in inbox] == [(b"a/b", b"\0\x09"), (b"a/c", b"\0\x0a")]
    assert len(inbox.payloads[0]) < 100_000
    assert inbox.whole == {0: size}
    assert inbox.payloads[1] == b"good"


def test_an_oversized_packet_that_is_no_message_is_said() -> None:
    with pytest.raises(Malformed):
        taken([b"\x90\xff\xff\xff\x7f" + b"\0" * 100_000])
