"""A gateway that publishes at a steady pace and repeats what the broker has not acknowledged."""

from __future__ import annotations

import json
import threading
import time

from domain.errors import BrokerError
from ingest.publisher import MqttPublisher

METERS = 10
#: event time between two readings of one meter, so that every reading has a time of its own
STEP_MS = 20

#: meter, time [ms] -> when its last attempt began and when it was known to be acknowledged (monotonic);
#: in the order they were sent
Attempts = dict[tuple[str, int], tuple[float, float]]


class PacedPublisher:
    """Publishes `rate` messages a second over METERS meters from a thread."""

    def __init__(self, publisher: MqttPublisher, rate: float, start_ms: int) -> None:
        self._publisher, self._rate, self._start_ms = publisher, rate, start_ms
        self.acknowledged: Attempts = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self, timeout_s: float) -> bool:
        """Stop at what is due; return whether the broker has acknowledged it in time."""
        self._stop.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        began, first = time.monotonic(), 0
        while not self._stop.wait(0.02):
            due = int((time.monotonic() - began) * self._rate)
            self._send(range(first, due))
            first = due

    def _send(self, numbers: range) -> None:
        """Return when the broker has acknowledged all of them, however often it takes."""
        messages = [(f"plant/line/m{number % METERS}", self._payload(number), False) for number in numbers]
        while True:
            began = time.monotonic()
            try:
                self._publisher.publish_many(messages)
            except BrokerError:
                time.sleep(0.2)
            else:
                break
        now = time.monotonic()
        for number in numbers:
            self.acknowledged[f"line.m{number % METERS}", self._time_ms(number)] = (began, now)

    def _payload(self, number: int) -> bytes:
        return json.dumps({"ts": self._time_ms(number), "value": float(number)}).encode()

    def _time_ms(self, number: int) -> int:
        return self._start_ms + number // METERS * STEP_MS
