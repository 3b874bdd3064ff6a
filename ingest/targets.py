"""What a message speaks for: its meters, how to read their values, and how a value becomes canonical."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from domain.meter import Meter, PayloadRule, Variable
from domain.reading import RejectReason
from domain.units import Unit, canonical_value
from ingest.conditions import rows_of
from ingest.rows import Extract, Row
from ingest.times import time_reader


@dataclass(frozen=True, slots=True)
class Target:
    """One meter or variable of a message, and how its value becomes canonical."""

    id: str
    scale: float = 1.0
    offset: float = 0.0
    unit: Unit | None = None  # None: stored as sent
    heating_value: float = 1.0  # kWh per canonical unit, where a volume or mass meter measures an energy
    partial: bool = False  # a message without its value is no fault

    def canonical(self, sent: float) -> float:
        """Return a sent value in the canonical unit: scaled, converted and turned into energy, each once."""
        value = sent * self.scale + self.offset
        if self.unit is not None:
            value = canonical_value(value, self.unit)
        return value * self.heating_value


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a topic, a payload or a row of it gives no reading."""

    reason: RejectReason
    detail: str = ""


#: a row's targets with their raw values, found by what the row says; or why it has none
Identify: TypeAlias = Callable[[Row], "Sequence[tuple[Target, object]] | Refusal"]


@dataclass(frozen=True, slots=True)
class Route:
    """One decoding of a message: a row holds the targets' values in order, and last the time if there is one.

    Between them may stand what conditions and identity need.
    """

    extract: Extract
    targets: tuple[Target, ...]
    read_time: Callable[[object], int] | None  # None: arrival time
    rules: tuple[PayloadRule, ...] = ()  # what it was built from, one for each target
    identify: Identify | None = None  # the payload names the meter: `targets` is empty

    def seq_in(self, row: Row) -> int | None:
        """Return the running number that the sender gave a message, if it gives any."""
        if not self.rules or not self.rules[0].seq:
            return None
        found = row[-2 if self.rules[0].time else -1]
        return found if type(found) is int else None

    @property
    def is_plain(self) -> bool:
        """Return whether the rules' paths and times are all there is to reading its messages."""
        return self.identify is None and not any(r.when or r.records or r.partial for r in self.rules)


def target_of(meter: Meter | Variable, rule: PayloadRule) -> Target:
    """Return the target of a declared meter or variable that is read by `rule`.

    The unit is the meter's. A scale or offset written at the meter goes before the rule's.
    """
    own = meter.rule if (meter.rule.scale, meter.rule.offset) != (1.0, 0.0) else rule
    burnt = meter.heating_value if isinstance(meter, Meter) else None
    return Target(meter.id, own.scale, own.offset, meter.unit, 1.0 if burnt is None else burnt, rule.partial)


def routes_of(members: Sequence[tuple[PayloadRule, Target]], timezone: ZoneInfo) -> tuple[Route, ...]:
    """Return the routes of one topic: targets whose messages are read alike are read in one decoding."""
    groups: dict[tuple[object, ...], list[tuple[PayloadRule, Target]]] = {}
    for rule, target in members:
        alike = (rule.format, rule.time, rule.time_unit, rule.seq, rule.when, rule.records, rule.partial)
        groups.setdefault(alike, []).append((rule, target))
    found = []
    for group in groups.values():
        rules = tuple(rule for rule, _ in group)
        targets = tuple(target for _, target in group)
        found.append(Route(rows_of(rules), targets, time_of(rules[0], timezone), rules))
    return tuple(found)


def time_of(rule: PayloadRule, timezone: ZoneInfo) -> Callable[[object], int] | None:
    """Return the reader of a rule's times, None where the arrival is the time."""
    return time_reader(rule.time_unit, timezone) if rule.time else None
