"""A meter whose hourly amount does not change."""

from __future__ import annotations

from analytics.rules.hours import Done
from analytics.rules.memory import Spell, Stuck
from domain.rule import RuleFigures

#: amounts are sums of shares of spans: the same ones may differ in their last bits
SAME = 1e-9


def watch_stuck(memory: Stuck, hour: Done, rule: RuleFigures) -> None:
    """Take an hour in; `hours` identical ones, not zero, are a stuck meter, which the first other one ends.

    Zeros are none: a process may stand still. Unknown hours say nothing.
    Source: measured on 59 real meters (docs/rules.md).
    """
    if hour.amount is None:
        return
    same = memory.hours > 0 and abs(hour.amount - memory.value) <= SAME * abs(memory.value)
    if not same:
        if memory.spell is not None:
            memory.spell.ended_us = hour.start_us
        memory.value, memory.since_us, memory.hours = hour.amount, hour.start_us, 0
    memory.hours += 1
    if memory.value <= SAME or memory.hours < rule.number("hours"):
        return
    if memory.spell is None:
        memory.spell = Spell(memory.since_us, hour.end_us, hour.end_us, 0.99, {"value": memory.value})
    memory.spell.until_us = hour.end_us
    memory.spell.hours = float(memory.hours)
    memory.spell.evidence["hours"] = memory.hours
