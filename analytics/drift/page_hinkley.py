"""river's Page-Hinkley test, made to survive missing values and restarts."""

from __future__ import annotations

import math

from river import drift, stats


class PageHinkley(drift.PageHinkley):
    """river's Page-Hinkley test; None and NaN are skipped instead of poisoning the running mean.

    It compares with the mean since its last reset, so it follows a baseline's own slow drift and finds
    what changes on top. Everything else, the reset after a detection included, is river's.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> test = PageHinkley(min_instances=30, delta=0.3, threshold=12.0, alpha=1.0, mode="up")
        >>> for i in range(300):
        ...     test.update(None if i % 50 == 0 else rng.gauss(0.2 if i < 200 else 1.7, 1.0))
        ...     if test.drift_detected:
        ...         print(f"found at {i}")
        ...         break
        found at 212

    Source: E. S. Page (1954), Biometrika 41(1/2), 100-115; river.drift.PageHinkley.
    """

    def update(self, x: float | None) -> None:
        """Take one standardised value; None and NaN are skipped."""
        if x is not None and not math.isnan(x):
            super().update(x)  # type: ignore[no-untyped-call]  # river leaves it untyped

    @property
    def direction(self) -> int:
        """Return +1 or -1 for the side on which more has added up, of those that the mode looks at."""
        up = self._sum_increase - self._min_increase if self.mode != "down" else 0.0
        down = self._max_decrease - self._sum_decrease if self.mode != "up" else 0.0
        return (up > down) - (down > up)

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters."""
        mean = self._x_mean
        sums = (self._sum_increase, self._sum_decrease, self._min_increase, self._max_decrease)
        return [float(mean.n), float(mean.get()), *sums, float(self.drift_detected)]

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self._reset()  # type: ignore[no-untyped-call]  # river leaves it untyped
        # river has no setter for a mean's count; its own factory gives the same object
        self._x_mean = stats.Mean._from_state(numbers[0], numbers[1])
        self._sum_increase, self._sum_decrease = numbers[2], numbers[3]
        self._min_increase = numbers[4]
        self._max_decrease = numbers[5]  # type: ignore[assignment]  # river starts it as the integer -1
        self._drift_detected = bool(numbers[6])
