"""One change that a plant's database needs before it can keep what a plant says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One change that is needed: what it is in words, and what makes it."""

    words: str
    apply: Callable[[], object]


def shown(seconds: float | None) -> str:
    """Return a retention in words.

    >>> shown(7_776_000.0), shown(90_000), shown(None)
    ('90 d', '25 h', 'for ever')
    """
    if seconds is None:
        return "for ever"
    return f"{seconds / 86_400:.0f} d" if seconds % 86_400 == 0 else f"{seconds / 3_600:g} h"
