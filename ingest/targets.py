"""What a message speaks for: its meters, how to read their values, and how a value becomes canonical."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.plant import Meter, PayloadRule, Variable
from domain.reading import RejectReason
from domain.units import Unit, canonical_value
from ingest.payload import FORMATS
from ingest.rows import Extract
from ingest.times import time_reader


@dataclass(frozen=True, slots=True)
class Target:
    """One meter or variable of a message, and how its value becomes canonical."""

    id: str
    scale: float = 1.0
    offset: float = 0.0
    unit: Unit | None = None  # None: stored as sent
    heating_value: float = 1.0  # kWh per canonical unit, where a volume or mass meter measures an energy

    def canonical(self, sent: float) -> float:
        """Return a sent value in the canonical unit: scaled, converted and turned into energy, each once."""
        value = sent * self.scale + self.offset
        if self.unit is not None:
            value = canonical_value(value, self.unit)
        return value * self.heating_value


@dataclass(frozen=True, slots=True)
class Route:
    """One decoding of a message: a row holds the targets' values in order, then the time if there is one."""

    extract: Extract
    targets: tuple[Target, ...]
    read_time: Callable[[object], int] | None  # None: arrival time


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a topic, a payload or a row of it gives no reading."""

    reason: RejectReason
    detail: str = ""


def target_of(meter: Meter | Variable, rule: PayloadRule) -> Target:
    """Return the target of a declared meter or variable that is read by `rule`.

    The unit is the meter's. A scale or offset written at the meter goes before the rule's.
    """
    own = meter.rule if (meter.rule.scale, meter.rule.offset) != (1.0, 0.0) else rule
    heating_value = meter.heating_value if isinstance(meter, Meter) else None
    return Target(
        meter.id, own.scale, own.offset, meter.unit, 1.0 if heating_value is None else heating_value
    )


def routes_of(members: Sequence[tuple[PayloadRule, Target]], timezone: ZoneInfo) -> tuple[Route, ...]:
    """Return the routes of one topic: targets that share format and time are read in one decoding."""
    groups: dict[tuple[str, str, str], list[tuple[PayloadRule, Target]]] = {}
    for rule, target in members:
        groups.setdefault((rule.format, rule.time, rule.time_unit), []).append((rule, target))
    found = []
    for (form, time, time_unit), group in groups.items():
        paths = [rule.value for rule, _ in group] + ([time] if time else [])
        read_time = time_reader(time_unit, timezone) if time else None
        found.append(Route(FORMATS[form](paths), tuple(target for _, target in group), read_time))
    return tuple(found)
