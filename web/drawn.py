"""What many viewers see alike, drawn once for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

#: so long a drawing is good for [s]
GOOD_S = 1.8
#: drawings kept at most: languages x rights x kinds of screen are far fewer
MOST = 64


class Drawings:
    """Drawings by what makes them differ: the reader's language, rights, screen."""

    def __init__(self, good_s: float = GOOD_S) -> None:
        self._good_s = good_s
        self._lock = threading.Lock()
        self._drawn: dict[Hashable, tuple[float, str]] = {}

    def __call__(self, key: Hashable, draw: Callable[[], str]) -> str:
        """Return a drawing at most `good_s` old; others wait while one draws."""
        with self._lock:
            found = self._drawn.get(key)
            if found is not None and time.monotonic() - found[0] < self._good_s:
                return found[1]
            if len(self._drawn) >= MOST:
                self._drawn.clear()
            text = draw()
            self._drawn[key] = (time.monotonic(), text)
            return text
