"""The way of a message from the meter to the collector: delays, doubles, disorder and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.simulator.paging import DAY_US, US, Floats, Ints, generator
from ingest.simulator.sampling import Points

_HALF_A_DAY_S = 43_200.0
_DUPLICATE_S = (0.2, 15.0)  # how long after the first a second copy arrives


@dataclass(frozen=True, slots=True)
class Transport:
    """How well messages travel. Defaults: an honest plant network; probabilities are per message."""

    latency_s: float = 0.3
    late_probability: float = 0.0005
    late_s: tuple[float, float] = (15.0, 120.0)  # so late messages also come out of order
    duplicate_probability: float = 0.0005
    gaps_per_day: float = 0.02  # per meter: its gateway is away and its messages are lost
    gap_s: tuple[float, float] = (60.0, 900.0)

    def __post_init__(self) -> None:
        longest_s = 1.5 * self.latency_s + self.late_s[1] + _DUPLICATE_S[1]
        if max(longest_s, self.gap_s[1]) > _HALF_A_DAY_S:
            raise ValueError("delays and gaps of more than half a day are not simulated")
        if self.late_s[0] > self.late_s[1] or self.gap_s[0] > self.gap_s[1]:
            raise ValueError("a range goes from the smaller to the larger")


#: every message arrives once, at once, in order
PERFECT = Transport(
    latency_s=0.0, late_probability=0.0, late_s=(0.0, 0.0), duplicate_probability=0.0, gaps_per_day=0.0
)


class Arrivals(NamedTuple):
    """Messages of one instrument in arrival order: when they arrive and what they say."""

    at_us: Ints
    times_us: Ints
    raw: Floats

    def arriving(self, start_us: int, end_us: int) -> Arrivals:
        """Return those that arrive in [start, end)."""
        low, high = np.searchsorted(self.at_us, [start_us, end_us])
        return Arrivals(self.at_us[low:high], self.times_us[low:high], self.raw[low:high])

    def since(self, time_us: int) -> Arrivals:
        """Return those that say something about an instant or later."""
        kept = self.times_us >= time_us
        return Arrivals(self.at_us[kept], self.times_us[kept], self.raw[kept])


def joined(parts: Sequence[Arrivals]) -> Arrivals:
    """Return several one behind the other; there must be at least one."""
    return Arrivals(
        np.concatenate([part.at_us for part in parts]),
        np.concatenate([part.times_us for part in parts]),
        np.concatenate([part.raw for part in parts]),
    )


def arrivals(points: Points, transport: Transport, seed: int, name: str, day: int) -> Arrivals:
    """Return the messages that come of one instrument's readings of one UTC day.

    Args:
        points: all readings whose time lies in the day.
        transport: how well messages travel.
        seed: the plant's seed.
        name: the instrument.
        day: days since 1970.
    """
    count = len(points.times_us)
    draw = generator(seed, name, "transport", day)
    delay_s = transport.latency_s * draw.uniform(0.5, 1.5, count)
    late = draw.random(count) < transport.late_probability
    delay_s += late * draw.uniform(*transport.late_s, count)
    at_us = points.sent_us + (delay_s * US).astype(np.int64)
    twice = np.flatnonzero(draw.random(count) < transport.duplicate_probability)
    again_us = at_us[twice] + (draw.uniform(*_DUPLICATE_S, len(twice)) * US).astype(np.int64)
    rows = np.concatenate([np.arange(count), twice])
    at_us = np.concatenate([at_us, again_us])
    kept = ~_lost(points.sent_us, transport, seed, name, day)[rows]
    order = np.argsort(at_us[kept], kind="stable")
    rows = rows[kept][order]
    return Arrivals(at_us[kept][order], points.times_us[rows], points.raw[rows])


def _lost(sent_us: Ints, transport: Transport, seed: int, name: str, day: int) -> NDArray[np.bool_]:
    """Return which messages were sent into a gap; gaps of the day before may reach into this one."""
    lost = np.zeros(len(sent_us), dtype=np.bool_)
    for gap_day in (day - 1, day, day + 1):
        draw = generator(seed, name, "gaps", gap_day)
        for _ in range(draw.poisson(transport.gaps_per_day)):
            start_us = gap_day * DAY_US + int(draw.uniform(0, DAY_US))
            end_us = start_us + int(draw.uniform(*transport.gap_s) * US)
            lost |= (sent_us >= start_us) & (sent_us < end_us)
    return lost
