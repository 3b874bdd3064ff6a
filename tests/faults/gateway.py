"""A gateway that publishes numbered messages, and repeats what the broker has not acknowledged."""

from __future__ import annotations

import threading
import time

from domain.errors import BrokerError
from tests.servers.mosquitto import Mosquitto

METERS = 100
_MOST = 2000  # in one go


def message(number: int, base_ms: int) -> tuple[str, bytes, bool]:
    """Return the message of a number: its meter and time are its own, its value is the number."""
    payload = b'{"ts": %d, "value": %d}' % (base_ms + number // METERS, number)
    return f"plant/line/m{number % METERS}", payload, False


class Gateway:
    """Publishes the numbers from `first` on, `rate` a second, from a thread; at most `count` of them.

    `acknowledged` is the first number that the broker has not acknowledged: it has every one below.
    """

    def __init__(
        self, broker: Mosquitto, base_ms: int, *, rate: float, first: int = 0, count: int | None = None
    ) -> None:
        self.acknowledged = first
        self._publisher = broker.publisher(client_id="gateway")
        self._base_ms, self._rate, self._first = base_ms, rate, first
        self._last = None if count is None else first + count
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._thread.start()

    def finish(self, timeout_s: float = 120.0) -> int:
        """Publish the rest of `count`, or stop when there is none; return `acknowledged`."""
        if self._last is None:
            self._stop.set()
        self._thread.join(timeout_s)
        assert not self._thread.is_alive(), "the broker did not acknowledge everything"
        self._publisher.close()
        return self.acknowledged

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(0.01):
            due = self._first + int((time.monotonic() - began) * self._rate)
            due = due if self._last is None else min(due, self._last)
            while self.acknowledged < due:
                self._send(range(self.acknowledged, min(due, self.acknowledged + _MOST)))
            if due == self._last:
                return

    def _send(self, numbers: range) -> None:
        """Return when the broker has acknowledged all of them, however often it takes."""
        while True:
            try:
                self._publisher.publish_many(message(number, self._base_ms) for number in numbers)
            except BrokerError:
                time.sleep(0.1)
            else:
                self.acknowledged = numbers.stop
                return
