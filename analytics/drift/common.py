"""What all streams of a plant do together on a day: taken out of each stream's slow channels.

The weather that no sensor tells, a day off, a fault of the supply hit many streams at once; each baseline
misses them alike, and each stream alone would take them for its own drift. What is common on a day is the
median share by which the *other* streams strayed. How far a stream goes along with it is learned day by day,
after the day was judged, and shrunk towards "not at all": a stream that goes its own way loses nothing.

Only the tests see it. The size of a hotspot, its money and the stream's own level are those of the meter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.drift.limits import (
    COMMON_CLIP,
    COMMON_MEMORY_DAYS,
    COMMON_MOST,
    COMMON_PRIOR,
    DAY_US,
    HOUR_US,
    KEEP_COMMONS,
    OWN_CLIP,
)
from analytics.drift.memory import Memory


@dataclass(frozen=True, slots=True)
class Common:
    """Per local day its start [us] and the share of the expected by which the others strayed, in order."""

    starts_us: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()

    @classmethod
    def of(cls, days: Iterable[tuple[int, float]]) -> Common:
        """Return it from (start [us], share) pairs in any order."""
        pairs = sorted(days)
        return cls(tuple(start for start, _ in pairs), tuple(share for _, share in pairs))

    def at(self, instant_us: int) -> float | None:
        """Return the share of the local day in which an instant lies; None where nothing is known of it."""
        number = bisect_right(self.starts_us, instant_us) - 1
        if number < 0 or instant_us - self.starts_us[number] >= DAY_US + 2 * HOUR_US:
            return None
        return self.shares[number]


NOTHING_COMMON = Common()


def slope_of(memory: Memory) -> float:
    """Return how much of what is common the stream shows: 0 = goes its own way."""
    known = memory.together
    return min(COMMON_MOST, max(0.0, known.xy / (known.xx + COMMON_PRIOR)))


def learn(memory: Memory, own: float | None, common: float | None) -> None:
    """Let a day that was judged say how the stream goes along with the others.

    Args:
        own: the stream's excess as a share of the expected, above its own level; None: unknown, or a hotspot
            was open.
        common: the others' share.
    """
    if own is None or common is None:
        return
    known, kept = memory.together, 0.5 ** (1.0 / COMMON_MEMORY_DAYS)
    x, y = _clip(common, COMMON_CLIP), _clip(own, OWN_CLIP)
    known.xy = kept * known.xy + x * y
    known.xx = kept * known.xx + x * x


def remember(memory: Memory, day_us: int, common: float | None) -> None:
    """Note what was common on a day, so that it can be judged again by the same."""
    if common is not None:
        memory.commons = [*memory.commons, (day_us, common)][-KEEP_COMMONS:]


def _clip(value: float, limit: float) -> float:
    return min(limit, max(-limit, value))
