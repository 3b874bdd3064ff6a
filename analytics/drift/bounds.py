"""A number kept within bounds: what the tests of every interval do a dozen times."""

from __future__ import annotations


def bounded(value: float, low: float, high: float) -> float:
    """Return the value, or the bound that it passes: `min(high, max(low, value))` in half of its time.

    >>> bounded(2.0, -1.0, 1.0), bounded(-2.0, -1.0, 1.0), bounded(0.5, -1.0, 1.0), bounded(-0.0, 0.0, 1.0)
    (1.0, -1.0, 0.5, 0.0)
    """
    if low < value < high:
        return value
    return high if value >= high else low
