"""A bounded sample of what a broker sends: enough of every topic to guess from, and no more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingest.arrivals import Message
from ingest.discovery.homeassistant import Declarations, is_config_topic


@dataclass(frozen=True, slots=True)
class SampleLimits:
    """What is kept; whatever goes beyond is counted."""

    topics: int = 5000
    messages: int = 64  # of one topic; thinned out evenly, not cut off
    topic_bytes: int = 64 * 2**10
    payload_bytes: int = 64 * 2**10  # a longer payload is refused at ingest too
    bytes: int = 64 * 2**20  # in all
    arrivals: int = 256  # of one topic, for its cadence


@dataclass(frozen=True, slots=True)
class Kept:
    """One message of the sample."""

    arrival_us: int
    payload: bytes
    retained: bool


@dataclass(slots=True)
class TopicSample:
    """What was heard of one topic. Kept messages are in the order of their arrival."""

    messages: int = 0
    retained: int = 0  # of them, those the broker had kept
    arrivals_us: list[int] = field(default_factory=list)  # of the first messages that were live
    kept: list[Kept] = field(default_factory=list)
    _bytes: int = 0
    _stride: int = 1

    def count(self, arrival_us: int, limits: SampleLimits, *, retained: bool) -> None:
        """Count a message."""
        self.messages += 1
        self.retained += retained
        if not retained and len(self.arrivals_us) < limits.arrivals:
            self.arrivals_us.append(arrival_us)

    def keep(self, payload: bytes, arrival_us: int, limits: SampleLimits, *, retained: bool) -> int:
        """Keep every n-th of the counted messages; return by how many bytes the sample grew."""
        if (self.messages - 1) % self._stride:
            return 0
        before = self._bytes
        self.kept.append(Kept(arrival_us, payload, retained))
        self._bytes += len(payload)
        while len(self.kept) > 1 and (
            len(self.kept) > limits.messages or self._bytes > max(limits.topic_bytes, len(payload))
        ):
            self._thin()
        return self._bytes - before

    def _thin(self) -> None:
        self.kept = self.kept[::2]
        self._stride *= 2
        self._bytes = sum(len(one.payload) for one in self.kept)


class Heard:
    """The topics of one time of listening, what Home Assistant discovery says of them, what was dropped."""

    def __init__(self, limits: SampleLimits | None = None) -> None:
        self.limits = limits or SampleLimits()
        self.topics: dict[str, TopicSample] = {}
        self.declared = Declarations()
        self.messages = 0
        self.dropped: Counter[str] = Counter()  # why -> messages
        self._bytes = 0

    def take(self, message: Message, arrival_us: int, size: int | None = None) -> None:
        """Count a message and keep what the limits allow.

        Args:
            message: as it came.
            arrival_us: when it came [microseconds since 1970, UTC].
            size: of its payload, where the message holds only the head of it.
        """
        self.messages += 1
        size = len(message.payload) if size is None else size
        try:
            topic = message.topic.decode()
        except UnicodeDecodeError:
            self.dropped["the topic is not UTF-8"] += 1
            return
        if topic.startswith("$"):
            self.dropped["topics of the broker itself ($SYS ...)"] += 1
        elif is_config_topic(topic):
            if size > self.limits.payload_bytes or not self.declared.read(message.payload):
                self.dropped["Home Assistant discovery that cannot be read"] += 1
        else:
            self.declared.read_neighbour(topic, message.payload)
            self._sample(topic, message.payload, size, arrival_us, retained=message.retained)

    def _sample(self, topic: str, payload: bytes, size: int, arrival_us: int, *, retained: bool) -> None:
        sample = self.topics.get(topic)
        if sample is None:
            if len(self.topics) >= self.limits.topics:
                self.dropped[f"topics beyond the first {self.limits.topics}"] += 1
                return
            sample = self.topics[topic] = TopicSample()
        sample.count(arrival_us, self.limits, retained=retained)
        if size > self.limits.payload_bytes:
            self.dropped[f"payloads of more than {self.limits.payload_bytes} bytes"] += 1
        elif self._bytes + size > self.limits.bytes:
            self.dropped[f"payloads beyond {self.limits.bytes} bytes in all"] += 1
        else:
            self._bytes += sample.keep(payload, arrival_us, self.limits, retained=retained)
