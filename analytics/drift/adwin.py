"""river's ADWIN, made to survive missing values."""

from __future__ import annotations

import math

from river import drift


class ADWIN(drift.ADWIN):
    """river's adaptive window; None and NaN are skipped.

    The judge does not use it: on daily excess it missed what Page-Hinkley found at the same rate of
    false hotspots (`python -m bench.detection --detectors` prints both). It stays as that benchmark's
    yardstick.

    Examples:
        >>> import random
        >>> rng = random.Random(7)
        >>> adwin = ADWIN(delta=0.002, clock=1)
        >>> for i in range(300):
        ...     adwin.update(None if i % 50 == 0 else rng.gauss(0.0 if i < 200 else 2.0, 1.0))
        ...     if adwin.drift_detected:
        ...         print(f"found at {i}, direction {adwin.direction:+d}")
        ...         break
        found at 215, direction +1

    Source: A. Bifet, R. Gavalda (2007), Learning from time-changing data with adaptive windowing,
    SIAM International Conference on Data Mining, 443-448; river.drift.ADWIN.
    """

    def _reset(self) -> None:
        """Forget everything."""
        super()._reset()  # type: ignore[no-untyped-call]  # river leaves it untyped
        self.direction = 0  # of the last change found: +1 up, -1 down

    def update(self, x: float | None) -> None:
        """Take one value; None and NaN are skipped."""
        if x is None or math.isnan(x):
            return
        before = self.estimation
        super().update(x)  # type: ignore[no-untyped-call]  # river leaves it untyped
        if self.drift_detected:
            self.direction = (self.estimation > before) - (self.estimation < before)

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters.

        river's window tells its state as bytes only; each is one number.
        """
        window = self._helper.__getstate__()
        return [float(self.drift_detected), float(self.direction), *map(float, window)]

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self._reset()
        self._drift_detected, self.direction = bool(numbers[0]), int(numbers[1])
        self._helper.__setstate__(bytes(map(int, numbers[2:])))
