"""Windowed generalised likelihood ratio on river's `DriftDetector` contract."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from river.base import DriftDetector


class GLR(DriftDetector):
    """Generalised likelihood ratio of one shift of the mean, at any of the last values and of any size.

    Feed standardised values (deviation 1). It needs neither the size of the shift, as a CUSUM's k does,
    nor the mean before it, which it takes from the older part of its window: max over the split s of
    n1 n2 / (2 n) (mean2 - mean1)^2. So it follows a stream's own slow level, and says when the shift
    began. `drift_detected` is true while the statistic is above `limit`; `_reset()` re-arms. None and
    NaN are skipped.

    Args:
        limit: of the log likelihood ratio; in white noise 6 is passed once in some 300
            values, 8 once in 2,000, 10 once in 20,000.
        window: values remembered; a shift older than this is the new normal.
        before: least number of values before the shift, from which the old mean is taken.
        clip: values are cut to this far from the window's median, so that no wild one alarms alone.

    Raises:
        ValueError: the window has no room for a shift.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> glr = GLR(limit=10.0, window=60)
        >>> for i in range(600):
        ...     glr.update(rng.gauss(0.0 if i < 500 else 1.5, 1.0))
        ...     if glr.drift_detected:
        ...         print(f"found at {i}, direction {glr.direction:+d}, began at {i - glr.run + 1}")
        ...         break
        found at 509, direction +1, began at 498

    Source: A. S. Willsky, H. L. Jones (1976), A generalized likelihood ratio approach to the detection and
    estimation of jumps in linear systems, IEEE Trans. Automatic Control 21(1), 108-112; T. L. Lai (1995),
    Sequential changepoint detection in quality control, J. R. Statist. Soc. B 57(4), 613-658 (the window).
    """

    def __init__(self, limit: float = 10.0, window: int = 60, before: int = 14, clip: float = 3.0) -> None:
        super().__init__()
        if not 1 <= before < window:
            raise ValueError(f"before must be at least 1 and less than the window, {window}; it is {before}")
        self.limit, self.window, self.before, self.clip = limit, window, before, clip
        self._reset()

    def _reset(self) -> None:
        """Forget everything."""
        super()._reset()
        self.values: deque[float] = deque(maxlen=self.window)
        self.statistic = 0.0
        self.direction = 0  # of the likeliest shift: +1 up, -1 down, 0 none
        self.run = 0  # how many values ago (this one included) it began

    def update(self, x: float | None) -> None:
        """Take one standardised value; None and NaN are skipped."""
        if x is None or math.isnan(x):
            return
        self.values.append(float(x))
        self._decide()

    def _decide(self) -> None:
        n = len(self.values)
        self.statistic, self.direction, self.run = 0.0, 0, 0
        if n > self.before:
            values = np.array(self.values)
            middle = float(np.median(values))
            sums = np.cumsum(np.clip(values - middle, -self.clip, self.clip))
            first = np.arange(self.before, n)  # values before each possible shift
            steps = (sums[-1] - sums[first - 1]) / (n - first) - sums[first - 1] / first
            ratios = steps**2 * first * (n - first) / (2.0 * n)
            best = int(np.argmax(ratios))
            self.statistic, self.run = float(ratios[best]), n - int(first[best])
            self.direction = int(np.sign(steps[best]))
        self._drift_detected = self.statistic > self.limit

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters."""
        return list(self.values)

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self._reset()
        self.values.extend(numbers)
        self._decide()
