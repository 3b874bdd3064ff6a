"""river's ADWIN, made to survive missing values."""

from __future__ import annotations

import math

from river import drift


class ADWIN(drift.ADWIN):
    """river's adaptive window; None and NaN are skipped.

    The judge does not use it: on daily excess it missed what Page-Hinkley found at the same rate of
    false hotspots (bench/detection.py prints both). It stays as the yardstick of that benchmark.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> adwin = ADWIN(delta=0.002, clock=1)
        >>> for i in range(300):
        ...     adwin.update(None if i % 50 == 0 else rng.gauss(0.0 if i < 200 else 2.0, 1.0))
        ...     if adwin.drift_detected:
        ...         print(f"found at {i}")
        ...         break
        found at 215

    Source: A. Bifet, R. Gavalda (2007), Learning from time-changing data with adaptive windowing,
    SIAM International Conference on Data Mining, 443-448; river.drift.ADWIN.
    """

    def update(self, x: float | None) -> None:
        """Take one value; None and NaN are skipped."""
        if x is not None and not math.isnan(x):
            super().update(x)  # type: ignore[no-untyped-call]  # river leaves it untyped
