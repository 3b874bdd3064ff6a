"""What was heard -> the rows to propose, and what of it is not proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from domain.plant import Plant
from domain.units import amount_unit
from ingest.discovery.candidates import Candidate, LeftOut, TopicFinding, find_candidates
from ingest.discovery.naming import an_id, meter_id, process_of, telling_levels
from ingest.discovery.patterns import Family, find_families
from ingest.discovery.rows import Keys, Measured, Proposal, ProposedRow
from ingest.discovery.sample import Heard
from ingest.discovery.twins import measured, without_known, without_twins
from ingest.partition import at_broker
from ingest.routes import Routes
from ingest.targets import Refusal

MOST_VALUES = 10_000
_UNDECLARED = "a meter of the source is analysed once it is declared, as in this example"


def propose(
    heard: Heard, plant: Plant | None, timezone: ZoneInfo, *, broker: str = "", most: int = MOST_VALUES
) -> Proposal:
    """Return what to add to a plant file.

    Args:
        heard: the sample.
        plant: what the plant file says already; None without one.
        timezone: of the plant, or what is likely: for payload times without an offset.
        broker: the name that rows give the broker that was listened to; "" is the first one.
        most: values after which no further topic is looked at: nobody reads a longer proposal.
    """

    def find(topic: str) -> TopicFinding:
        return find_candidates(topic, heard.topics[topic], heard.declared, timezone)

    read, left_out = already_read(heard.topics, plant, broker)
    left = [LeftOut(topic, "", why) for topic, why in left_out.items()]
    found: list[Candidate] = []
    for topic in sorted(heard.topics):
        if topic in read or topic in left_out:
            continue
        if len(found) >= most:
            left.append(LeftOut(topic, "", f"not looked at: {len(found)} values were found before"))
        else:
            finding = find(topic)
            found += finding.candidates
            left += finding.left_out
    own = {name: resource.unit for name, resource in plant.resources.items()} if plant else {}
    known = [measured(one, own) for topic in read for one in find(topic).candidates]
    new, again = without_known((measured(one, own) for one in found), known)
    single, twins = without_twins(new)
    single, beside = _without_neighbours(single)
    others = [topic for topic in heard.topics if topic not in read]
    rows = _Rows(plant, broker).of(single, others)
    return Proposal(
        rows, [*left, *again, *twins, *beside], read, dict(heard.dropped), len(heard.topics), heard.messages
    )


def already_read(
    topics: Iterable[str], plant: Plant | None, broker: str = ""
) -> tuple[dict[str, str], dict[str, str]]:
    """Return which topics of a broker the plant reads, with the meters; and which it refuses, and why.

    Topics that nobody reads are in neither.
    """
    read: dict[str, str] = {}
    refused: dict[str, str] = {}
    if plant is None:
        return read, refused
    routes = Routes(at_broker(plant, broker))
    for topic in topics:
        found = routes.find(topic)
        if found == ():
            refused[topic] = "a source has the topic and none of its values"
        elif not isinstance(found, Refusal):
            names = ", ".join(target.id for route in found for target in route.targets)
            read[topic] = names or "a source that finds its meters in the payload"
        elif not found.detail.startswith("no meter"):
            refused[topic] = found.detail
    return read, refused


def _without_neighbours(found: list[Measured]) -> tuple[list[Measured], list[LeftOut]]:
    """Return what is left without what meters tell beside their counts: temperatures, values without unit."""
    metered = {one.candidate.topic for one in found if one.resource}
    kept: list[Measured] = []
    left: list[LeftOut] = []
    for one in found:
        if one.resource or one.candidate.topic not in metered:
            kept.append(one)
        elif one.is_variable:
            left.append(one.candidate.left_out("told beside a meter: the device's own, likely"))
        else:
            left.append(one.candidate.left_out(one.blocked))
    return sorted(kept, key=lambda one: (one.candidate.topic, one.candidate.path)), left


class _Rows:
    """The rows of one proposal; ids are given once."""

    def __init__(self, plant: Plant | None, broker: str) -> None:
        self._plant, self._broker = plant, broker
        self._processes = set(plant.processes) if plant else set()
        self._taken = {*plant.meters, *plant.variables} if plant else set()
        self._new: dict[str, dict[str, ProposedRow]] = {"process": {}, "resource": {}}
        self._counted = _Counted(plant)

    def of(self, found: list[Measured], others: list[str]) -> list[ProposedRow]:
        families, single = find_families(found, others, self._taken)
        rows = [row for family in families for row in self._family(family)]
        of_topic = Counter(one.candidate.topic for one in single)
        rows += [self._single(one, shared=of_topic[one.candidate.topic] > 1) for one in single]
        order = ("source", "meter", "variable")
        made = [*self._new["process"].values(), *self._new["resource"].values()]
        return [*made, *sorted(rows, key=lambda row: order.index(row.table))]

    def _family(self, family: Family) -> list[ProposedRow]:
        """Return the source; and its meters declared, where one unit does not fit all."""
        first = family.members[0].candidate
        units = {(one.candidate.unit, one.resource) for one in family.members}
        keys, why = _payload(first, self._broker)
        keys = {"topic": family.pattern, **keys}
        why["topic"] = f"{len(family.members)} topics of one shape"
        if len(units) == 1 and first.unit is not None:
            keys["unit"], why["unit"] = first.unit.name, _checked(first.unit_why, first.unit_sure)
        else:
            why["unit"] = "not one for all: those without a row below are stored as they are sent"
        topics = tuple(one.candidate.topic for one in family.members)
        source = ProposedRow("source", keys, why, topics)
        if len(units) > 1:
            pairs = zip(family.members, family.ids, strict=True)
            return [
                source,
                *(self._declared(one, *ids) for one, ids in pairs if one.candidate.unit is not None),
            ]
        if family.members[0].resource:
            return [source, self._declared(family.members[0], *family.ids[0], blocked=_UNDECLARED)]
        return [source]

    def _declared(self, one: Measured, process: str, meter: str, blocked: str = "") -> ProposedRow:
        """Return the row of a meter whose messages come through a source: its id is the topic's."""
        name = f"{process}.{meter}" if process else meter
        process = process or process_of(telling_levels(one.candidate.topic), self._processes)
        return self._row(one, name, process, {}, {}, blocked)

    def _single(self, one: Measured, *, shared: bool) -> ProposedRow:
        """Return the row of a value that has its topic alone, or `shared` with others."""
        topic = one.candidate.topic
        levels = telling_levels(topic)
        process = process_of(levels, self._processes)
        parts = [levels[-1]] if an_id(levels[-1]) != process else []
        parts += [one.resource] if parts and levels[-1].isdecimal() else []
        parts += [one.label, one.phase] if shared and (one.label or one.phase) else []
        if not parts or (shared and len(parts) == 1 and not one.label):
            parts.append(one.resource or one.label or _quantity(one))
        keys, why = _payload(one.candidate, self._broker)
        return self._row(one, meter_id(process, parts, self._taken), process, {"topic": topic, **keys}, why)

    def _row(
        self, one: Measured, name: str, process: str, payload: Keys, why: dict[str, str], blocked: str = ""
    ) -> ProposedRow:
        what = one.candidate
        keys: Keys = {"id": name}
        why = dict(why)
        if not one.is_variable:
            keys |= {"process": process, "resource": one.resource or "?"}
            why |= {
                "process": "check: from the topic",
                "resource": f"check: {one.resource_why or one.blocked}",
            }
        keys |= {"kind": what.kind.text, "unit": what.unit.name if what.unit else "?"}
        why |= {
            "kind": _checked(what.kind.why, what.kind.sure),
            "unit": _checked(what.unit_why, what.unit_sure),
        }
        keys |= payload
        if what.every is not None:
            keys["every"], why["every"] = what.every.text, _checked(what.every.why, what.every.sure)
        else:
            why["every"] = _no_cadence(what)
        blocked = blocked or one.blocked or self._counted.trouble(one)
        table = "variable" if one.is_variable else "meter"
        if table == "meter" and not blocked:
            self._note_new(process, one)
        return ProposedRow(table, keys, why, (what.topic,), blocked)

    def _note_new(self, process: str, one: Measured) -> None:
        if process not in self._processes:
            row = ProposedRow("process", {"id": process}, {"id": "check: from the topic"})
            self._new["process"].setdefault(process, row)
        known = self._plant is not None and one.resource in self._plant.resources
        if one.resource == "heat" and not known:
            keys: Keys = {"id": "heat", "kind": "energy", "unit": "kWh"}
            self._new["resource"].setdefault(
                "heat", ProposedRow("resource", keys, {"id": "check: not built in"})
            )


