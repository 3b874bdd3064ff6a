"""A value that stands at the end of its range: the meter measures more, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.rules.memory import Frozen, Spell
from analytics.rules.rows import Point
from domain.meter import Meter, MeterKind
from domain.rule import RuleFigures

#: what a 16 or 32 bit number of a device ends at
NUMBER_ENDS = (-2147483648.0, -32768.0, 32767.0, 65535.0, 2147483647.0, 4294967295.0)
SAME = 1e-9


def ends_of(meter: Meter, rule: RuleFigures) -> tuple[float, ...]:
    """Return the values at which this meter's range ends [canonical unit]."""
    written = [value for value in (rule.values["low"], rule.values["high"]) if value is not None]
    if meter.kind is MeterKind.COUNTER:
        return (*written, *([] if meter.rollover is None else [meter.rollover]))
    if meter.kind is MeterKind.GAUGE and not written:
        return tuple(_canonical(raw, meter) for raw in NUMBER_ENDS)
    return tuple(written)


def _canonical(raw: float, meter: Meter) -> float:
    """Return a device's number as readings hold it."""
    sent = raw * meter.rule.scale + meter.rule.offset
    return (sent * meter.unit.factor + meter.unit.offset) * (meter.heating_value or 1.0)


def watch_frozen(memory: Frozen, point: Point, ends: Sequence[float], rule: RuleFigures) -> None:
    """Take a reading in; `readings` in a row at one end are a frozen meter, which the first other ends.

    A register at its end shows that, or one step less, for it counts from zero.
    """
    end = next((one for one in ends if _is_at(point.value, one)), None)
    if end is None or (memory.readings and end != memory.value):
        if memory.spell is not None:
            memory.spell.ended_us = point.time_us
        memory.readings = 0
    if end is None:
        return
    if memory.readings == 0:
        memory.value, memory.since_us = end, point.time_us
    memory.readings += 1
    if memory.readings < rule.number("readings"):
        return
    if memory.spell is None or memory.spell.ended_us:
        memory.spell = Spell(memory.since_us, point.time_us, point.time_us, 0.95, {"limit": end})
    memory.spell.until_us = point.time_us
    memory.spell.evidence |= {"value": point.value, "readings": memory.readings}


def _is_at(value: float, end: float) -> bool:
    return abs(value - end) <= SAME * max(1.0, abs(end))
