"""Readings that cannot be: outside the range, risen too fast, negative where nothing is fed back."""

from __future__ import annotations

from analytics.rules.memory import Evidence, Implausible, Spell
from analytics.rules.rows import HOUR_US, Point
from domain.meter import Meter, MeterKind
from domain.rule import RuleFigures

MINUTE_US = 60_000_000
#: increments of a register are judged over at least this long: a pulse is not a rate
SHORTEST_US = MINUTE_US


def watch_plausible(
    memory: Implausible, point: Point, meter: Meter, rule: RuleFigures, *, fed_back: bool
) -> None:
    """Take a reading in; the first implausible one opens a spell, `calm_min` of plausible ones end it.

    Args:
        fed_back: the resource may flow back, so that a negative value is none of ours (electricity).
    Source: QARTOD (US IOOS): gross range test, rate of change test.
    """
    found = (
        _range(point, rule)
        or _negative(memory, point, meter, rule, fed_back)
        or _pace(memory, point, meter, rule)
    )
    memory.last_us, memory.last = point.time_us, point.value
    if found is None:
        memory.largest = max(memory.largest, abs(point.value))
        if memory.spell is not None and _is_calm(memory, point, rule):
            memory.spell.ended_us = max(memory.bad_us, memory.spell.since_us + 1)
        return
    memory.bad_us = point.time_us
    if memory.spell is None:
        memory.spell = Spell(point.time_us, point.time_us, point.time_us, 0.95, {"readings": 0})
    reason, limit = found
    count = int(memory.spell.evidence["readings"] or 0) + 1
    facts: Evidence = {"value": point.value, "limit": limit, "reason": reason, "readings": count}
    memory.spell.evidence |= facts
    memory.spell.until_us = point.time_us


def _is_calm(memory: Implausible, point: Point, rule: RuleFigures) -> bool:
    """Return whether nothing has been implausible for long enough."""
    return point.time_us - memory.bad_us >= rule.number("calm_min") * MINUTE_US


def _range(point: Point, rule: RuleFigures) -> tuple[str, float] | None:
    low, high = rule.values["min"], rule.values["max"]
    if low is not None and point.value < low:
        return "below_range", low
    return ("above_range", high) if high is not None and point.value > high else None


def _negative(
    memory: Implausible,
    point: Point,
    meter: Meter,
    rule: RuleFigures,
    fed_back: bool,
) -> tuple[str, float] | None:
    if meter.kind is MeterKind.COUNTER:
        if meter.rollover is not None and point.value > meter.rollover:
            return "beyond_register", meter.rollover
        return ("negative", 0.0) if point.value < 0.0 else None
    if point.value >= 0.0 or fed_back or rule.values["min"] is not None:
        return None
    noise = -rule.number("tolerance_pct") / 100.0 * memory.largest
    return ("negative", noise) if point.value < noise else None


def _pace(memory: Implausible, point: Point, meter: Meter, rule: RuleFigures) -> tuple[str, float] | None:
    """Return what is wrong with the way from the last reading to this one."""
    if not memory.last_us or point.time_us <= memory.last_us:
        return None
    rise, step, rate = point.value - memory.last, rule.values["max_step"], rule.values["max_rate"]
    if meter.kind is MeterKind.GAUGE:
        return ("too_fast", step) if step is not None and abs(rise) > step else None
    if rate is None:
        return None
    if meter.kind is MeterKind.COUNTER:
        hours = max(point.time_us - memory.last_us, SHORTEST_US) / HOUR_US
        return ("too_fast", rate) if rise > rate * hours else None
    hours = (meter.every_s or (point.time_us - memory.last_us) / 1e6) / 3600.0
    return ("too_fast", rate) if point.value > rate * hours else None
