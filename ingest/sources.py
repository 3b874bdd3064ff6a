"""The meters of a [[source]]: found as their topics come by."""

from __future__ import annotations

import re

from domain.plant import Meter, Plant, Source, Variable
from domain.reading import RejectReason
from ingest.targets import Refusal, Route, Target, routes_of, target_of
from ingest.topics import matcher

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


class SourceRoutes:
    """The routes of one [[source]]. A meter's identity is its topic, which the broker's ACL protects."""

    def __init__(self, source: Source, plant: Plant) -> None:
        self._source = source
        self._matcher = matcher(source.rule.topic)
        self._declared: dict[str, Meter | Variable] = {**plant.meters, **plant.variables}
        self._route = routes_of([(source.rule, Target(""))], plant.timezone)[0]
        self._claims: dict[str, tuple[str, str]] = {}  # id -> the topic's process and meter
        self._undeclared = 0

    def find(self, topic: str) -> Route | Refusal | None:
        """Return the route of a topic, why it has none, or None when it does not fit the pattern.

        Two topics that spell the same id ("a.b/c" and "a/b.c") are not one meter: the first keeps it.
        """
        fits = self._matcher.fullmatch(topic)
        if fits is None:
            return None
        levels = {name: level.replace("/", ".") for name, level in fits.groupdict().items()}
        parts = levels.get("process", ""), levels["meter"]
        name = self._name(*parts)
        refusal = self._refusal(name, parts)
        if refusal is not None:
            return refusal
        if name not in self._claims:
            self._claims[name] = parts
            self._undeclared += name not in self._declared
        return Route(self._route.extract, (self._target(name),), self._route.read_time)

    def _name(self, process: str, meter: str) -> str:
        """Return the id: "process.meter", or "meter" where only that one is declared without a topic."""
        full = f"{process}.{meter}"
        if not process or (self._waits(meter) and not self._waits(full)):
            return meter
        return full

    def _waits(self, name: str) -> bool:
        """Return whether a declared meter or variable of this id gets its messages from a source."""
        declared = self._declared.get(name)
        return declared is not None and not declared.rule.topic

    def _refusal(self, name: str, parts: tuple[str, str]) -> Refusal | None:
        if not _ID.fullmatch(name):
            return Refusal(RejectReason.BAD_TOPIC, "not an id: letters, digits and _.:- , 64 at most")
        if name in self._declared and not self._waits(name):
            return Refusal(RejectReason.UNKNOWN_TOPIC, f"{name} has a topic of its own")
        if self._claims.get(name, parts) != parts:
            return Refusal(RejectReason.BAD_TOPIC, f"another topic is already {name}")
        full = self._undeclared >= self._source.max_meters
        if full and name not in self._claims and name not in self._declared:
            return Refusal(
                RejectReason.UNKNOWN_METER, f"more than {self._source.max_meters} undeclared meters"
            )
        return None

    def _target(self, name: str) -> Target:
        rule = self._source.rule
        if name in self._declared:
            return target_of(self._declared[name], rule)
        return Target(name, rule.scale, rule.offset, self._source.unit)
