"""The clock hours of a stream: usable intervals are added up by them, and the latest are remembered."""

from __future__ import annotations

from analytics.drift import standing
from analytics.drift.interval import Interval, is_off
from analytics.drift.limits import HOUR_US, KEEP_HOURS
from analytics.drift.memory import Hour, Memory, Sums


def collect(memory: Memory, row: Interval, hours: float) -> None:
    """Add a usable interval to its hour; a constant rate is priced with the interval's own price.

    An hour that it ends is remembered, and the running one is made where there is none.
    """
    if row.excess != 0.0:  # an excess of exactly zero does not show what a unit costs and emits
        if row.cost is not None:
            memory.price = row.cost / row.excess
        if row.co2 is not None:
            memory.factor = row.co2 / row.excess
    row = standing.beyond(row, memory, hours)
    sums = running(memory, row).sums
    sums.hours += hours
    sums.excess += row.excess
    sums.expected += row.expected
    sums.sigma += row.sigma
    if row.cost is not None:
        sums.cost += row.cost
        sums.priced += hours
        sums.price_h += (memory.price or 0.0) * hours
    if row.co2 is not None:
        sums.co2 += row.co2
        sums.factored += hours
        sums.factor_h += (memory.factor or 0.0) * hours


def start_of(row: Interval) -> int:
    """Return when the clock hour of an interval begins [us]."""
    return row.start_us - row.start_us % HOUR_US


def running(memory: Memory, row: Interval) -> Hour:
    """Return the running hour, which is the interval's; one that it ends is remembered."""
    hour, hour_us = memory.hour, start_of(row)
    if row.shift:
        memory.has_shifts = True
    if hour is not None and hour.start_us == hour_us:
        return hour
    if hour is not None:
        remember(memory, hour)
    off = is_off(row.how, row.shift, idle_day=row.idle_day, has_shifts=memory.has_shifts)
    memory.hour = Hour(hour_us, row.how, off, row.shift, Sums())
    return memory.hour


def remember(memory: Memory, hour: Hour) -> bool:
    """Remember an hour that is over; return whether anything is known of it."""
    if hour.sums.hours <= 0.0:
        return False
    memory.hours.append(hour)
    del memory.hours[:-KEEP_HOURS]
    return True
