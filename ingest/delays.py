"""How long readings are on their way: arrival minus the time the payload gives, the latest of each meter."""

from __future__ import annotations

import threading

import numpy as np

from domain.readings import ReadingBlock


class Delays:
    """The latest delay of every meter. Negative: the sender's clock is ahead of ours. Open to any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._us: dict[str, int] = {}

    def note(self, block: ReadingBlock) -> None:
        """Take over the latest reading of each meter in a block.

        >>> from domain.reading import Reading
        >>> delays = Delays()
        >>> delays.note(ReadingBlock.of([Reading("a", 1_000_000, 1.0, 1_500_000)]))
        >>> delays.note(ReadingBlock.of([Reading("a", 3_000_000, 1.0, 1_000_000)]))
        >>> delays.by_meter()
        {'a': -2.0}
        """
        latest = np.zeros(len(block.meters), dtype=np.int64)
        seen = np.zeros(len(block.meters), dtype=np.bool_)
        latest[block.codes] = block.received_us - block.time_us  # of several of one meter the last one stays
        seen[block.codes] = True
        found = {meter: int(us) for meter, us, here in zip(block.meters, latest, seen, strict=True) if here}
        with self._lock:
            self._us |= found

    def by_meter(self, most: int | None = None) -> dict[str, float]:
        """Return the delay of each meter [s], the longest either way first.

        Args:
            most: only so many; None = all.
        """
        with self._lock:
            ranked = sorted(self._us.items(), key=lambda one: -abs(one[1]))
        return {meter: us / 1e6 for meter, us in ranked[:most]}
