"""A day's channel in its own standard deviations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from analytics.drift.channels import DayValues

#: per channel: [deviation on a working day, on a day of rest], > 0
Scales: TypeAlias = Mapping[str, Sequence[float]]


def standardised(day: DayValues, channel: str, scales: Scales) -> float | None:
    """Return a channel's value in its standard deviations; None where day or scale do not know it.

    Of a day that is not over nobody knows whether it will be one of rest: the larger deviation is its own.

    >>> standardised(DayValues(False, {"total": 0.1}), "total", {"total": [0.05, 0.2]})
    2.0
    >>> standardised(DayValues(None, {"total": 0.1}), "total", {"total": [0.05, 0.2]})
    0.5
    """
    value, scale = day.values.get(channel), scales.get(channel)
    if value is None or scale is None:
        return None
    return value / (max(scale) if day.rest is None else scale[1 if day.rest else 0])
