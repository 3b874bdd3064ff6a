"""Medians and scales by group, and weights that keep a few wild values from deciding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAD_TO_SIGMA = 1.4826  # of a normal distribution


def group_median(values: Floats, group: Ints, groups: int) -> Floats:
    """Return the median of each group, NaN for an empty one.

    Args:
        values: (n,) finite.
        group: (n,) 0 .. groups - 1.
        groups: how many there are.

    >>> group_median(np.array([1.0, 3.0, 2.0, 9.0]), np.array([0, 0, 0, 2]), 3).tolist()
    [2.0, nan, 9.0]
    """
    order = order_by_group(values, group)
    return sorted_median(values[order], group[order], groups)


def order_by_group(values: Floats, group: Ints) -> Ints:
    """Return the places of values by group and within it by size; NaN last.

    Two sorts are some times as fast as `np.lexsort`: groups as short integers are sorted by counting.

    Args:
        values: (n,).
        group: (n,) 0 .. 65,535.

    >>> order_by_group(np.array([1.0, 3.0, 2.0, 9.0]), np.array([1, 0, 1, 0])).tolist()
    [1, 3, 0, 2]
    """
    by_size = np.argsort(values)
    return by_size[np.argsort(group[by_size].astype(np.uint16), kind="stable")]


def sorted_median(values: Floats, group: Ints, groups: int) -> Floats:
    """Return the median of each group, NaN for an empty one, of values sorted by group and within it."""
    counts = np.bincount(group, minlength=groups)
    first = np.cumsum(counts) - counts
    ordered = np.append(values, np.nan)
    low, high = first + (counts - 1) // 2, first + counts // 2
    middle = (ordered[np.minimum(low, values.size)] + ordered[np.minimum(high, values.size)]) / 2
    return np.where(counts > 0, middle, np.nan)


def group_scale(residuals: Floats, group: Ints, groups: int, shrink: float, floor: float) -> Floats:
    """Return a robust standard deviation per group, drawn towards the pooled one, never below the floor.

    Args:
        residuals: (n,) finite, around zero.
        group: (n,) 0 .. groups - 1.
        groups: how many there are.
        shrink: how many values the pooled estimate counts for.
        floor: > 0.
    """
    size = np.abs(residuals)
    pooled = MAD_TO_SIGMA * float(np.median(size)) if size.size else 0.0
    own = MAD_TO_SIGMA * np.nan_to_num(group_median(size, group, groups))
    n = np.bincount(group, minlength=groups)
    squared = (n * own**2 + shrink * pooled**2) / (n + shrink)
    return np.maximum(np.sqrt(squared), max(floor, pooled / 4))


def huber_weights(z: Floats, limit: float) -> Floats:
    """Return the weight of standardised residuals: 1 up to the limit, falling as 1/|z| beyond it.

    Source: Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35 (1964).

    >>> huber_weights(np.array([-1.0, 10.0]), 5.0).tolist()
    [1.0, 0.5]
    """
    return limit / np.maximum(np.abs(z), limit)
