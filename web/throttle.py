"""How often something may go wrong before one has to wait: guesses of passwords, above all."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

#: keys remembered; the oldest is forgotten first, so that a flood of names costs no memory
MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key, for a while.

    Args:
        most: failures that are let pass within the time.
        within_s: that time [s].
        seconds: a clock that only goes forward [s].
    """

    def __init__(self, most: int, within_s: float, seconds: Callable[[], float]) -> None:
        self._most, self._within_s, self._seconds = most, within_s, seconds
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Return how long this key has to wait until its next attempt [s]; 0 = not at all."""
        with self._lock:
            failures = self._recent(key)
            if len(failures) < self._most:
                return 0.0
            return max(failures[-self._most] + self._within_s - self._seconds(), 0.0)

    def failed(self, key: str) -> None:
        """Count a failure."""
        with self._lock:
            failures = self._recent(key)
            failures.append(self._seconds())
            self._failures[key] = failures
            self._failures.move_to_end(key)
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """Begin anew: it went well."""
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key, deque(maxlen=self._most))
        while failures and failures[0] <= self._seconds() - self._within_s:
            failures.popleft()
        return failures
