"""Checks of [[source]]: its topic, the ids of its meters, its values, and the declared meters it feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from config.meter_schema import MeterRow, SourceRow, ValueRow, VariableRow
from config.plant_schema import PlantFile
from config.plant_units import usual_kind
from config.problems import Fault, Loc
from config.suggest import unknown
from config.topics import fill, placeholders

#: placeholders with a meaning; any other word may stand for a level, too
MEANT = ("process", "meter", "field")
_ID_LETTERS = re.compile(r"[A-Za-z0-9_.:-]*")


def value_path(name: str, value: ValueRow, source: SourceRow) -> str:
    """Return where a value stands: as it says, else where the source says if the topic has a {field}, else
    under its own name."""
    if value.path is not None:
        return value.path
    return source.value if "field" in placeholders(source.topic or "") else name


def value_field(name: str, value: ValueRow, source: SourceRow) -> str:
    """Return what the topic's {field} says for a value, "" where the topic has none."""
    return (value.field or name) if "field" in placeholders(source.topic or "") else ""


def meter_template(source: SourceRow) -> str:
    """Return the template of the ids of a source's meters.

    >>> meter_template(SourceRow(topic="plant/{process}/{meter}"))
    '{process}.{meter}'
    """
    names = placeholders(source.topic or "")
    parts = ["process"] if "process" in names else []
    parts += ["meter"] if "meter" in names or source.meter_path else []
    parts += ["value"] if source.values else []
    return source.meter or ".".join(f"{{{part}}}" for part in parts)


def check_sources(file: PlantFile) -> Iterator[Fault]:
    """Yield the faults of every source."""
    for position, source in enumerate(file.source):
        loc: Loc = ("source", position)
        if source.topic is not None:
            yield from _naming(source, loc)
            yield from _fields(source, loc)
            yield from _fed(source, position, file)


def _naming(source: SourceRow, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with the ids of a source's meters."""
    names = placeholders(source.topic or "")
    known = [*names, *(["value"] if source.values else [])]
    known += ["meter"] if source.meter_path and "meter" not in names else []
    for name in names:
        meant = get_close_matches(name, MEANT, n=1, cutoff=0.8)
        if meant and name not in MEANT:
            yield Fault((*loc, "topic"), f"{{{name}}} is almost {{{meant[0]}}}: write that, or another word")
            return
    if not source.meter:
        if "meter" not in known:
            yield Fault((*loc, "topic"), "{meter} is missing: it names the meter (or write meter = ...)")
        return
    used = placeholders(source.meter)
    for name in used:
        if name not in known:
            options = [f"{{{one}}}" for one in known]
            yield Fault((*loc, "meter"), unknown("placeholder", f"{{{name}}}", options))
    if not _ID_LETTERS.fullmatch(fill(source.meter, lambda _: "")):
        yield Fault((*loc, "meter"), 'an id has letters without accents, digits and "_", ".", ":", "-" only')
    if source.meter_path and "meter" not in used:
        yield Fault((*loc, "meter"), "{meter} is missing, which meter_path finds in the payload")
    if len(source.values) > 1 and not {"value", "field"} & set(used):
        yield Fault((*loc, "meter"), "{value} is missing: the values would all be one meter")


def _fields(source: SourceRow, loc: Loc) -> Iterator[Fault]:
    """Yield what is wrong with a source's {field} and the values that it picks."""
    has_field = "field" in placeholders(source.topic or "")
    if has_field and not source.values and "{field}" not in source.meter:
        yield Fault((*loc, "values"), "the topic's {field} picks a value: write which there are")
    for name, value in source.values.items():
        if value.field is not None and not has_field:
            yield Fault((*loc, "values", name, "field"), "the topic has no {field} level")
    if source.values and source.unit is not None:
        yield Fault((*loc, "unit"), "every value has a unit of its own: leave it out")
    for key in ("scale", "offset"):
        if source.values and key in source.model_fields_set:
            yield Fault((*loc, key), "every value has one of its own: write it there")


def _fed(source: SourceRow, position: int, file: PlantFile) -> Iterator[Fault]:
    """Yield the declared meters whose unit or kind is not that of the source's value they are fed by."""
    groups: tuple[tuple[str, list[VariableRow]], ...] = (
        ("meter", [*file.meter]),
        ("variable", file.variable),
    )
    for table, rows in groups:
        for place, row in enumerate(rows):
            name = fed_by(row, source)
            value = source.values.get(name) if name else None
            if value is None or value.unit is None or row.unit is None:
                continue
            told = f"source[{position + 1}] sends {name} as"
            if value.unit.dimension != row.unit.dimension:
                message = f"{told} {value.unit.name} ({value.unit.dimension}), not {row.unit.dimension}"
                yield Fault((table, place, "unit"), message)
            elif row.kind is not None and row.kind != (value.kind or usual_kind(value.unit)):
                kind = value.kind or usual_kind(value.unit)
                yield Fault((table, place, "kind"), f"{told} a {kind}; this is a {row.kind}")


def fed_by(row: VariableRow, source: SourceRow) -> str:
    """Return the name of the source's value that feeds a declared meter or variable, "" if none does."""
    if row.topic or not row.id or not source.topic:
        return ""
    templates = [meter_template(source)]
    if not source.meter and isinstance(row, MeterRow | VariableRow):
        templates.append(templates[0].removeprefix("{process}."))
    for name in source.values:
        for template in templates:
            if re.fullmatch(_id_pattern(template, name), row.id):
                return name
    return ""


def _id_pattern(template: str, value: str) -> str:
    """Return an expression of the ids that a template makes for one value."""
    parts = re.split(r"(\{\w+\})", template)
    return "".join(
        re.escape(value) if part == "{value}" else "[^/]+" if part.startswith("{") else re.escape(part)
        for part in parts
    )
