"""Fixed weekly pages of one-minute steps, and random numbers that belong to a name and a page.

Whatever is asked for is computed for whole pages and then cut: so the same instant gives the same
number, to the last bit, however a caller slices time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

US = 1_000_000
STEP_S = 60
STEP_US = STEP_S * US
PAGE_US = 7 * 86_400 * US
STEPS = PAGE_US // STEP_US
HOUR_US = 3_600 * US
DAY_US = 24 * HOUR_US

V = TypeVar("V")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random numbers of one named stream; the same names give the same numbers."""
    name = "\0".join(str(part) for part in (seed, *names))
    digest = blake2b(name.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def page_of(time_us: int) -> int:
    """Return the page that holds an instant.

    >>> page_of(0), page_of(PAGE_US - 1), page_of(-1)
    (0, 0, -1)
    """
    return time_us // PAGE_US


@cache
def _step_offsets() -> Ints:
    return np.arange(STEPS + 1, dtype=np.int64) * STEP_US


def edges(page: int) -> Ints:
    """Return the STEPS + 1 instants [us] that bound the steps of a page."""
    return _step_offsets() + page * PAGE_US


def joined_by_lines(at: Floats | Ints, marks: Floats, heights: Floats) -> Floats:
    """Return the height at each position of a line through (mark, height), flat beyond its ends."""
    found: Floats = np.interp(at, marks, heights)
    return found


def smooth_noise(seed: int, name: str, page: int, knot_s: int) -> Floats:
    """Return autocorrelated noise at the middle of each step: independent N(0, 1) knots, joined by lines.

    Args:
        seed: the plant's seed.
        name: the stream it belongs to.
        page: the page.
        knot_s: distance of the knots [s]; divides a week. Correlation reaches two knots far.

    Returns:
        STEPS values, mean 0, variance 2/3 on average (lines between independent knots).
    """
    count = PAGE_US // US // knot_s
    here = generator(seed, name, "knots", knot_s, page).standard_normal(count)
    following = generator(seed, name, "knots", knot_s, page + 1).standard_normal(1)
    positions = (np.arange(STEPS, dtype=np.float64) + 0.5) * (STEP_S / knot_s)
    return joined_by_lines(positions, np.arange(count + 1.0), np.concatenate([here, following]))


class Pages(Generic[V]):
    """What was computed last, per key; the oldest goes when there are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[tuple[str, int], V] = {}

    def get(self, name: str, page: int, compute: Callable[[], V]) -> V:
        """Return the value of (name, page), computed at most once while it is kept."""
        key = (name, page)
        found = self._kept.pop(key, None)
        value = compute() if found is None else found
        self._kept[key] = value
        if len(self._kept) > self._limit:
            del self._kept[next(iter(self._kept))]
        return value
