"""Intervals put together to clock hours: told with the last interval, unknown if any of it is."""

from __future__ import annotations

from typing import NamedTuple

from analytics.rules.memory import Hour, MeterMemory, Money
from analytics.rules.rows import HOUR_US, Slot


class Done(NamedTuple):
    """An hour that is over. `amount` None = unknown."""

    start_us: int
    end_us: int
    amount: float | None
    money: Money
    hour: int  # local, of its last interval
    end_hour: int
    day: int


def close_hour(memory: MeterMemory, slot: Slot) -> Done | None:
    """Return the clock hour that ends with this interval; None while it goes on."""
    start_us = slot.start_us - slot.start_us % HOUR_US
    if memory.hour.start_us != start_us:
        memory.hour = Hour(start_us)
    hour = memory.hour
    hour.money.add(slot.hours, slot.price, slot.factor)
    if slot.amount is not None:
        hour.amount += slot.amount
        hour.known += 1
    if slot.end_us < start_us + HOUR_US:
        return None
    whole = hour.known * (slot.end_us - slot.start_us) >= HOUR_US
    amount = hour.amount if whole else None
    return Done(start_us, slot.end_us, amount, hour.money, slot.hour, slot.end_hour, slot.day)
