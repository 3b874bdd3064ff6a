"""The shipper: one thread from the spool to the series store."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from domain.errors import WorldError
from domain.ports import Clock, ReadingSink
from domain.reading import Reading, Reject, RejectReason
from domain.readings import ReadingBlock
from ingest.delays import Delays
from ingest.health import ShipperHealth
from ingest.records import decode_records
from ingest.rejects import RejectLog
from ingest.spool import Spool

_log = structlog.get_logger(__name__)

_IDLE_S = 1.0
_PAUSE_S = 0.05
_FIRST_S, _LONGEST_S = 0.5, 2.0  # a store that is away: what waits is not long in coming when it is back
_HOPELESS_S = 30.0  # a store that refuses us: a person has to change something
_LONGEST_ASKED_S = 600.0  # of what a store asks us to wait


class Shipper:
    """Ships a spool's readings. Either `start` and `stop` its thread, or call `ship_once` yourself."""

    def __init__(
        self,
        spool: Spool,
        store: ReadingSink,
        rejects: RejectLog,
        clock: Clock,
        *,
        batch_size: int = 5000,
        linger_s: float = 0.25,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._spool, self._store, self._rejects, self._clock = spool, store, rejects, clock
        self._batch_size, self._linger_s, self._jitter = batch_size, linger_s, jitter
        self.delays = Delays()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wastenot-ship", daemon=True)
        self._shipped = self._refused = self._undecodable = self._failures = 0
        self._last_error = ""
        self._failing_since: datetime | None = None

    def start(self) -> None:
        """Begin to ship."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End; a batch that the store has not answered for yet is shipped again after the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def ship_once(self) -> int:
        """Return how many records left the spool for the store; 0 when none waits.

        Raises StoreError or SpoolError; then nothing has left, and the same batch is next.
        """
        batch = self._spool.read(self._batch_size)
        readings, undecodable = decode_records(batch.records)
        if len(readings):
            appended = self._store.append(readings)
            self._rejects.keep([_refused(reading, words) for reading, words in appended.refused])
            self.delays.note(ReadingBlock.of(readings))
            self._shipped += appended.stored
            self._refused += len(appended.refused)
        if batch.records or batch.damaged:
            self._spool.commit(batch)
        self._undecodable += undecodable
        if batch.damaged or undecodable:
            _log.error("ship.records_lost", damaged=batch.damaged, undecodable=undecodable)
        return len(readings) + undecodable

    def health(self) -> ShipperHealth:
        """Return how shipping goes."""
        gone = self._thread.ident is not None and not self._thread.is_alive()
        return ShipperHealth(
            shipped=self._shipped,
            refused=self._refused,
            undecodable=self._undecodable,
            waiting=self._spool.status().records,
            last_error=self._last_error,
            failing_since=self._failing_since,
            stalled=gone and not self._stopping.is_set(),
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            waiting = self._spool.wait(_IDLE_S)
            if 0 < waiting < self._batch_size:
                self._stopping.wait(
                    self._linger_s
                )  # more for one request; the spool wakes us 25 times a second
            self._stopping.wait(self._try() if waiting else _PAUSE_S)

    def _try(self) -> float:
        """Ship a batch; return how long to wait before the next [s]."""
        try:
            shipped = self.ship_once()
        except WorldError as error:
            return self._note_failure(str(error), retryable=error.retryable, asked_s=error.retry_after_s)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end shipping: it is said and tried again
            _log.exception("ship.batch_failed")
            return self._note_failure(repr(error), retryable=False)
        if self._failures:
            _log.info("ship.store_recovered", tries=self._failures)
        self._failures, self._last_error, self._failing_since = 0, "", None
        return 0.0 if shipped else _PAUSE_S

    def _note_failure(self, error: str, *, retryable: bool, asked_s: float | None = None) -> float:
        """Return how long to wait before the next try [s]: never less than the store asks for."""
        if not self._failures:
            self._failing_since = self._clock.now()
            _log.error("ship.store_failed", error=error, retryable=retryable)
        self._failures += 1
        self._last_error = error
        if not retryable:
            return _HOPELESS_S
        longest_s = min(_LONGEST_S, _FIRST_S * 2.0 ** min(self._failures - 1, 10))
        own_s = longest_s * (0.5 + 0.5 * self._jitter())
        return own_s if asked_s is None else max(own_s, min(asked_s, _LONGEST_ASKED_S))


def _refused(reading: Reading, words: str) -> Reject:
    """Return a point that the store will never take as a reject; its topic is not known any more."""
    payload = f"{reading.time_us} {reading.value!r}".encode()
    return Reject(RejectReason.REFUSED_BY_STORE, reading.meter, payload, reading.received_us, words[:200])
