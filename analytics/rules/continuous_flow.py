"""Water that never stops: no zero hour in a day."""

from __future__ import annotations

from analytics.rules.hours import Done
from analytics.rules.memory import Flow, Money, Spell
from analytics.rules.nights import is_night, night_of
from analytics.rules.worth import is_worth_it
from domain.rule import RuleFigures

#: unknown hours in a row after which a run begins anew
MOST_UNKNOWN = 3
#: what is remembered of the habit of standing still [local days]
HABIT_DAYS = 14
RATES = 24


def watch_flow(memory: Flow, hour: Done, rule: RuleFigures, min_cost: float) -> None:
    """Take an hour in; open a spell after `hours` without a zero one, end it after clean nights.

    The leak's rate is the lowest of the last 24 hours: what flows while nothing is wanted. An hour with
    less than one `pulse` is zero, so the pulse sets the smallest leak that can be seen. A meter that hardly
    ever stands still (`habit_days`) is left alone: its flow may be its work.
    Source: the leak flag of water suppliers' meters: flow in every period of the last 24 h.
    """
    _night(memory, hour, rule)
    if hour.amount is None:
        memory.unknown += 1
        if memory.unknown > MOST_UNKNOWN and memory.spell is None:
            _forget_run(memory)
        return
    memory.unknown = 0
    if _is_zero(hour.amount, rule):
        _note_zero(memory, hour)
        if memory.spell is None:
            _forget_run(memory)
    else:
        memory.since_us = memory.since_us or hour.start_us
    _go_on(memory, hour, rule, min_cost)


def _is_zero(amount: float, rule: RuleFigures) -> bool:
    pulse = rule.number("pulse")
    return amount < pulse * (1 - 1e-9) if pulse else amount <= 1e-9


def _forget_run(memory: Flow) -> None:
    memory.since_us, memory.hours, memory.rates, memory.money = 0, 0, [], Money()


def _note_zero(memory: Flow, hour: Done) -> None:
    if hour.day not in memory.zero_days:
        memory.zero_days = [day for day in memory.zero_days if day > hour.day - HABIT_DAYS] + [hour.day]
    if memory.night and not memory.first_zero_us:
        memory.first_zero_us = hour.start_us


def _go_on(memory: Flow, hour: Done, rule: RuleFigures, min_cost: float) -> None:
    """Lengthen the run by an hour, and open or go on with its spell."""
    if not memory.since_us or hour.amount is None:
        return
    memory.rates = [*memory.rates, hour.amount][-RATES:]
    memory.hours += 1
    lowest = min(memory.rates)
    if memory.spell is not None:
        if memory.spell.ended_us == 0:
            memory.spell.take(lowest, 0.0, hour.money)
            memory.spell.until_us = hour.end_us
            memory.spell.evidence |= {"lowest_hour": lowest, "hours": memory.hours}
        return
    memory.money.add(hour.money.hours, hour.money.price(), None)
    memory.money.factor_h += hour.money.factor_h
    memory.money.factored += hour.money.factored
    seen = [day for day in memory.zero_days if day > hour.day - HABIT_DAYS]
    if memory.hours < rule.number("hours") or len(seen) < rule.number("habit_days"):
        return
    if not is_worth_it(lowest, memory.money.price(), min_cost):
        return
    evidence = {
        "lowest_hour": lowest,
        "hours": memory.hours,
        "zero_days": len(seen),
        "floor": rule.number("pulse"),
    }
    memory.spell = Spell(memory.since_us, hour.end_us, hour.end_us, 0.95, dict(evidence))
    memory.spell.take(lowest, 0.0, memory.money)
    memory.clean = 0


def _night(memory: Flow, hour: Done, rule: RuleFigures) -> None:
    """Begin and end nights; enough clean ones in a row end the spell where the flow first stood still."""
    night = night_of(hour.hour, hour.day, rule) if is_night(hour.hour, rule) else 0
    if memory.night and night != memory.night:
        _close_night(memory, rule)
    if night and night != memory.night:
        memory.night, memory.first_zero_us = night, 0


def _close_night(memory: Flow, rule: RuleFigures) -> None:
    if memory.first_zero_us:
        memory.clean_us = memory.clean_us if memory.clean else memory.first_zero_us
        memory.clean += 1
    else:
        memory.clean = 0
    memory.night = 0
    if memory.spell is not None and memory.clean >= rule.number("clean_nights"):
        memory.spell.ended_us = max(memory.clean_us, memory.spell.since_us + 1)
        _forget_run(memory)
