"""The night's lowest flow: what runs when nothing should."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analytics.rules.memory import Money, Night, NightLevel, Spell
from analytics.rules.nights import is_night
from analytics.rules.rows import HOUR_US, Slot
from analytics.rules.worth import is_worth_it
from domain.rule import RuleFigures

PERCENTILE = 0.2
#: a reference is learned from at least this share of its nights
LEARNED = 0.5


def watch_night(memory: NightLevel, slot: Slot, rule: RuleFigures, min_cost: float) -> None:
    """Take an interval in; when a night is over, compare its level with the reference.

    A night's figure is its lowest rolling hour. The level is the 20th percentile of the last `nights`, so
    one quiet night does not hide a leak and one busy night is none; the last night must show it, too. The
    reference is the median of the nights before those, or what the plant file says. A spell opens when the
    level is `rise_pct` above it, at least one `pulse` per hour, and above all that the reference nights but
    one in twenty showed.
    Source: UKWIR 99/WM/08/21, minimum night flow.
    """
    memory.money.add(slot.hours, slot.price, slot.factor)
    if not is_night(slot.hour, rule):
        if memory.start_us:
            _close(memory, slot.start_us, rule, min_cost)
        return
    if not memory.start_us:
        memory.start_us, memory.rolling, memory.lowest = slot.start_us, [], None
    per_hour = round(HOUR_US / (slot.end_us - slot.start_us))
    memory.rolling = [*memory.rolling, slot.amount][-per_hour:]
    known = [amount for amount in memory.rolling if amount is not None]
    if len(known) == per_hour:
        hour = math.fsum(known)
        memory.lowest = hour if memory.lowest is None else min(memory.lowest, hour)
    if not is_night(slot.end_hour, rule):
        _close(memory, slot.end_us, rule, min_cost)


def _close(memory: NightLevel, end_us: int, rule: RuleFigures, min_cost: float) -> None:
    """End the night: it counts if an hour of it was known."""
    start_us, lowest, money = memory.start_us, memory.lowest, memory.money
    memory.start_us = 0
    if lowest is None:
        return
    memory.money = Money()
    keep = round(rule.number("nights") + rule.number("reference_nights"))
    memory.nights = [*memory.nights, Night(start_us, end_us, lowest, money)][-keep:]
    if memory.spell is not None:
        _go_on(memory, memory.nights[-1], rule)
    else:
        _look(memory, rule, min_cost)


def _look(memory: NightLevel, rule: RuleFigures, min_cost: float) -> None:
    """Open a spell if the level is above what the reference allows."""
    count = round(rule.number("nights"))
    latest, before = memory.nights[-count:], [night.lowest for night in memory.nights[:-count]]
    written = rule.values["reference"]
    if len(latest) < count:
        return
    if written is None and len(before) < LEARNED * rule.number("reference_nights"):
        return
    reference = percentile(before, 0.5) if written is None else written
    threshold = reference + max(rule.number("rise_pct") / 100.0 * reference, rule.number("pulse"), 1e-9)
    if written is None:
        threshold = max(threshold, percentile(before, 0.95))
    level = percentile([night.lowest for night in latest], PERCENTILE)
    price = latest[-1].money.price()
    if min(level, latest[-1].lowest) <= threshold or not is_worth_it(level - reference, price, min_cost):
        return
    since = next((i for i in range(count - 1, -1, -1) if latest[i].lowest <= threshold), -1) + 1
    evidence = {"level": level, "reference": reference, "threshold": threshold, "nights": count - since}
    spell = Spell(latest[since].start_us, latest[-1].end_us, latest[-1].end_us, 0.9, dict(evidence))
    for night in latest[since:]:
        spell.take(max(0.0, night.lowest - reference), reference, night.money)
    memory.spell, memory.threshold, memory.reference, memory.clean = spell, threshold, reference, 0


def _go_on(memory: NightLevel, night: Night, rule: RuleFigures) -> None:
    """Take another night into the spell; enough clean ones in a row end it where the first began."""
    spell = memory.spell
    assert spell is not None
    if night.lowest > memory.threshold:
        memory.clean = 0
        spell.take(night.lowest - memory.reference, memory.reference, night.money)
        spell.until_us = night.end_us
        spell.evidence["level"] = night.lowest
        return
    memory.clean_us = memory.clean_us if memory.clean else night.start_us
    memory.clean += 1
    if memory.clean >= rule.number("clean_nights"):
        spell.ended_us = memory.clean_us
        memory.nights = [one for one in memory.nights if not spell.since_us <= one.start_us < memory.clean_us]


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile, on the line between the two values around it.

    >>> percentile([3.0, 1.0, 2.0], 0.5), percentile([0.0, 10.0], 0.2)
    (2.0, 2.0)
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
