"""What the other streams of a plant do on each day of a year, told to each stream as the product tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from analytics.common_days import CommonDays
from analytics.drift.common import Common
from domain.plant import Plant
from store.memory import MemorySeries


def common_of(plant: Plant, frames: Sequence[pl.DataFrame]) -> list[Common]:
    """Return, per stream, what the others did together; only streams of the same beginning know each other.

    Args:
        plant: time zone and interval.
        frames: each stream's EXCESS frame of the whole year, without any fault.
    """
    days = CommonDays(plant, MemorySeries())
    spans = [_span(frame, plant) for frame in frames]
    pairs = [(f"{begin:%Y}", f"{number}") for number, (begin, _) in enumerate(spans)]
    for pair, frame, (begin, _) in zip(pairs, frames, spans, strict=True):
        days.told(pair, (), begin, begin)
        days.note(pair, frame)
    return [
        days.told(pair, [other for other in pairs if other[0] == pair[0]], *span)
        for pair, span in zip(pairs, spans, strict=True)
    ]


def _span(frame: pl.DataFrame, plant: Plant) -> tuple[datetime, datetime]:
    """Return [start, end) of a frame."""
    return frame["start"][0], frame["start"][-1] + timedelta(seconds=plant.interval_s)
