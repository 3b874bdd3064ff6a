"""A compressor without demand: the share of the time that it is loaded is the leak."""

from __future__ import annotations

from analytics.rules.memory import Load, Money, Spell
from analytics.rules.rows import Slot
from analytics.rules.worth import is_worth_it
from domain.rule import RuleFigures

#: a compressor that takes less than this share of its unloaded power is switched off
STOPPED = 0.2
#: a time without demand is judged after this long at the latest [h]
LONGEST = 24.0


def watch_load(memory: Load, slot: Slot, rule: RuleFigures, min_cost: float) -> None:
    """Take an interval in; a time without demand (out of shift) is judged when it is over.

    Leak % = 100 T / (T + t), T loaded and t unloaded time. An interval's mean power says how it is shared:
    T/(T+t) = (mean - unloaded) / (loaded - unloaded). Below `good_pct` it is good, from `poor_pct` on poor
    and told, in between neither: no new hotspot, and no end of one. A compressor that is switched off, or
    never loads, has measured nothing.
    Source: US DOE, Improving Compressed Air System Performance: A Sourcebook for Industry (3rd ed., 2016).
    """
    rate = slot.rate
    if rate is not None:
        _lose(memory, slot, rate, rule)
    if not slot.off:
        _judge(memory, slot.start_us, slot, rule, min_cost)
        return
    if rate is None or rate < STOPPED * rule.number("unloaded_power"):
        return
    memory.since_us = memory.since_us or slot.start_us
    span = rule.number("loaded_power") - rule.number("unloaded_power")
    share = min(1.0, max(0.0, (rate - rule.number("unloaded_power")) / span))
    memory.loaded += share * slot.hours
    memory.unloaded += (1.0 - share) * slot.hours
    if memory.loaded + memory.unloaded >= LONGEST:
        _judge(memory, slot.end_us, slot, rule, min_cost)


def _lose(memory: Load, slot: Slot, rate: float, rule: RuleFigures) -> None:
    """Add what leaks in an interval in which the compressor runs to the open spell."""
    if memory.spell is None or rate < STOPPED * rule.number("loaded_power"):
        return
    money = Money()
    money.add(slot.hours, slot.price, slot.factor)
    memory.spell.take(memory.leak * rule.number("loaded_power"), 0.0, money)
    memory.spell.until_us = slot.end_us


def _judge(memory: Load, at_us: int, slot: Slot, rule: RuleFigures, min_cost: float) -> None:
    """Say whether the time without demand was good, between or poor."""
    since_us, total, loaded = memory.since_us, memory.loaded + memory.unloaded, memory.loaded
    memory.since_us, memory.loaded, memory.unloaded = 0, 0.0, 0.0
    if total < rule.number("min_hours") or loaded <= 0.0:
        return
    leak = loaded / total
    poor = 100.0 * leak >= rule.number("poor_pct")
    memory.state = "poor" if poor else "good" if 100.0 * leak < rule.number("good_pct") else "between"
    facts: dict[str, float | int | str | None] = {
        "leak_pct": 100.0 * leak, "state": memory.state, "loaded_h": loaded, "unloaded_h": total - loaded,
    }  # fmt: skip
    if poor:
        memory.clean = 0
        rate = leak * rule.number("loaded_power")
        if memory.spell is None and is_worth_it(rate, slot.price, min_cost):
            memory.spell = Spell(since_us, at_us, at_us, 0.9, {})
            money = Money()
            money.add(total, slot.price, slot.factor)
            memory.spell.take(rate, 0.0, money)
        memory.leak = leak
    elif memory.spell is not None:
        memory.clean_us = memory.clean_us if memory.clean else since_us
        memory.clean += 1
        if memory.clean >= rule.number("clean_nights"):
            memory.spell.ended_us = max(memory.clean_us, memory.spell.since_us + 1)
    if memory.spell is not None:
        memory.spell.evidence |= facts