class _Counted:
    """In which unit each resource is counted: a plant counts one resource in one unit."""

    def __init__(self, plant: Plant | None) -> None:
        self._unit: dict[str, tuple[str, str]] = {}
        for meter in plant.meters.values() if plant else ():
            unit = plant.resources[meter.resource].unit if plant else ""
            basis = meter.unit.basis if amount_unit(meter.unit) == "m3" else ""
            self._unit.setdefault(meter.resource, (unit, basis))

    def trouble(self, one: Measured) -> str:
        """Return why a meter's unit cannot stand beside the others of its resource, "" if it can."""
        unit = one.candidate.unit
        if unit is None or not one.resource:
            return ""
        counted = amount_unit(unit), unit.basis
        first = self._unit.setdefault(one.resource, counted)
        if first == counted:
            return ""
        return f"{one.resource} is counted in {_cubic(first)} already, this is {_cubic(counted)}"


def _cubic(counted: tuple[str, str]) -> str:
    return " ".join(part for part in (counted[1], counted[0]) if part)


def _payload(what: Candidate, broker: str) -> tuple[Keys, dict[str, str]]:
    """Return the keys that say how a message becomes a value, and why."""
    keys: Keys = {"broker": broker} if broker else {}
    keys["format"], why = what.format, {}
    if what.format != "number":
        keys["value"] = what.path
    if what.time:
        keys |= {"time": what.time, "time_unit": what.time_unit}
        why["time"] = _checked(what.time_why, what.time_sure)
    else:
        why["time"] = "none found: stamped with the arrival"
    if what.seq:
        keys["seq"], why["seq"] = what.seq, "rises by one with each message"
    if what.partial:
        keys["partial"], why["partial"] = True, "some messages are without it"
    return keys, why


def _no_cadence(what: Candidate) -> str:
    if what.retained_only:
        return "not known: only retained messages were heard"
    return f"not known from {what.messages} message{'s' * (what.messages != 1)}"


def _checked(why: str, sure: bool) -> str:
    return why if sure else f"check: {why}"


def _quantity(one: Measured) -> str:
    return next((word for word in reversed(one.candidate.words) if len(word) > 1), "value")
