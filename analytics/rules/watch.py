"""One meter's rows through all its rules, in order, each row once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analytics.rules.choice import is_fed_back, rules_of
from analytics.rules.continuous_flow import watch_flow
from analytics.rules.frozen import ends_of, watch_frozen
from analytics.rules.hotspots import About, about, hotspot_of
from analytics.rules.hours import close_hour
from analytics.rules.idling import watch_idling
from analytics.rules.implausible import watch_plausible
from analytics.rules.load_unload import watch_load
from analytics.rules.maximum_demand import watch_demand
from analytics.rules.memory import MeterMemory, Spell
from analytics.rules.night_flow import watch_night
from analytics.rules.rows import Point, Slot
from analytics.rules.stuck import watch_stuck
from domain.hotspot import Hotspot
from domain.meter import Meter
from domain.plant import Plant
from domain.rule import RuleFigures, RuleKind

#: rules that look at single readings; the others look at intervals
OF_POINTS = (RuleKind.FROZEN_AT_LIMIT, RuleKind.IMPLAUSIBLE)
#: rules that look at whole hours
OF_HOURS = (RuleKind.CONTINUOUS_FLOW, RuleKind.STUCK)

#: where a rule's spell stands in the memory
PLACES = {
    RuleKind.CONTINUOUS_FLOW: "flow",
    RuleKind.NIGHT_FLOW: "night",
    RuleKind.IDLING: "idle",
    RuleKind.LOAD_UNLOAD: "load",
    RuleKind.STUCK: "stuck",
    RuleKind.FROZEN_AT_LIMIT: "frozen",
    RuleKind.IMPLAUSIBLE: "implausible",
    RuleKind.MAXIMUM_DEMAND: "demand",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A meter with its rules in force."""

    meter: Meter
    rules: tuple[RuleFigures, ...]
    whose: About
    min_cost: float
    ends: tuple[float, ...]
    fed_back: bool

    def of(self, kinds: Sequence[RuleKind]) -> tuple[RuleFigures, ...]:
        """Return those of its rules that are among `kinds`."""
        return tuple(rule for rule in self.rules if rule.kind in kinds)

    @property
    def points(self) -> tuple[RuleFigures, ...]:
        """Return the rules that look at single readings."""
        return self.of(OF_POINTS)

    @property
    def slots(self) -> tuple[RuleFigures, ...]:
        """Return the rules that look at intervals and hours."""
        return tuple(rule for rule in self.rules if rule.kind not in OF_POINTS)


def watched(meter: Meter, plant: Plant) -> Watched:
    """Return a meter with its rules."""
    rules = rules_of(meter, plant)
    frozen = next((rule for rule in rules if rule.kind is RuleKind.FROZEN_AT_LIMIT), None)
    return Watched(
        meter=meter,
        rules=rules,
        whose=about(meter, plant),
        min_cost=plant.detection.min_cost_per_hour,
        ends=() if frozen is None else ends_of(meter, frozen),
        fed_back=is_fed_back(plant.resources[meter.resource]),
    )


def watch_points(memory: MeterMemory, one: Watched, points: Iterable[Point]) -> list[Hotspot]:
    """Take readings in, by time, and return the hotspots that ended; `open_spells` has the others."""
    rules, ended = one.points, list[Hotspot]()
    for point in points:
        for rule in rules:
            if rule.kind is RuleKind.FROZEN_AT_LIMIT:
                watch_frozen(memory.frozen, point, one.ends, rule)
            else:
                watch_plausible(memory.implausible, point, one.meter, rule, fed_back=one.fed_back)
        memory.points_us = point.time_us
        ended += _take_ended(memory, one, rules)
    return ended


def watch_slots(memory: MeterMemory, one: Watched, slots: Iterable[Slot]) -> list[Hotspot]:
    """Take intervals in, by time, and return the hotspots that ended on the way."""
    rules, ended = one.slots, list[Hotspot]()
    for slot in slots:
        hour = close_hour(memory, slot)
        for rule in rules:
            if rule.kind is RuleKind.CONTINUOUS_FLOW:
                if hour is not None:
                    watch_flow(memory.flow, hour, rule, one.min_cost)
            elif rule.kind is RuleKind.STUCK:
                if hour is not None:
                    watch_stuck(memory.stuck, hour, rule)
            else:
                _OF_SLOTS[rule.kind](memory, slot, rule, one.min_cost)
        memory.slots_us = slot.end_us
        ended += _take_ended(memory, one, rules)
    return ended


_OF_SLOTS: dict[RuleKind, Callable[[MeterMemory, Slot, RuleFigures, float], None]] = {
    RuleKind.NIGHT_FLOW: lambda memory, slot, rule, cost: watch_night(memory.night, slot, rule, cost),
    RuleKind.IDLING: lambda memory, slot, rule, cost: watch_idling(memory.idle, slot, rule, cost),
    RuleKind.LOAD_UNLOAD: lambda memory, slot, rule, cost: watch_load(memory.load, slot, rule, cost),
    RuleKind.MAXIMUM_DEMAND: lambda memory, slot, rule, _cost: watch_demand(memory.demand, slot, rule),
}


def open_spells(memory: MeterMemory, one: Watched) -> list[Hotspot]:
    """Return the hotspots that are open now, of the rules in force."""
    return [
        hotspot_of(rule.kind, spell, one.whose)
        for rule in one.rules
        if (spell := getattr(memory, PLACES[rule.kind]).spell) is not None
    ]


def drop_rules(memory: MeterMemory, one: Watched) -> list[Hotspot]:
    """End the spells of rules that are not in force any more, and return them."""
    ended = []
    kept = {rule.kind for rule in one.rules}
    for kind, place in PLACES.items():
        spell: Spell | None = getattr(memory, place).spell
        if spell is not None and kind not in kept:
            spell.ended_us = spell.until_us
            ended.append(hotspot_of(kind, spell, one.whose))
            getattr(memory, place).spell = None
    return ended


def _take_ended(memory: MeterMemory, one: Watched, rules: Sequence[RuleFigures]) -> list[Hotspot]:
    """Return the spells that have ended, and forget them."""
    ended = []
    for rule in rules:  # after every reading: plainly, because hardly ever has one ended
        place = getattr(memory, PLACES[rule.kind])
        if place.spell is not None and place.spell.ended_us:
            ended.append(hotspot_of(rule.kind, place.spell, one.whose))
            place.spell = None
    return ended
