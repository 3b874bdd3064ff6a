"""The inverse of a payload rule: (number, time) -> the bytes and the topic of a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from domain.meter import Meter, PayloadRule, Scalar, Source, Variable
from domain.plant import Plant
from ingest.json_fields import RECORDS
from ingest.rows import Item, Step, Total, parse_path
from ingest.simulator.paging import US

#: (the payload's numbers, NaN where there is none; microseconds since 1970) -> payload
Encode: TypeAlias = Callable[[Sequence[float], int], bytes]

_PLACEHOLDER = re.compile(r"\{(\w+)(?:\.\.\.)?\}")
_TIME_MARK = "\x01time"


def encoder_of(rules: Sequence[PayloadRule], whole: Sequence[bool]) -> Encode:
    """Return what writes readings into one message the way these payload rules read it.

    Args:
        rules: one per number; format, time and time unit are the same in all.
        whole: which numbers are written without a decimal point.

    Raises:
        ValueError: the simulator does not write this format.
    """
    match rules[0].format:
        case "number":
            return lambda raws, _: _number(raws[0], whole[0])
        case "csv":
            return _csv_encoder(rules, whole)
        case "json":
            return _json_encoder(rules, whole)
    raise ValueError(f"the simulator does not write {rules[0].format!r}")


def topic_of(item: Meter | Variable, plant: Plant) -> tuple[str, PayloadRule]:
    """Return the topic a meter or variable publishes to, and the rule its payload follows.

    A filter's wildcards become the item's process and name. Without a topic of its own it speaks on the
    first [[source]]; the topic is "" when there is none: such readings come by import.
    """
    process, _, name = item.id.rpartition(".")
    owner = process or (item.process if isinstance(item, Meter) else "")
    if item.rule.topic:
        return _named(item.rule.topic, owner or "plant", name), item.rule
    for source in plant.sources:
        if process or "{process}" not in source.rule.topic:
            return _named(_filled(source, process, name), owner, name), source.rule
    return "", item.rule


def _filled(source: Source, process: str, name: str) -> str:
    pattern = source.rule.topic
    places = {
        "process": process,
        "meter": name if "{process" in pattern or not process else f"{process}.{name}",
    }
    return _PLACEHOLDER.sub(lambda found: places.get(found[1], found[1]), pattern)


def _named(topic: str, process: str, name: str) -> str:
    levels = topic.split("/")
    filled = [{"+": process, "#": name}.get(level, level) for level in levels]
    return "/".join(filled)


def _number(raw: float, whole: bool, nothing: bytes = b"null") -> bytes:
    if raw != raw:  # noqa: PLR0124 - NaN: the quickest test
        return nothing
    return b"%d" % raw if whole else msgspec.json.encode(raw)


def _time(time_us: int, unit: str) -> bytes:
    match unit:
        case "s":
            return b"%d" % (time_us // US)
        case "ms":
            return b"%d" % (time_us // 1000)
        case "us":
            return b"%d" % time_us
        case "ns":
            return b"%d" % (time_us * 1000)
    at = datetime.fromtimestamp(time_us // US, tz=UTC).replace(microsecond=time_us % US)
    return at.isoformat().replace("+00:00", "Z").encode()


def _json_encoder(rules: Sequence[PayloadRule], whole: Sequence[bool]) -> Encode:
    """Return a writer that fills the holes of a document made once."""
    leaves = [(rule.value, f"\x01{index}") for index, rule in enumerate(rules)]
    first = rules[0]
    document: Any = None
    for path, mark in [*first.when, *leaves, *([(first.time, _TIME_MARK)] if first.time else [])]:
        document = _planted(document, _place(path, first.records), mark)
    parts = re.split(rb'"\\u0001(\w+)"', msgspec.json.encode(document))  # text, name, text, name ... text
    names = [name.decode() for name in parts[1::2]]
    quote = b'"' if first.time_unit == "iso" else b""

    def encode(raws: Sequence[float], time_us: int) -> bytes:
        out = list(parts)
        for place, name in enumerate(names):
            is_time = name == "time"
            time = quote + _time(time_us, first.time_unit) + quote if is_time else b""
            out[2 * place + 1] = time if is_time else _number(raws[int(name)], whole[int(name)])
        return b"".join(out)

    return encode


def _place(path: str, records: str) -> tuple[Step, ...]:
    """Return where a path leads in the whole document: into the first record where there are any."""
    if not records or path.startswith("$."):
        return parse_path(path.removeprefix("$."))
    return (*parse_path(records.removesuffix(RECORDS)), 0, *parse_path(path))


def _planted(document: Any, steps: Sequence[Step], leaf: Scalar) -> Any:
    """Return a document that has `leaf` at the end of a path; what is already there is kept."""
    if not steps:
        return leaf
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        members = dict(document) if isinstance(document, dict) else {}
        members[step] = _planted(members.get(step), rest, leaf)
        return members
    if isinstance(step, Total):  # one number is its own sum
        return _planted(document, rest, leaf)
    items = list(document) if isinstance(document, list) else []
    if isinstance(step, Item):
        there = next((at for at, one in enumerate(items) if one.get(step.key) == step.value), len(items))
        items[there : there + 1] = [
            _planted({step.key: step.value, **dict(*items[there : there + 1])}, rest, leaf)
        ]
        return items
    items += [None] * (step + 1 - len(items))
    items[step] = _planted(items[step], rest, leaf)
    return items


def _csv_encoder(rules: Sequence[PayloadRule], whole: Sequence[bool]) -> Encode:
    paths = [rule.value for rule in rules] + ([rules[0].time] if rules[0].time else [])
    numbered = [int(path) for path in paths if path.isdecimal()]
    header = [f"column_{i}" for i in range(max(numbered, default=-1) + 1)]
    header += [path for path in paths if not path.isdecimal()]
    places = [int(path) if path.isdecimal() else header.index(path) for path in paths]
    first = b"" if len(numbered) == len(paths) else ",".join(header).encode() + b"\n"

    def encode(raws: Sequence[float], time_us: int) -> bytes:
        cells = [b""] * len(header)
        for place, raw, is_whole in zip(places, raws, whole, strict=False):
            cells[place] = _number(raw, is_whole, b"")
        if rules[0].time:
            cells[places[-1]] = _time(time_us, rules[0].time_unit)
        return first + b",".join(cells)

    return encode
