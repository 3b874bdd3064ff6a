"""The meters of a [[source]]: found as their topics come by, or in payloads where the plant says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.meter import Meter, PayloadRule, Source, SourceValue, Variable
from domain.plant import Plant
from domain.reading import RejectReason
from ingest.conditions import rows_of
from ingest.rows import Row
from ingest.targets import Identify, Refusal, Route, Target, target_of, time_of
from ingest.topics import filled, matcher

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")

_LONGEST_NAME = 200  # more of what a payload says is not looked at


@dataclass(frozen=True, slots=True)
class _Read:
    """One value that a source reads: one of its `values`, or the only one that it has."""

    value: SourceValue | None
    rule: PayloadRule

    @property
    def name(self) -> str:
        return self.value.name if self.value else ""


class SourceRoutes:
    """The routes of one [[source]].

    A meter's identity is its topic, which the broker's ACL protects; the payload names a meter only where
    the plant file says so (ADR 0008).
    """

    def __init__(self, source: Source, plant: Plant) -> None:
        self._source, self._timezone = source, plant.timezone
        self._matcher = matcher(source.rule.topic)
        self._declared: dict[str, Meter | Variable] = {**plant.meters, **plant.variables}
        self._reads = _reads_of(source)
        self._decodings: dict[tuple[_Read, ...], Route] = {}
        self._claims: dict[str, tuple[str, ...]] = {}  # id -> what its topic (and payload) said
        self._undeclared = 0

    @property
    def shares(self) -> bool:
        """Return whether messages of its topics may also be meant for a later source."""
        return bool(self._source.rule.when)

    def find(self, topic: str) -> tuple[Route, ...] | Refusal | None:
        """Return the routes of a topic, none where its messages are not for us, why it has none, or None
        when it does not fit the pattern.

        Two topics that spell the same id ("a.b/c" and "a/b.c") are not one meter: the first keeps it.
        """
        fits = self._matcher.fullmatch(topic)
        if fits is None:
            return None
        said = fits.groupdict()
        reads = self._meant(said.get("field"))
        if not reads:
            return ()
        route = self._decoding(reads)
        if self._source.meter_path:
            return (replace(route, identify=self._identifier(said, reads)),)
        found = self._meters(said, reads)
        if isinstance(found, Refusal):
            return found
        taken = self._decoding(tuple(read for read, _ in found))
        return (replace(taken, targets=tuple(target for _, target in found)),)

    def _decoding(self, reads: tuple[_Read, ...]) -> Route:
        """Return the route of these values without its meters: topics with the same values share it."""
        if reads not in self._decodings:
            rules = tuple(read.rule for read in reads)
            extract = rows_of(rules, self._source.meter_path)
            self._decodings[reads] = Route(extract, (), time_of(rules[0], self._timezone), rules)
        return self._decodings[reads]

    def _meant(self, field: str | None) -> tuple[_Read, ...]:
        """Return the values that a topic with this {field} is about."""
        if field is None:
            return self._reads
        return tuple(read for read in self._reads if read.value is None or read.value.field in {"", field})

    def _meters(
        self, said: Mapping[str, str], reads: Sequence[_Read]
    ) -> list[tuple[_Read, Target]] | Refusal:
        """Return the meters that a topic (and payload) names, or why there is none.

        When the cap of undeclared meters is reached, only declared ones are taken.
        """
        levels = {key: level.replace("/", ".") for key, level in said.items()}
        parts = tuple(said.values())
        found: list[tuple[_Read, str]] = []
        refused = Refusal(RejectReason.UNKNOWN_TOPIC)
        for read in reads:
            name = self._name(levels, read)
            refusal = self._refusal(name, parts)
            if refusal is None:
                found.append((read, name))
                continue
            refused = refusal
            if refusal.reason is RejectReason.BAD_TOPIC:
                return refusal
        for _, name in found:
            if name not in self._claims:
                self._claims[name] = parts
                self._undeclared += name not in self._declared
        return [(read, self._target(name, read)) for read, name in found] or refused

    def _identifier(self, said: Mapping[str, str], reads: Sequence[_Read]) -> Identify:
        """Return what finds the meters that a row of a topic's payload names."""
        known: dict[str, list[tuple[int, Target]]] = {}  # bounded: only what is taken gets in

        def identify(row: Row) -> list[tuple[Target, object]] | Refusal:
            name = row[len(reads)]
            if isinstance(name, bool) or not isinstance(name, (str, int)) or name == "":
                return Refusal(RejectReason.BAD_METER, f"no name at {self._source.meter_path}")
            name = str(name)[:_LONGEST_NAME]
            if name not in known:
                found = self._meters({**said, "meter": name}, reads)
                if isinstance(found, Refusal):
                    bad = found.reason is RejectReason.BAD_TOPIC
                    return replace(found, reason=RejectReason.BAD_METER) if bad else found
                known[name] = [(reads.index(read), target) for read, target in found]
            return [(target, row[column]) for column, target in known[name]]

        return identify

    def _name(self, levels: Mapping[str, str], read: _Read) -> str:
        """Return the id: as the source's template says, else process, meter and value with dots between.

        The process is left out where only the name without it is declared without a topic.
        """
        if self._source.meter:
            return filled(self._source.meter, {**levels, "value": read.name})
        short = ".".join(part for part in (levels.get("meter", ""), read.name) if part)
        full = f"{levels.get('process', '')}.{short}"
        return short if "process" not in levels or (self._waits(short) and not self._waits(full)) else full

    def _waits(self, name: str) -> bool:
        """Return whether a declared meter or variable of this id gets its messages from a source."""
        declared = self._declared.get(name)
        return declared is not None and not declared.rule.topic

    def _refusal(self, name: str, parts: tuple[str, ...]) -> Refusal | None:
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

    def _target(self, name: str, read: _Read) -> Target:
        """Return the target; what is sent is in the value's unit, else in a declared meter's own."""
        unit = read.value.unit if read.value else self._source.unit
        declared = self._declared.get(name)
        if declared is None:
            return Target(name, read.rule.scale, read.rule.offset, unit, partial=read.rule.partial)
        target = target_of(declared, read.rule)
        return replace(target, unit=read.value.unit) if read.value else target


def _reads_of(source: Source) -> tuple[_Read, ...]:
    if not source.values:
        return (_Read(None, source.rule),)
    return tuple(
        _Read(value, replace(source.rule, value=value.path, scale=value.scale, offset=value.offset))
        for value in source.values
    )
