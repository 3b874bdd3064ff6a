"""How long a reading may stand for what follows it: the limits of each meter."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from domain.meter import Meter, MeterKind, Variable

_US = 1_000_000
#: a message that comes within this many periods is on time: beyond it, one is missing
ON_TIME = 1.5
#: readings that may be missing in a row before nothing is known: the hold, in periods
HOLD_PERIODS = 3.0
#: the same for meters without a declared cadence, in intervals
HOLD_INTERVALS = 2.0


class Rule(NamedTuple):
    """What the span functions have to know about one meter. Times in microseconds."""

    usual_us: int  # two readings further apart bridge missing ones
    hold_us: int  # two readings further apart know nothing of what was between them
    every_us: int | None  # declared cadence
    rollover: float | None  # register size, canonical unit
    at_end: bool  # delta: stamped at the end of the amount's period
    zero_is_missing: bool
    is_meter: bool  # a meter never consumes less than nothing; a variable may be negative (temperature)


RULES_SCHEMA: dict[str, type[pl.DataType]] = {
    "usual_us": pl.Int64,
    "hold_us": pl.Int64,
    "every_us": pl.Int64,
    "rollover": pl.Float64,
    "at_end": pl.Boolean,
    "zero_is_missing": pl.Boolean,
    "is_meter": pl.Boolean,
}


def rule_of(meter: Meter | Variable, interval_s: int) -> Rule:
    """Return the limits of one meter.

    The hold is 3 periods of the declared cadence, for a counter at least 2 intervals (its total stays right
    in any case); without a cadence 2 intervals. A delta needs no hold: its message says what it stands for.
    """
    every = None if meter.every_s is None else round(meter.every_s * _US)
    interval = interval_s * _US
    return Rule(
        usual_us=max(interval, round(ON_TIME * (interval if every is None else every))),
        hold_us=_hold_us(meter.kind, every, interval),
        every_us=every,
        rollover=meter.rollover,
        at_end=meter.stamp == "end",
        zero_is_missing=meter.zero_is_missing,
        is_meter=isinstance(meter, Meter),
    )


def _hold_us(kind: MeterKind, every_us: int | None, interval_us: int) -> int:
    if every_us is None:
        return round(HOLD_INTERVALS * interval_us)
    periods = round(HOLD_PERIODS * every_us)
    return max(periods, round(HOLD_INTERVALS * interval_us)) if kind is MeterKind.COUNTER else periods
