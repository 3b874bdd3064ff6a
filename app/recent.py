"""What was found a moment ago and is asked for again: a page, its chart, the same page in money."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Recent(Generic[Found]):
    """Keeps the latest few answers for a few seconds; safe for several threads, which may find one twice.

    Args:
        fresh_s: how old an answer may be [s].
        most: answers kept.
        now: seconds that only go forward.
    """

    def __init__(self, fresh_s: float, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._fresh_s, self._most, self._now = fresh_s, most, now
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Found]] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """Return what was found under a key, or what `find` finds now."""
        begun = self._now()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and begun - kept[0] <= self._fresh_s:
            return kept[1]
        found = find()
        with self._lock:
            self._kept[key] = (begun, found)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found
