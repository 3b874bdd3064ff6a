"""What about a plant's topics, paths and formats cannot work: everything at once, before any connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.errors import Problem
from domain.plant import Meter, PayloadRule, Plant, Variable
from ingest.payload import FORMATS
from ingest.times import TIME_UNITS
from ingest.topics import check_filter, check_pattern

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
    for number, source in enumerate(plant.sources, 1):
        rows.append((f"source[{number}]", source.rule, check_pattern(source.rule.topic)))
    return [
        Problem(plant.name, table, key, repr(value), message)
        for table, rule, wrong_topic in rows
        for key, value, message in [*_topic_trouble(rule, wrong_topic), *_payload_trouble(rule)]
    ]


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
    yield from _path_trouble(rule.format, "value", rule.value)
    if rule.time:
        yield from _path_trouble(rule.format, "time", rule.time)


def _path_trouble(form: str, key: str, path: str) -> Iterator[Trouble]:
    try:
        FORMATS[form]([path])
    except ValueError as error:
        yield key, path, str(error)
