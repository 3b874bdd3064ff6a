"""From arrived messages to acknowledged ones: parse, spool in groups, acknowledge what is durable."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import structlog

from domain.errors import SpoolError
from domain.ports import Clock
from domain.reading import Reject, RejectReason
from domain.readings import Micros, ReadingBlock
from ingest.arrivals import Arrivals, Message
from ingest.batch import BatchParser
from ingest.drops import TOPIC, BrokerDrops
from ingest.gaps import Gaps
from ingest.link import Link
from ingest.parse import Parser
from ingest.records import encode_block
from ingest.rejects import RejectLog
from ingest.spool import Spool
from ingest.times import micros

_log = structlog.get_logger(__name__)

_ALIKE = 3  # groups of one size in a row: the broker stops there and waits
_REMEMBERED = 100_000  # retained topics
_UNKNOWN_SHOWN = 100


class Intake:
    """The group of messages that is not durable yet. Used by one thread; counters are read by others.

    A group is committed when it is large, when its oldest message has waited `commit_s`, or when it is as
    large as the last few groups all were: a broker that allows 20 messages in flight sends nothing more
    until those are acknowledged, and is not kept waiting.
    """

    def __init__(
        self,
        parser: Parser,
        spool: Spool,
        rejects: RejectLog,
        clock: Clock,
        *,
        commit_s: float = 0.05,
        commit_messages: int = 500,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.messages = self.readings = self.retained_ignored = self.errors = 0
        self.last_us = 0  # arrival of the last message; 0: none yet
        self.unknown_topics: Counter[str] = Counter()
        self.blocked = ""  # why the spool takes nothing; "" while it does
        self._parser, self._spool, self._rejects, self._clock = BatchParser(parser), spool, rejects, clock
        self._commit_s, self._commit_messages, self._monotonic = commit_s, commit_messages, monotonic
        self._link: Link | None = None
        self._owed: list[bytes] = []  # ids of the messages of _link to acknowledge, in the order they came
        self._waiting = Arrivals()  # messages that are not parsed yet
        self._came: list[tuple[int, int]] = []  # of those: how many came together, and when [us]
        self._block = ReadingBlock.of(())  # readings that are parsed and that the spool has not taken
        self._refused: list[Reject] = []
        self._since: float | None = None  # arrival of the group's oldest message
        self.window = 0  # messages the broker seems to allow in flight; 0: not known
        self.size = 0  # messages of the last group
        self._alike = 0  # how many groups up to it had the same
        self._retained: dict[bytes, int] = {}
        self._drops = BrokerDrops()

    @property
    def gaps(self) -> Gaps:
        """Return what is missing, as far as senders number their messages."""
        return self._parser.gaps

    @property
    def broker_dropped(self) -> int | None:
        """Return how many messages the broker says it has dropped since we know it; None: it says nothing."""
        return self._drops.count

    def take(self, link: Link) -> None:
        """Take over what has arrived on the link."""
        if link is not self._link:
            self._link, self._owed, self.window = link, [], 0  # the broker sends what it was owed again
        inbox = link.inbox
        if not len(inbox):
            return
        if self._since is None:
            self._since = self._monotonic()
        self._owed += filter(None, inbox.mids)
        if TOPIC in inbox.topics:
            inbox = self._without_figures(inbox)
        if len(inbox):
            self._note(inbox)
        link.inbox.clear()
        if len(self._owed) > self.window:
            self.window = 0  # the broker sends more than that

    def _note(self, inbox: Arrivals) -> None:
        """Take messages into the group."""
        self.last_us = micros(self._clock.now())
        self.messages += len(inbox)
        if inbox.retained:
            inbox = inbox.where(self._is_new)
        self._came.append((len(inbox), self.last_us))
        self._waiting.extend(inbox)

    def due_s(self) -> float | None:
        """Return in how many seconds the group wants to be committed, None when there is none."""
        if self._since is None:
            return None
        if len(self._owed) >= (self.window or self._commit_messages):
            return 0.0
        return max(0.0, self._since + self._commit_s - self._monotonic())

    def commit(self) -> bool:
        """Make the group durable and acknowledge it; False, and nothing acknowledged, if the spool cannot."""
        if not self.blocked:
            self._learn_window()
        while len(self._block) or len(self._waiting):
            if not len(self._block):
                self._parse()
            if not self._spooled():
                return False
        if self.blocked:
            self._note_blocked("")
        self._rejects.keep(self._refused)
        if self._link is not None:
            self._link.ack(self._owed)
        self._refused, self._owed, self._since = [], [], None
        return True

    def _learn_window(self) -> None:
        """Note how many messages the broker sends before it waits for us, if it always stops at the same."""
        size = len(self._owed)
        self._alike = self._alike + 1 if size == self.size else 1
        self.size = size
        if self._alike >= _ALIKE and size < self._commit_messages:
            self.window = size

    def _spooled(self) -> bool:
        """Return whether the parsed readings are durable now."""
        if not len(self._block):
            return True
        try:
            self._spool.append(encode_block(self._block))
        except SpoolError as error:
            self._note_blocked(str(error))
            return False
        self.readings += len(self._block)
        self._block = ReadingBlock.of(())
        return True

    def _note_blocked(self, why: str) -> None:
        if why and not self.blocked:
            _log.error("ingest.spool_blocked", error=why)
        elif self.blocked and not why:
            _log.info("ingest.spool_resumed")
        self.blocked = why

    def _parse(self) -> None:
        """Parse what waits, or the first of it when it says very much."""
        received_us = self._received_us()
        before = self.gaps.total
        parsed = self._parser.parse(self._waiting, received_us)
        if self.gaps.total > before:
            _log.warning("ingest.messages_missing", messages=self.gaps.total - before, in_all=self.gaps.total)
        self.errors += parsed.errors
        if parsed.messages < len(self._waiting):
            self._waiting.cut_off(parsed.messages)
            self._came = [(1, at_us) for at_us in received_us[parsed.messages :].tolist()]
        else:
            self._waiting.clear()
            self._came = []
        self._block = parsed.readings
        if parsed.rejects:
            self._refuse(parsed.rejects)

    def _received_us(self) -> Micros:
        """Return when each waiting message arrived [us]."""
        counts, instants = zip(*self._came, strict=True)
        return np.repeat(np.array(instants, dtype=np.int64), counts)

    def _refuse(self, rejects: list[Reject]) -> None:
        self._refused += rejects
        for reject in rejects:
            unknown = reject.reason in {RejectReason.UNKNOWN_TOPIC, RejectReason.UNKNOWN_METER}
            if unknown and (reject.topic in self.unknown_topics or len(self.unknown_topics) < _UNKNOWN_SHOWN):
                self.unknown_topics[reject.topic] += 1

    def _without_figures(self, inbox: Arrivals) -> Arrivals:
        """Return the messages without those in which the broker speaks of itself; they are no meter's."""
        for message in inbox:
            if message.topic == TOPIC:
                self._drops.note(message.payload)
        return inbox.where(lambda message: message.topic != TOPIC)

    def _is_new(self, message: Message) -> bool:
        """Return whether a message is none of the retained ones that were seen at an earlier subscribing."""
        if message.retained and self._repeats(message.topic, message.payload):
            self.retained_ignored += 1
            return False
        return True

    def _repeats(self, topic: bytes, payload: bytes) -> bool:
        digest = hash(payload)
        if self._retained.get(topic) == digest:
            return True
        if len(self._retained) >= _REMEMBERED:
            self._retained.clear()
        self._retained[topic] = digest
        return False
