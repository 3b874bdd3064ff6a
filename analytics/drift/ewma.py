"""Exponentially weighted moving average chart on river's `DriftDetector` contract."""

from __future__ import annotations

import math
from collections.abc import Iterable

from river.base import DriftDetector

from analytics.drift.bounds import bounded


class EWMA(DriftDetector):
    """EWMA chart: Z = lam x + (1 - lam) Z against limits that widen with the number of values seen.

    Limits: L sqrt(lam / (2 - lam) (1 - (1 - lam)^(2t))). Feed standardised values. `drift_detected` is
    true while Z is outside; it does not forget by itself, `_reset()` re-arms. None and NaN are skipped.

    Args:
        lam: weight of the newest value, 0 < lam <= 1; small = small shifts, found late.
        limit: L, the limits' distance [standard deviations of Z].
        clip: |x| is cut to this, so that one wild value cannot raise an alarm alone.
        warm_up: values before the first decision.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> ewma = EWMA(lam=0.1, limit=4.0)
        >>> for i in range(600):
        ...     ewma.update(rng.gauss(0.0 if i < 500 else 1.5, 1.0))
        ...     if ewma.drift_detected:
        ...         print(f"found at {i}, direction {ewma.direction:+d}")
        ...         break
        found at 514, direction +1

    Source: S. W. Roberts (1959), Control chart tests based on geometric moving averages,
    Technometrics 1(3), 239-250.
    """

    def __init__(self, lam: float = 0.1, limit: float = 4.0, clip: float = 1e9, warm_up: int = 20) -> None:
        super().__init__()
        self.lam, self.limit, self.clip, self.warm_up = lam, limit, clip, warm_up
        self._reset()

    def _reset(self) -> None:
        """Forget everything."""
        super()._reset()
        self.n = 0
        self.z = 0.0
        self.fade = 1.0  # (1 - lam)^(2t)
        self.run = 0  # values since Z last changed its sign: how old a shift can be at most

    @property
    def direction(self) -> int:
        """Return the sign of Z."""
        return (self.z > 0.0) - (self.z < 0.0)

    def update(self, x: float | None) -> None:
        """Take one standardised value; None and NaN are skipped."""
        if x is not None and not math.isnan(x):
            self.take((x,))

    def take(self, values: Iterable[float]) -> int:
        """Take standardised values, none missing, up to the first that is drift; return how many it took."""
        lam, clip, limit, warm_up = self.lam, self.clip, self.limit, self.warm_up
        kept, widest = (1.0 - lam) ** 2, lam / (2.0 - lam)
        n, z, fade, run, before = self.n, self.z, self.fade, self.run, self.n
        found = self._drift_detected
        for x in values:
            n += 1
            last, z = z, z + lam * (bounded(x, -clip, clip) - z)
            same_sign = (z > 0.0) == (last > 0.0) and (z < 0.0) == (last < 0.0)
            run = run + 1 if same_sign else 1
            fade *= kept
            found = abs(z) > limit * math.sqrt(widest * (1.0 - fade)) and n > warm_up
            if found:
                break
        self.n, self.z, self.fade, self.run, self._drift_detected = n, z, fade, run, found
        return n - before

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters."""
        return [self.n, self.z, self.fade, self.run]

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self.n, self.z, self.fade, self.run = int(numbers[0]), numbers[1], numbers[2], int(numbers[3])
        width = self.limit * math.sqrt(self.lam / (2.0 - self.lam) * (1.0 - self.fade))
        self._drift_detected = abs(self.z) > width and self.n > self.warm_up
