"""The mean of an interval above the demand that was agreed with the supplier."""

from __future__ import annotations

from analytics.rules.memory import Demand, Money, Spell
from analytics.rules.rows import HOUR_US, Slot
from domain.rule import RuleFigures


def watch_demand(memory: Demand, slot: Slot, rule: RuleFigures) -> None:
    """Take an interval in; the excess is what lies above the limit. What it costs stands in the contract."""
    rate, limit = slot.rate, rule.number("limit")
    if rate is None:
        return
    if rate <= limit:
        calm_us = rule.number("calm_hours") * HOUR_US
        if memory.spell is not None and slot.end_us - memory.last_us >= calm_us:
            memory.spell.ended_us = memory.last_us
        return
    if memory.spell is None:
        memory.spell, memory.peak = (
            Spell(slot.start_us, slot.end_us, slot.end_us, 0.99, {"limit": limit}),
            0.0,
        )
    over = Money()
    over.add(slot.hours, None, slot.factor)
    memory.spell.take(rate - limit, limit, over)
    memory.last_us = memory.spell.until_us = slot.end_us
    memory.peak = max(memory.peak, rate)
    memory.spell.evidence["peak"] = memory.peak
