"""One courier per channel: a service that is slow, or never answers, holds up nobody but itself."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from alerts.deliver import Pace, Retry, deliver_to, ready
from domain.errors import LedgerError
from domain.ports import Ledger, Notifier


class Couriers:
    """Hands what is due to the channels, each in a thread of its own. Run it from one place at a time."""

    def __init__(
        self,
        ledger: Ledger,
        notifiers: Mapping[str, Notifier],
        clock: Callable[[], datetime],
        retry: Retry | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ledger, self._notifiers = ledger, notifiers
        self._stopping = threading.Event()
        self._pace = Pace(clock, retry or Retry(), chance, self._stopping.is_set)
        self._busy: dict[str, tuple[threading.Thread, datetime]] = {}
        self._troubles: dict[str, LedgerError] = {}

    def run(self) -> int:
        """Start on what is due and return at once, with how many channels were given work.

        Raises:
            LedgerError: the ledger is away, or went away under a courier; the next run tries again.
        """
        troubles, self._troubles = self._troubles, {}
        for trouble in troubles.values():
            raise trouble
        with self._ledger.begin() as tx:
            due = {message.channel for message in ready(tx.outbox_unsent(), self._pace.clock())}
        idle = sorted(due - self.busy().keys())
        for channel in () if self._stopping.is_set() else idle:
            thread = threading.Thread(target=self._carry, args=(channel,), name=f"to-{channel}", daemon=True)
            self._busy[channel] = (thread, self._pace.clock())
            thread.start()
        return len(idle)

    def busy(self) -> dict[str, datetime]:
        """Return the channels that are being sent to, with since when."""
        alive = {channel: since for channel, (thread, since) in [*self._busy.items()] if thread.is_alive()}
        for channel in self._busy.keys() - alive.keys():
            self._busy.pop(channel, None)
        return alive

    def wait(self, timeout_s: float) -> bool:
        """Return whether all couriers are back within a time."""
        deadline = time.monotonic() + timeout_s
        for thread, _ in [*self._busy.values()]:
            with suppress(RuntimeError):  # not started yet
                thread.join(max(0.0, deadline - time.monotonic()))
        return not self.busy()

    def stop(self, timeout_s: float = 3.0) -> bool:
        """Start nothing more and wait for what is on its way; False when some still is.

        What is then on its way and not recorded is sent once more after the next start, under its key.
        """
        self._stopping.set()
        return self.wait(timeout_s)

    def _carry(self, channel: str) -> None:
        try:
            deliver_to(channel, self._notifiers.get(channel), self._ledger, self._pace)
        except LedgerError as trouble:
            self._troubles[channel] = trouble
