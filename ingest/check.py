"""What about a plant's topics, paths and formats cannot work: everything at once, before any connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.errors import Problem
from domain.meter import Meter, PayloadRule, Source, Variable
from domain.plant import Plant
from ingest.conditions import rows_of
from ingest.payload import FORMATS
from ingest.sparkplug.topics import FORMAT, check_topic
from ingest.times import TIME_UNITS
from ingest.topics import check_filter, check_pattern, placeholders, subscription

Trouble = tuple[str, str, str]  # key, value as written, what is wrong


def check_routes(plant: Plant) -> list[Problem]:
    """Return every problem of the plant's topics and payload rules."""
    rows: list[tuple[str, PayloadRule, str]] = []
    kinds: dict[str, Iterable[Meter | Variable]] = {
        "meter": plant.meters.values(),
        "variable": plant.variables.values(),
    }
    for kind, things in kinds.items():
        named = [thing for thing in things if thing.rule.topic]  # others: by import or through a [[source]]
        rows += [(f"{kind} ({thing.id})", thing.rule, check_filter(thing.rule.topic)) for thing in named]
    found = [
        Problem(plant.name, table, key, repr(value), message)
        for table, rule, wrong_topic in rows
        for key, value, message in [*_topic_trouble(rule, wrong_topic), *_payload_trouble(rule)]
    ]
    for number, source in enumerate(plant.sources, 1):
        troubles = [
            *_topic_trouble(source.rule, check_pattern(source.rule.topic)),
            *_payload_trouble(source.rule),
            *_source_trouble(source),
        ]
        found += [
            Problem(plant.name, f"source[{number}]", key, repr(value), message)
            for key, value, message in dict.fromkeys(troubles)
        ]
    return found


def _source_trouble(source: Source) -> Iterator[Trouble]:
    """Yield what is wrong with how a source names its meters, and with its several values."""
    names = placeholders(source.rule.topic)
    known = {*names, *(["value"] if source.values else []), *(["meter"] if source.meter_path else [])}
    if not source.meter and "meter" not in known:
        yield "topic", source.rule.topic, "{meter} is missing: it names the meter"
    for name in placeholders(source.meter):
        if name not in known:
            yield "meter", source.meter, f"{{{name}}} is no level of the topic"
    if source.meter_path:
        yield from _path_trouble(source.rule, "meter_path", source.meter_path)
    for value in source.values:
        yield from _path_trouble(source.rule, f"values.{value.name}.path", value.path)


def _topic_trouble(rule: PayloadRule, message: str) -> Iterator[Trouble]:
    if message:
        yield "topic", rule.topic, message


def _payload_trouble(rule: PayloadRule) -> Iterator[Trouble]:
    if rule.format not in FORMATS:
        yield "format", rule.format, f"allowed: {', '.join(FORMATS)}"
        return
    if rule.time and rule.time_unit not in TIME_UNITS:
        yield "time_unit", rule.time_unit, f"allowed: {', '.join(TIME_UNITS)}"
    if rule.time and rule.format == "number":
        yield "time", rule.time, "a bare number carries no time: leave it out"
    if rule.format == FORMAT:
        yield from _sparkplug_trouble(rule)
        return
    if rule.records and rule.format != "json":
        yield "records", rule.records, f"only json has records in a list; this is {rule.format}"
        return
    if rule.when and rule.format == "number":
        yield "when", rule.when[0][0], "a bare number holds nothing to compare: leave it out"
    paths = [("value", rule.value), ("time", rule.time), ("seq", rule.seq)]
    for key, path in [*paths, *(("when", path) for path, _ in rule.when)]:
        if path or key == "value":
            yield from _path_trouble(rule, key, path)


def _sparkplug_trouble(rule: PayloadRule) -> Iterator[Trouble]:
    """Yield what does not fit an edge node, whose messages carry names, times and numbers by themselves."""
    wrong = check_topic(subscription(rule.topic)) if rule.topic else ""
    if wrong:
        yield "topic", rule.topic, wrong
    if not rule.value:
        yield "value", rule.value, "the name of a metric is needed"
    for key, value in (("time", rule.time), ("seq", rule.seq), ("records", rule.records)):
        if value:
            yield key, value, f"an edge node's messages carry it where it belongs: leave out {key}"
    if rule.when:
        yield "when", rule.when[0][0], "an edge node's messages hold nothing to compare: leave it out"


def _path_trouble(rule: PayloadRule, key: str, path: str) -> Iterator[Trouble]:
    try:
        rows_of([PayloadRule("", rule.format, path, records=rule.records)])
    except ValueError as error:
        yield key, path, str(error)
