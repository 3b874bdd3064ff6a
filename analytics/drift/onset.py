"""When did it begin? The split of a short series that explains most of it."""

from __future__ import annotations

from collections.abc import Sequence


def change_point(values: Sequence[float], direction: int) -> int | None:
    """Return the index of the first value after the most likely step in `direction`; None: no such step.

    The split that takes most out of the sum of squares, n1 n2 / n (mean2 - mean1)^2: the maximum
    likelihood estimate for one step in white noise.
    Source: D. V. Hinkley (1970), Inference about the change-point in a sequence of random variables,
    Biometrika 57(1), 1-17.

    >>> change_point([0.0, 0.1, -0.1, 0.0, 2.0, 2.1], +1)
    4
    >>> change_point([0.0, 0.1, -0.1, 0.0, 2.0, 2.1], -1) is None
    True
    """
    n, total = len(values), sum(values)
    best, where, left = 0.0, None, 0.0
    for i in range(1, n):
        left += values[i - 1]
        step = (total - left) / (n - i) - left / i
        gain = step * step * i * (n - i)
        if step * direction > 0.0 and gain > best:
            best, where = gain, i
    return where
