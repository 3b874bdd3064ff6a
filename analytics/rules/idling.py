"""A machine that idles out of shift for longer than it would take to stop and start it again."""

from __future__ import annotations

from analytics.rules.memory import Evidence, Idle, Money, Spell
from analytics.rules.rows import Slot
from analytics.rules.worth import is_worth_it
from domain.rule import RuleFigures

#: a time out of shift of at least this long without idling shows that the machine is switched off now [h]
CLEAN_HOURS = 4.0


def watch_idling(memory: Idle, slot: Slot, rule: RuleFigures, min_cost: float) -> None:
    """Take an interval in; idling counts from its beginning once it has lasted past the break-even.

    Off rather than idle if idle time > warm-up energy / idle power. Only intervals out of shift count whose
    mean power lies in the band around `idle_power`: less is off, more is work.
    Source: Mouzon, Yildirim & Twomey (2007), Int. J. Production Research 45(18-19): the break-even duration.
    """
    if not slot.off:
        _end_run(memory)
        _close(memory)
        return
    rate = slot.rate
    if rate is None:
        return
    memory.off_hours += slot.hours
    band = rule.number("band_pct") / 100.0 * rule.number("idle_power")
    if abs(rate - rule.number("idle_power")) > band:
        _end_run(memory)
        _clean(memory)
        return
    memory.run_us = memory.run_us or slot.start_us
    memory.hours += slot.hours
    memory.energy += rate * slot.hours
    memory.money.add(slot.hours, slot.price, slot.factor)
    break_even = max(rule.number("warm_up") / rule.number("idle_power"), rule.number("min_hours"))
    if memory.counted or memory.hours > break_even:
        _count(memory, slot, break_even, min_cost)


def _count(memory: Idle, slot: Slot, break_even: float, min_cost: float) -> None:
    """Put the run, or its latest interval, into the spell; open one if there is none."""
    mean = memory.energy / memory.hours
    if memory.spell is None:
        if not is_worth_it(mean, memory.money.price(), min_cost):
            return
        memory.spell = Spell(memory.run_us, slot.end_us, slot.end_us, 0.9, {})
    if memory.counted:
        one = Money()
        one.add(slot.hours, slot.price, slot.factor)
        memory.spell.take(slot.rate or 0.0, 0.0, one)
    else:
        memory.spell.take(mean, 0.0, memory.money)
    facts: Evidence = {"idle_power": mean, "hours": memory.hours, "break_even_h": break_even}
    memory.spell.evidence |= facts
    memory.spell.until_us = memory.last_us = slot.end_us
    memory.counted = memory.broken = True


def _end_run(memory: Idle) -> None:
    memory.run_us, memory.hours, memory.energy, memory.money, memory.counted = 0, 0.0, 0.0, Money(), False


def _clean(memory: Idle) -> None:
    """End the spell when the machine has been off for long enough in this time out of shift."""
    if memory.spell is not None and not memory.broken and memory.off_hours >= CLEAN_HOURS:
        memory.spell.ended_us = memory.last_us


def _close(memory: Idle) -> None:
    """End the time out of shift."""
    memory.off_hours, memory.broken = 0.0, False
