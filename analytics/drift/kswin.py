"""river's Kolmogorov-Smirnov windowing, made to survive missing values and restarts."""

from __future__ import annotations

import math
import random
import warnings
from functools import lru_cache
from itertools import islice

import numpy as np
from river import drift
from scipy import stats


class KSWIN(drift.KSWIN):
    """river's KSWIN: do the newest values have another distribution than the ones before?

    None and NaN are skipped. The test is river's, of the newest `stat_size` values against as many drawn
    from the older ones, and so is the fresh start after a detection. Other than river's it draws anew
    from its seed and the number of values seen, so that a restart changes nothing, and looks its p-values
    up: there are only `stat_size` + 1 of them.

    It sees a change of spread or shape, too, which the means of the other detectors do not; the price is
    a window to be filled after each start.

    Args:
        alpha: probability of a false alarm per value (values of neighbouring windows are not independent).
        window_size: values remembered.
        stat_size: newest values that are compared, at most half of the window.
        seed: of the draw.

    Raises:
        ValueError: the older values are too few to draw `stat_size` from.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> kswin = KSWIN(alpha=0.0001, window_size=120, stat_size=25, seed=1)
        >>> for i in range(300):
        ...     kswin.update(None if i % 50 == 0 else rng.gauss(0.0 if i < 200 else 2.0, 1.0))
        ...     if kswin.drift_detected:
        ...         print(f"found at {i}, direction {kswin.direction:+d}")
        ...         break
        found at 221, direction +1

    Source: C. Raab, M. Heusinger, F.-M. Schleif (2020), Reactive soft prototype computing for concept drift
    streams, Neurocomputing 416, 340-351; river.drift.KSWIN.
    """

    def __init__(
        self, alpha: float = 0.0001, window_size: int = 120, stat_size: int = 25, seed: int = 1
    ) -> None:
        if window_size < 2 * stat_size:
            raise ValueError(f"window_size must be at least {2 * stat_size}, twice stat_size")
        self.direction = 0
        super().__init__(alpha=alpha, window_size=window_size, stat_size=stat_size, seed=seed)

    def _reset(self) -> None:
        """Forget everything."""
        super()._reset()  # type: ignore[no-untyped-call]  # river leaves it untyped
        self.direction = 0

    def update(self, x: float | None) -> None:
        """Take one value; None and NaN are skipped."""
        if x is None or math.isnan(x):
            return
        if self.drift_detected:
            self._reset()
        self.n += 1
        self.window.append(float(x))
        if len(self.window) == self.window_size:
            self._test()

    def _test(self) -> None:
        """Compare the newest values with as many of the older ones."""
        older = self.window_size - self.stat_size
        draw = random.Random(f"{self.seed} {self.n}")  # no secret
        drawn = [self.window[i] for i in draw.sample(range(older), self.stat_size)]
        newest = list(islice(self.window, older, None))
        steps = _largest_step(drawn, newest)
        self.p_value = _p_value(abs(steps), self.stat_size)  # type: ignore[assignment]  # river: int 0
        self._drift_detected = bool(self.p_value <= self.alpha and abs(steps) > 0.1 * self.stat_size)
        if self._drift_detected:
            self.direction = 1 if steps > 0 else -1

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters."""
        head = (float(self.n), float(self.p_value), float(self.drift_detected), float(self.direction))
        return [*head, *self.window]

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self._reset()
        self.n, self.direction = int(numbers[0]), int(numbers[3])
        self.p_value = numbers[1]  # type: ignore[assignment]  # river starts it as the integer 0
        self._drift_detected = bool(numbers[2])
        self.window.extend(numbers[4:])


def _largest_step(before: list[float], after: list[float]) -> int:
    """Return n times the largest gap between the CDFs of two samples of size n; positive: `after` is larger.

    >>> _largest_step([1.0, 2.0, 3.0], [2.5, 3.5, 4.5])
    2
    """
    first, second = np.sort(before), np.sort(after)
    both = np.concatenate((first, second))
    gaps = np.searchsorted(first, both, side="right") - np.searchsorted(second, both, side="right")
    return int(gaps[np.argmax(np.abs(gaps))])


@lru_cache(maxsize=1024)
def _p_value(steps: int, size: int) -> float:
    """Return the two-sample test's p-value of a gap of `steps` / `size`, as scipy has it."""
    first = np.arange(size, dtype=np.float64)
    with warnings.catch_warnings():  # where the exact value is too small, scipy says that it approximates
        warnings.simplefilter("ignore", category=RuntimeWarning)
        return float(stats.ks_2samp(first, first + steps - 0.5 if steps else first, method="auto").pvalue)
