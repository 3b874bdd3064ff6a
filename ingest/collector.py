"""The collector: one thread from the broker's messages to the spool."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from domain.errors import BrokerError
from domain.ports import Clock
from ingest.address import BrokerAddress
from ingest.drops import BROKER_DROPS
from ingest.gaps import keep_numbers, take_numbers
from ingest.health import CollectorHealth
from ingest.intake import Intake
from ingest.link import Link
from ingest.parse import Parser
from ingest.rejects import RejectLog
from ingest.session import Session
from ingest.sparkplug.health import SparkplugHealth
from ingest.spool import Spool
from ingest.times import instant_of

_log = structlog.get_logger(__name__)

_TURN_S = 0.2  # longest wait: how soon a stop is noticed
_MOST_REST_S, _LEAST_REST_S = 0.025, 0.002
_AIM = 120  # messages per read
_STREAM = 10  # messages of a group: more will follow, and need not be waited for one by one
_METERS_SHOWN = 100
_RETRY_S = 0.5  # how often a blocked spool is tried
_STALLED_S = 15.0  # longer than a connection attempt takes to fail


class Collector:
    """Collects the given topic filters. `start` once, `stop` once; `health` is open to any thread."""

    def __init__(
        self,
        address: BrokerAddress,
        filters: Sequence[str],
        parser: Parser,
        spool: Spool,
        rejects: RejectLog,
        clock: Clock,
        *,
        commit_s: float = 0.05,
        commit_messages: int = 500,
        batched: bool = True,
        numbers: Path | None = None,
    ) -> None:
        """Prepare; nothing is connected to yet.

        Args:
            commit_s, commit_messages: how long a message may wait for others to be made durable with.
            batched: messages are read many at a time; False leaves all reading to paho.
            numbers: file for the senders' running numbers between an end and the next start.

        Raises:
            ValueError: the address has no client id.
        """
        if not address.client_id:
            raise ValueError("a collector needs a client id of its own: the broker keeps its messages by it")
        self._address, self._filters, self._batched = address, tuple(filters), batched
        self._spool, self._rejects, self._clock = spool, rejects, clock
        self._parser = parser
        self._intake = Intake(
            parser, spool, rejects, clock, commit_s=commit_s, commit_messages=commit_messages
        )
        self._session = Session(self._connect, f"{address.host}:{address.port}", witness=self._witness)
        self._numbers = numbers
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wastenot-collect", daemon=True)
        self._beat = time.monotonic()
        self._connected = False
        self._since = clock.now()
        self._denied: tuple[str, ...] = ()
        self._errors = 0
        self._blocked_at = 0.0
        self._rest_s = _MOST_REST_S
        self.failure: BrokerError | None = None  # why collecting ended for good

    def start(self) -> None:
        """Begin to collect; returns at once, connected or not."""
        if self._numbers is not None:
            self._intake.gaps.go_on_from(take_numbers(self._numbers))
        self._beat = time.monotonic()
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End: what has been read is spooled and acknowledged, the broker keeps the session."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._numbers is not None and self._thread.ident is not None and not self._thread.is_alive():
            keep_numbers(self._numbers, self._intake.gaps.last())

    @property
    def ended(self) -> BrokerError | None:
        """Return why nothing is collected any more, and never will be; None while there is hope."""
        if self.failure is None and self._thread.ident is not None and not self._thread.is_alive():
            return (
                None if self._stopping.is_set() else BrokerError("collecting has ended: its thread is gone")
            )
        return self.failure

    def health(self) -> CollectorHealth:
        """Return how collecting goes."""
        intake, spool = self._intake, self._spool.status()
        silent_s = time.monotonic() - self._beat
        return CollectorHealth(
            connected=self._connected,
            since=self._since,
            last_error=intake.blocked or self._session.last_error,
            failed=str(self.failure or ""),
            back_pressure=bool(intake.blocked),
            stalled=not self._stopping.is_set() and (not self._thread.is_alive() or silent_s > _STALLED_S),
            last_message_at=instant_of(intake.last_us) if intake.last_us else None,
            messages=intake.messages,
            readings=intake.readings,
            rejects=self._rejects.counts(),
            retained_ignored=intake.retained_ignored,
            errors=self._errors + intake.errors + self._session.errors,
            unknown_topics=dict(intake.unknown_topics),
            denied=self._denied,
            broker_dropped=intake.broker_dropped,
            missing_messages=intake.gaps.total,
            missing_by_meter=intake.gaps.most(_METERS_SHOWN),
            spool_records=spool.records,
            spool_bytes=spool.bytes,
            spool_max_bytes=spool.max_bytes,
            spool_damaged=spool.damaged,
        )

    def _connect(self) -> Link:
        filters = (*self._filters, BROKER_DROPS)
        link = Link(self._address, filters, persistent=True, batched=self._batched)
        link.open()
        return link

    def _witness(self) -> Link:
        link = Link(replace(self._address, client_id=""))
        link.open()
        return link

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._beat = time.monotonic()
            try:
                self._turn()
            except BrokerError as error:
                self.failure = error
                _log.critical("ingest.collecting_ended", error=str(error))
                break
            except Exception:  # noqa: BLE001 - collecting goes on; counted, logged, and the session begun anew
                self._errors += 1
                _log.exception("ingest.turn_failed")
                self._session.leave()
                self._stopping.wait(1.0)
        self._intake.commit()
        self._session.leave()
        self._note_connected(False)

    def _turn(self) -> None:
        """Read from the broker, or wait for the spool; commit what is due."""
        if self._intake.blocked:
            self._wait_for_spool()
            return
        link = self._session.tend()
        self._note_connected(link is not None and link.ready)
        due_s = self._intake.due_s()
        wait_s = _TURN_S if due_s is None else min(due_s, _TURN_S)
        if link is None:
            self._stopping.wait(min(wait_s, 0.02))
        else:
            link.step(wait_s)
            self._note_denied(link)
            self._pace(len(link.inbox))
            self._intake.take(link)
        due_s = self._intake.due_s()
        if due_s == 0.0:
            self._intake.commit()
            self._command(link)
            due_s = self._rest_s if self._intake.size >= _STREAM else None
        if due_s is not None and link is not None and not link.more:
            link.rest(min(self._rest_s, due_s))

    def edge_nodes(self) -> SparkplugHealth | None:
        """Return how the edge nodes do; None where no meter is read from one."""
        return None if self._parser.sparkplug is None else self._parser.sparkplug.health()

    def _command(self, link: Link | None) -> None:
        """Send what the parser has to say: at most once, and not over a lost link."""
        for topic, payload in self._parser.commands():
            if link is not None:
                link.publish(topic, payload, retain=False, qos=0)
                link.acked.clear()

    def _pace(self, came: int) -> None:
        """Choose how long to rest before the next read, from how many messages this one brought.

        Waking up costs more than a message does: at rest, messages gather in the socket and then share one
        system call. A broker that waits for our acknowledgement is not kept waiting.
        """
        wanted_s = self._rest_s * min(2.0, _AIM / max(came, 1))
        most_s = _LEAST_REST_S if self._intake.window else _MOST_REST_S
        self._rest_s = max(_LEAST_REST_S, min(most_s, wanted_s))

    def _wait_for_spool(self) -> None:
        """Read nothing and acknowledge nothing; let go of the connection before it counts as dead."""
        now = time.monotonic()
        self._blocked_at = self._blocked_at or now
        if self._intake.commit():
            self._blocked_at = 0.0
            return
        link = self._session.link
        if link is not None and now - self._blocked_at > self._address.keepalive_s / 2:
            self._session.leave()
        elif link is not None:
            link.step(0.0, reading=False)
        self._note_connected(link is not None and link.ready)
        self._stopping.wait(_RETRY_S)

    def _note_connected(self, connected: bool) -> None:
        if connected is not self._connected:
            self._connected, self._since = connected, self._clock.now()

    def _note_denied(self, link: Link) -> None:
        denied = tuple(one for one in link.denied if one != BROKER_DROPS)  # good to have, no more
        if denied != self._denied:
            self._denied = denied
            if denied:
                _log.error("mqtt.subscription_denied", filters=list(denied))
