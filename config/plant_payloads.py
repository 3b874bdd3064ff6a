"""Checks of payload rules: paths that can be read, keys that fit the format, one reader for every value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.meter_schema import PayloadRow, SourceRow, VariableRow
from config.plant_schema import PlantFile
from config.plant_sources import value_field, value_path
from config.problems import Fault, Loc
from config.topics import pattern_filter

_NAME = r'(?:"[^"]+"|[^."\[\]]+)'
_BRACKET = r'\[(?:[0-9]{1,6}|\+|[^="\[\]]+=(?:"[^"]+"|[^"\[\]]+))\]'
_JSON_PATH = re.compile(rf"(?:{_NAME}|{_BRACKET})(?:\.{_NAME}|{_BRACKET})*")
_RECORDS = "[*]"

Placed = tuple[Loc, PayloadRow]


def check_payloads(file: PlantFile) -> Iterator[Fault]:
    """Yield the faults of how messages are read."""
    yield from _one_reader_per_value(file)
    for loc, row in _rows(file):
        yield from _format_keys(row, loc)
        for place, path in _paths(row):
            trouble = _path_trouble(row, path)
            if trouble:
                yield Fault((*loc, *place), trouble)


def _rows(file: PlantFile) -> Iterator[Placed]:
    """Yield every table that reads messages, with its place."""
    for table, rows in (("meter", file.meter), ("variable", file.variable), ("source", file.source)):
        for position, row in enumerate(rows):
            yield (table, position), row


def _one_reader_per_value(file: PlantFile) -> Iterator[Fault]:
    seen: dict[tuple[object, ...], str] = {}
    for loc, row in _rows(file):
        named = f" ({row.id})" if isinstance(row, VariableRow) and row.id else ""
        place = f"{loc[0]}[{int(loc[1]) + 1}]{named}"
        for key, path, read in _reads(row):
            if read in seen:
                where = f"and the value {path!r} " if path else ""
                message = f"this topic {where}is already read by {seen[read]}: a message counts once"
                yield Fault((*loc, *key), message)
            seen.setdefault(read, place)


def _reads(row: PayloadRow) -> Iterator[tuple[Loc, str, tuple[object, ...]]]:
    """Yield the values a table reads: the key to complain about, the path, and what makes it the same."""
    topic = pattern_filter(row.topic or "") if isinstance(row, SourceRow | VariableRow) else ""
    if not topic:
        return
    same = row.broker, topic, tuple(row.when.items()), row.records
    if isinstance(row, SourceRow) and row.values:
        for name, value in row.values.items():
            path = "" if row.format == "number" else value_path(name, value, row)
            yield ("values", name), path, (*same, path, value_field(name, value, row))
    else:
        path = "" if row.format == "number" else row.value
        yield ("topic",), path, (*same, path, "")


def _format_keys(row: PayloadRow, loc: Loc) -> Iterator[Fault]:
    if row.format == "number" and row.time:
        yield Fault((*loc, "time"), "a bare number carries no time: leave it out, or choose another format")
    if row.format == "csv" and not row.value:
        yield Fault((*loc, "value"), "a CSV column is needed: a number from 0 on, or a name in a header line")
    if row.format == "number" and row.when:
        yield Fault((*loc, "when"), "a bare number holds nothing to compare: no message would ever fit")
    if row.records and row.format != "json":
        yield Fault((*loc, "records"), f"records are items of a list in JSON; this is {row.format}")
    elif row.records and not row.records.endswith(_RECORDS):
        yield Fault((*loc, "records"), f'the path of a list ends in {_RECORDS}: "data{_RECORDS}"')
    several = isinstance(row, SourceRow) and row.values
    for path, wanted in row.when.items():
        if path == row.value and not several and not isinstance(wanted, int | float):
            yield Fault((*loc, "when", path), "is where the value stands, which is a number: never both")
        if path == row.time:
            yield Fault((*loc, "when", path), "is where the time stands: no two messages would fit")


def _paths(row: PayloadRow) -> Iterator[tuple[Loc, str]]:
    yield from ((("value",), row.value), (("time",), row.time), (("seq",), row.seq))
    yield from ((("when", path), path) for path in row.when)
    yield ("records",), row.records.removesuffix(_RECORDS)
    if isinstance(row, SourceRow):
        yield ("meter_path",), row.meter_path
        yield from ((("values", name, "path"), value.path or "") for name, value in row.values.items())


def _path_trouble(row: PayloadRow, path: str) -> str:
    inside = path.removeprefix("$.") if row.records else path
    if row.format == "json" and path and not _JSON_PATH.fullmatch(inside):
        return 'not a path inside JSON: write it as in a.b[0]."odd key".c, d[name=kWh].v or phases[+]'
    return ""
