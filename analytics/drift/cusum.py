"""Decision CUSUM on river's `DriftDetector` contract."""

from __future__ import annotations

import math
from collections.abc import Iterable

from river.base import DriftDetector

from analytics.drift.bounds import bounded


class CUSUM(DriftDetector):
    """Two-sided decision CUSUM: H = max(0, H + x - k) upwards, and the same of -x downwards.

    Feed standardised values (mean 0, deviation 1). Unlike river's own detectors it does not forget by
    itself: `drift_detected` stays true while a sum is above `h`, so that a caller with a second
    condition (money) can wait for it; `_reset()` re-arms. A missing value (None, NaN) changes nothing.

    Args:
        k: reference value, half the shift worth finding [standard deviations].
        h: decision limit [standard deviations]; larger = rarer false alarms.
        clip: |x| is cut to this, so that one wild value cannot raise an alarm alone (clip - k < h).
        warm_up: values during which nothing is accumulated; with `recentre` long enough to know the mean.
        recentre: memory [values] of the running mean subtracted first (slow re-centring); 0 = none.
        cap: a sum stops growing at cap * h, which bounds the time it takes to calm down.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> cusum = CUSUM(k=0.5, h=8.0)
        >>> for i in range(600):
        ...     cusum.update(rng.gauss(0.0 if i < 500 else 1.5, 1.0))
        ...     if cusum.drift_detected:
        ...         print(f"found at {i}, direction {cusum.direction:+d}, began at {i - cusum.run + 1}")
        ...         break
        found at 512, direction +1, began at 499

    Source: E. S. Page (1954), Continuous inspection schemes, Biometrika 41(1/2), 100-115;
    D. C. Montgomery, Introduction to Statistical Quality Control, ch. 9.
    """

    def __init__(
        self,
        k: float = 0.5,
        h: float = 5.0,
        clip: float = 1e9,
        warm_up: int = 0,
        recentre: int = 0,
        cap: float = 2.0,
    ) -> None:
        super().__init__()
        self.k, self.h, self.clip, self.warm_up, self.recentre, self.cap = k, h, clip, warm_up, recentre, cap
        self._reset()

    def _reset(self) -> None:
        """Forget everything: sums, runs, warm-up and the running mean."""
        super()._reset()
        self.n = 0
        self.mean = 0.0
        self.up = self.down = 0.0
        self.up_run = self.down_run = 0

    @property
    def direction(self) -> int:
        """Return +1 or -1 for the side whose sum is larger, 0 when both are zero."""
        return (self.up > self.down) - (self.down > self.up)

    @property
    def run(self) -> int:
        """Return how many values ago (this one included) the larger sum left zero: Page's onset estimate."""
        return self.up_run if self.up >= self.down else self.down_run

    def update(self, x: float | None) -> None:
        """Take one standardised value; None and NaN are skipped."""
        if x is not None and not math.isnan(x):
            self.take((x,))

    def take(self, values: Iterable[float], limit: float = math.inf) -> int:
        """Take standardised values, up to the first that leaves a sum above a limit; return how many it took.

        Args:
            values: in order, none missing.
            limit: where to stop [standard deviations]; by default never.
        """
        k, clip, ceiling = self.k, self.clip, self.cap * self.h
        warm_up, recentre = self.warm_up, self.recentre
        n, mean, before = self.n, self.mean, self.n
        up, down, up_run, down_run = self.up, self.down, self.up_run, self.down_run
        for x in values:
            n += 1
            centred = bounded(x - mean, -clip, clip)
            if recentre:
                mean += centred / min(n, recentre)
            if n <= warm_up:
                continue
            up, down = up + centred - k, down - centred - k
            if up > 0.0:
                up, up_run = min(up, ceiling), up_run + 1
            else:
                up, up_run = 0.0, 0
            if down > 0.0:
                down, down_run = min(down, ceiling), down_run + 1
            else:
                down, down_run = 0.0, 0
            if up > limit or down > limit:
                break
        self.n, self.mean = n, mean
        self.up, self.down, self.up_run, self.down_run = up, down, up_run, down_run
        self._drift_detected = up > self.h or down > self.h
        return n - before

    def upper_with(self, x: float, part: float) -> float:
        """Return what the upper sum comes to with a part of the next value, which is not taken; 0 in warm-up.

        Args:
            x: what is known of the value, standardised as if it were all of it.
            part: of it that is known, 0 .. 1.
        """
        if self.n < self.warm_up:
            return 0.0
        return max(0.0, self.up + part * (bounded(x - self.mean, -self.clip, self.clip) - self.k))

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters."""
        return [self.n, self.mean, self.up, self.down, self.up_run, self.down_run]

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self.n, self.up_run, self.down_run = int(numbers[0]), int(numbers[4]), int(numbers[5])
        self.mean, self.up, self.down = numbers[1], numbers[2], numbers[3]
        self._drift_detected = self.up > self.h or self.down > self.h
