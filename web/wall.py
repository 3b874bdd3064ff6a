"""A wall screen: how many tiles it holds, in how many columns, and which of several pages it shows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

#: tiles on one page, alerts in the list; more would be too small to read from across a hall
TILES, ALERTS = 24, 6
#: so long a page stands before the next one comes [s]
STANDS_S = 12.0
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Wall(Generic[Item]):
    """What a wall screen shows now."""

    items: Sequence[Item]
    columns: int
    number: int  # of this page, from 1
    pages: int


def wall(items: Sequence[Item], at_s: float | None = None) -> Wall[Item]:
    """Return the page of a wall screen that is on at an instant; pages are as full as each other.

    >>> [wall(range(count), 0.0).columns for count in (1, 4, 9, 14, 20, 24)]
    [1, 2, 3, 4, 5, 6]
    >>> second = wall(range(30), STANDS_S)
    >>> list(second.items)[0], len(second.items), second.number, second.pages
    (15, 15, 2, 2)
    """
    pages = max(1, -(-len(items) // TILES))
    each = max(1, -(-len(items) // pages))
    number = int((time.monotonic() if at_s is None else at_s) // STANDS_S) % pages
    shown = items[number * each : (number + 1) * each]
    columns = next(many for many in range(1, 7) if many * min(many, 4) >= each)
    return Wall(shown, columns, number + 1, pages)
