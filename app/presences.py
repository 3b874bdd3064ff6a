"""Brings what meters tell about being online or offline into the ledger, without anybody waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from domain.errors import LedgerError
from domain.ports import Ledger
from domain.presence import MeterStatus

_log = structlog.get_logger(__name__)
RETRY_S = 5.0
MOST_WAITING = 100_000  # meters


class Presences:
    """The latest status of each meter that the ledger has not taken yet. `note` is open to any thread."""

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        """Prepare; the ledger is opened by the first status."""
        self._open_ledger = open_ledger
        self._lock = threading.Lock()
        self._waiting: dict[str, MeterStatus] = {}
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="wastenot-presence", daemon=True)
        self._trouble = ""

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End; what waits is tried once more."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def note(self, changes: Sequence[MeterStatus]) -> None:
        """Take statuses over; never waits, never raises."""
        with self._lock:
            for status in changes:
                if status.meter in self._waiting or len(self._waiting) < MOST_WAITING:
                    self._waiting[status.meter] = status
        self._wake.set()

    def _run(self) -> None:
        ledger: Ledger | None = None
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                ledger = ledger or self._open_ledger()
                self._write(ledger)
                self._trouble = ""
            except LedgerError as error:
                self._note_trouble(str(error))
                self._stopping.wait(RETRY_S)
                self._wake.set()
        if ledger is not None:
            ledger.close()

    def _write(self, ledger: Ledger) -> None:
        """Write what waits; one that has the status already keeps the instant since which it has it."""
        with self._lock:
            taken = dict(self._waiting)
        if not taken:
            return
        with ledger.begin() as tx:
            known = {status.meter: status.status for status in tx.meter_statuses()}
            for meter, status in taken.items():
                if known.get(meter) is not status.status:
                    tx.save_meter_status(status)
        with self._lock:
            for meter, status in taken.items():
                if self._waiting.get(meter) is status:
                    del self._waiting[meter]

    def _note_trouble(self, trouble: str) -> None:
        if trouble != self._trouble:  # said once, not once per try
            _log.warning("app.presence_unwritten", error=trouble, retry_s=RETRY_S)
        self._trouble = trouble
