"""The collector: one thread from the broker's messages to the spool."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime

import structlog

from domain.errors import BrokerError
from domain.ports import Clock
from ingest.address import BrokerAddress
from ingest.health import CollectorHealth
from ingest.intake import Intake
from ingest.mqtt import Link
from ingest.parse import Parser
from ingest.rejects import RejectLog
from ingest.session import Session
from ingest.spool import Spool
from ingest.times import instant_of

_log = structlog.get_logger(__name__)

_TURN_S = 0.2  # longest wait: how soon a stop is noticed
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
        commit_s: float = 0.025,
        commit_messages: int = 500,
    ) -> None:
        if not address.client_id:
            raise ValueError("a collector needs a client id of its own: the broker keeps its messages by it")
        self._address, self._filters = address, tuple(filters)
        self._spool, self._rejects, self._clock = spool, rejects, clock
        self._intake = Intake(
            parser, spool, rejects, clock, commit_s=commit_s, commit_messages=commit_messages
        )
        self._session = Session(self._connect, f"{address.host}:{address.port}")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wastenot-collect", daemon=True)
        self._beat = time.monotonic()
        self._connected = False
        self._since = clock.now()
        self._denied: tuple[str, ...] = ()
        self._errors = 0
        self._blocked_at = 0.0
        self.failure: BrokerError | None = None  # why collecting ended for good

    def start(self) -> None:
        """Begin to collect; returns at once, connected or not."""
        self._beat = time.monotonic()
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End: what has been read is spooled and acknowledged, the broker keeps the session."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def last_arrivals(self) -> dict[str, datetime]:
        """Return when each meter's and variable's last reading arrived."""
        return {meter: instant_of(at_us) for meter, at_us in self._intake.arrivals.copy().items()}

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
            spool_records=spool.records,
            spool_bytes=spool.bytes,
            spool_max_bytes=spool.max_bytes,
            spool_damaged=spool.damaged,
        )

    def _connect(self) -> Link:
        link = Link(self._address, self._filters, persistent=True)
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
            self._intake.take(link)
        if self._intake.due_s() == 0.0:
            self._intake.commit()

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
        denied = tuple(link.denied)
        if denied != self._denied:
            self._denied = denied
            if denied:
                _log.error("mqtt.subscription_denied", filters=list(denied))
