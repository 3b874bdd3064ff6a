"""From arrived messages to acknowledged ones: parse, spool in groups, acknowledge what is durable."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import structlog

from domain.errors import SpoolError
from domain.ports import Clock
from domain.reading import Reject, RejectReason
from ingest.address import Message
from ingest.mqtt import Link
from ingest.parse import Parser, a_reject
from ingest.records import encode_reading
from ingest.rejects import RejectLog
from ingest.spool import Spool
from ingest.times import micros

_log = structlog.get_logger(__name__)

_MOST_RECORDS = 5000  # of one group: bounds the memory that messages of many rows take
_AT_ONCE_S = 0.005
_REMEMBERED = 100_000  # retained topics
_UNKNOWN_SHOWN = 100


class Intake:
    """The group of messages that is not durable yet. Used by one thread; counters are read by others.

    A group is committed when it is large, when its oldest message has waited `commit_s`, or when it is as
    large as the group whose acknowledgement made the broker send at once: a broker that allows 20 messages
    in flight sends nothing more until those are acknowledged, and is not kept waiting.
    """

    def __init__(
        self,
        parser: Parser,
        spool: Spool,
        rejects: RejectLog,
        clock: Clock,
        *,
        commit_s: float = 0.025,
        commit_messages: int = 500,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.messages = self.readings = self.retained_ignored = self.errors = 0
        self.last_us = 0  # arrival of the last message; 0: none yet
        self.arrivals: dict[str, int] = {}  # meter -> arrival of its last reading [us]
        self.unknown_topics: Counter[str] = Counter()
        self.blocked = ""  # why the spool takes nothing; "" while it does
        self._parser, self._spool, self._rejects, self._clock = parser, spool, rejects, clock
        self._commit_s, self._commit_messages, self._monotonic = commit_s, commit_messages, monotonic
        self._link: Link | None = None
        self._owed: list[int] = []  # message ids of _link to acknowledge, in the order they came
        self._records: list[bytes] = []
        self._refused: list[Reject] = []
        self._since: float | None = None  # arrival of the group's oldest message
        self._acked_at = 0.0
        self._acked = 0  # size of the last group
        self._window = 0  # messages the broker seems to allow in flight; 0: not known
        self._retained: dict[str | bytes, int] = {}

    def take(self, link: Link) -> None:
        """Read what has arrived on the link, committing in between if it is much."""
        if link is not self._link:
            self._link, self._owed, self._window = link, [], 0  # the broker sends what it was owed again
        if not link.inbox:
            return
        now = self._monotonic()
        if self._since is None:
            self._since = now
            self._window = self._acked if now - self._acked_at < _AT_ONCE_S else 0
        self.last_us = received_us = micros(self._clock.now())
        done = 0
        for message in link.inbox:
            self._read(message, received_us)
            done += 1
            if len(self._records) >= _MOST_RECORDS and not self.commit():
                break
        del link.inbox[:done]

    def due_s(self) -> float | None:
        """Return in how many seconds the group wants to be committed, None when there is none."""
        if self._since is None:
            return None
        if len(self._owed) >= (self._window or self._commit_messages):
            return 0.0
        return max(0.0, self._since + self._commit_s - self._monotonic())

    def commit(self) -> bool:
        """Make the group durable and acknowledge it; False, and nothing acknowledged, if the spool cannot."""
        if self._records:
            try:
                self._spool.append(self._records)
            except SpoolError as error:
                self._note_blocked(str(error))
                return False
        if self.blocked:
            self._note_blocked("")
        self._rejects.keep(self._refused)
        if self._link is not None:
            self._link.ack(self._owed)
        self._acked_at, self._acked = self._monotonic(), len(self._owed)
        self._records, self._refused, self._owed, self._since = [], [], [], None
        return True

    def _note_blocked(self, why: str) -> None:
        if why and not self.blocked:
            _log.error("ingest.spool_blocked", error=why)
        elif self.blocked and not why:
            _log.info("ingest.spool_resumed")
        self.blocked = why

    def _read(self, message: Message, received_us: int) -> None:
        self.messages += 1
        if message.mid:
            self._owed.append(message.mid)
        if message.retained and self._repeats(message):
            self.retained_ignored += 1
            return
        try:
            readings, rejects = self._parser.parse(
                message.topic, message.payload, received_us, retained=message.retained
            )
        except Exception as error:  # noqa: BLE001 - our own mistake must not stop every other meter
            self.errors += 1
            _log.exception("ingest.parse_failed")
            detail = f"our fault: {error!r}"
            reject = a_reject(RejectReason.NOT_PARSED, message.topic, message.payload, received_us, detail)
            readings, rejects = [], [reject]
        for reading in readings:
            self._records.append(encode_reading(reading))
            self.arrivals[reading.meter] = received_us
        self.readings += len(readings)
        if rejects:
            self._refuse(rejects)

    def _refuse(self, rejects: list[Reject]) -> None:
        self._refused += rejects
        for reject in rejects:
            unknown = reject.reason in {RejectReason.UNKNOWN_TOPIC, RejectReason.UNKNOWN_METER}
            if unknown and (reject.topic in self.unknown_topics or len(self.unknown_topics) < _UNKNOWN_SHOWN):
                self.unknown_topics[reject.topic] += 1

    def _repeats(self, message: Message) -> bool:
        """Return whether this retained message is the one that was seen at an earlier subscribing."""
        digest = hash(message.payload)
        if self._retained.get(message.topic) == digest:
            return True
        if len(self._retained) >= _REMEMBERED:
            self._retained.clear()
        self._retained[message.topic] = digest
        return False
