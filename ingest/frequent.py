"""Which of many names come most often, in little memory."""

from __future__ import annotations

from collections import Counter


class Frequent:
    """Counts names; never more than `most` are kept, however many there are.

    A name came as often as told or up to `missed` times more, and no name that makes up more than one part in
    `most` of all is missing. Source: Misra and Gries, Finding repeated elements, 1982.

    >>> names = Frequent(2)
    >>> for name in ["flood", "x", "flood", "y", "flood", "z", "flood"]:
    ...     names.add(name)
    >>> names.counts(), names.missed
    ({'flood': 3, 'z': 1}, 1)
    """

    def __init__(self, most: int) -> None:
        self.missed = 0
        self._most = most
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Count one more of this name."""
        if name in self._counts or len(self._counts) < self._most:
            self._counts[name] += 1
            return
        self.missed += 1
        self._counts = Counter({one: count - 1 for one, count in self._counts.items() if count > 1})

    def counts(self) -> dict[str, int]:
        """Return the kept names, the most frequent first."""
        return dict(self._counts.most_common())
