"""MQTT's byte stream taken apart many packets at a time: PUBLISH is ours, everything else is paho's.

A client that waits for each message, and reads it byte by byte, pays ten times what a message costs here.
Source: MQTT 3.1.1 and 5, 2.1 (fixed header), 3.3 (PUBLISH).
"""

from __future__ import annotations

from ingest.arrivals import Arrivals

_PUBLISH = 0x30
MAX_PACKET = 1 << 20  # bytes; of a larger one the head is kept
_HEAD_KEPT = 80 << 10  # more than a topic can be, and what a reject keeps of the payload


class Malformed(Exception):  # noqa: N818 - the connection ends with these words
    """The broker sends what is no MQTT."""


class PacketReader:
    """Takes a connection apart, piece by piece as it comes. Used by one thread.

    Args:
        five: MQTT 5, whose PUBLISH has properties (we announce no topic aliases, so none matter).
        max_packet: a larger packet is passed over as it comes: no sender can fill our memory.
    """

    def __init__(self, *, five: bool, max_packet: int = MAX_PACKET) -> None:
        self._five, self._max_packet = five, max_packet
        self._rest = b""  # the beginning of a packet whose end has not come
        self._passing = 0  # bytes of an oversized packet that are still to come

    def feed(self, data: bytes, inbox: Arrivals) -> bytes:
        """Put the messages of a piece into the inbox; return all other whole packets, in order.

        Raises:
            Malformed: what came is no MQTT; the connection is of no use any more.
        """
        if self._passing:
            passed = min(self._passing, len(data))
            self._passing -= passed
            data = data[passed:]
        buffer = self._rest + data if self._rest else data
        used, others = self._take(buffer, inbox)
        self._rest = buffer[used:]
        if self._rest and self._oversized():
            self._pass_over(inbox)
        return others

    def _take(self, buffer: bytes, inbox: Arrivals) -> tuple[int, bytes]:  # noqa: C901 - see below
        """Return how much of the buffer is whole packets, and those that are no PUBLISH.

        Every step here is paid for every message: no calls, no objects but what is kept.
        """
        topics, payloads, mids = inbox.topics.append, inbox.payloads.append, inbox.mids.append
        five = self._five
        others: list[bytes] = []
        at, size = 0, len(buffer)
        while at + 1 < size:
            body, head = at + 2, buffer[at]
            length = buffer[at + 1]
            if length & 0x80:
                length, body = _length(buffer, at + 1)
                if length < 0:
                    break
            end = body + length
            if end > size:
                break
            if head & 0xF0 != _PUBLISH:
                others.append(buffer[at:end])
                at = end
                continue
            start = body + 2
            stop = start + (buffer[body] << 8 | buffer[body + 1]) if length > 1 else end + 1
            kind = head & 0x06
            mid = b""
            tail = stop
            if kind:
                tail = stop + 2
                mid = buffer[stop:tail]
            if five and tail < end:
                count = buffer[tail]
                tail += 1
                if count & 0x80:
                    count, tail = _length(buffer[:end], tail - 1)
                tail = tail + count if count >= 0 else end + 1
            if tail > end or kind > 2:
                raise Malformed(f"a PUBLISH that is none: {buffer[at : at + 16].hex()}")
            if head & 0x01:
                inbox.retained.append(len(inbox.topics))
            topics(buffer[start:stop])
            payloads(buffer[tail:end])
            mids(mid)
            at = end
        return at, b"".join(others)

    def _oversized(self) -> bool:
        """Return whether the packet that has begun is larger than we want to hold, and can be passed over."""
        length, body = _length(self._rest, 1) if len(self._rest) > 1 else (-1, 0)
        whole = body + length
        return length >= 0 and whole > self._max_packet and len(self._rest) >= min(whole, _HEAD_KEPT)

    def _pass_over(self, inbox: Arrivals) -> None:
        """Put the head of an oversized message into the inbox, and let the rest of it go by."""
        length, body = _length(self._rest, 1)
        if self._rest[0] & 0xF0 != _PUBLISH:
            raise Malformed(f"a packet of {length} bytes that is no message")
        head = self._rest[:_HEAD_KEPT]
        self._passing = body + length - len(self._rest)
        self._rest = b""
        kept = len(head) - body
        position = len(inbox)
        self._take(head[:1] + _as_length(kept) + head[body:], inbox)
        if len(inbox) > position:
            inbox.whole[position] = length - kept + len(inbox.payloads[position])


def _length(buffer: bytes, at: int) -> tuple[int, int]:
    """Return a variable length and where it ends; (-1, ..) when its bytes have not all come."""
    length = shift = 0
    for place in range(at, min(at + 4, len(buffer))):
        length |= (buffer[place] & 0x7F) << shift
        if not buffer[place] & 0x80:
            return length, place + 1
        shift += 7
    if len(buffer) >= at + 4:
        raise Malformed(f"a length of more than four bytes: {buffer[at : at + 4].hex()}")
    return -1, at


def _as_length(length: int) -> bytes:
    """Return a number below 2 million as a variable length of three bytes."""
    return bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14])
