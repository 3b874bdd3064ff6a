"""Tables of the plant file that name a device profile, completed with what the profile knows.

It is done on the tables as they are written, before they are read: all that follows, and ingest, sees
formats, paths and units, and a profile can say nothing that a person could not write. What is written
goes before what the profile says.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from config.plant_units import usual_kind
from config.problems import Fault, Loc
from config.profiles import PROFILES, Profile, Value
from config.suggest import one_of, unknown
from config.topics import placeholders
from domain.units import UNITS

_RULE_KEYS = ("time", "time_unit", "when", "partial")

Table = dict[str, Any]


def with_profiles(tables: Mapping[str, Any]) -> tuple[Table, list[Fault]]:
    """Return the tables in which no `format` is a profile's name any more, and the faults found."""
    complete, faults = dict(tables), list[Fault]()
    for table in ("meter", "variable", "source"):
        rows = tables.get(table)
        if not isinstance(rows, list):
            continue
        complete[table] = list(rows)
        for position, row in enumerate(rows):
            profile = _profile_of(row)
            if profile is None:
                continue
            fill = _source if table == "source" else _single
            complete[table][position], found = fill(row, profile, (table, position))
            faults += found
    return complete, faults


def _profile_of(row: object) -> Profile | None:
    name = row.get("format") if isinstance(row, dict) else None
    return PROFILES.get(name) if isinstance(name, str) else None


def _rule(profile: Profile) -> Table:
    """Return the keys that every table which reads messages takes from a profile."""
    found = {key: getattr(profile, key) for key in _RULE_KEYS if getattr(profile, key)}
    if not profile.time:
        found.pop("time_unit")
    return found


def _place(profile: Profile, name: str) -> str:
    """Return the path of a value whose name the plant has from the device: a profile cannot list it."""
    return profile.place.replace("{value}", name)


def _source(row: Table, profile: Profile, loc: Loc) -> tuple[Table, list[Fault]]:
    """Return a [[source]] with what it takes from its profile."""
    known = _rule(profile) | ({"topic": profile.topic} if profile.topic else {})
    values = _values(row.get("values", {}), profile)
    levels = placeholders(str(row.get("topic", profile.topic)))
    said = [*levels, "value"] if values and isinstance(values, dict) else levels
    if {*placeholders(profile.meter)} <= {*said}:
        known["meter"] = profile.meter  # it goes with the profile's topic
    complete = {**known, **row, "format": profile.format} | ({"values": values} if values else {})
    by_path = profile.format == "json"
    if by_path and profile.place and isinstance(row.get("value"), str):
        complete["value"] = _place(profile, row["value"])
    if profile.place and not values and not (by_path and "value" in row):
        message = 'is missing: write which there are, such as [source.values] energy = { unit = "kWh" }'
        return complete, [Fault((*loc, "values"), message)]
    return complete, []


def _values(written: object, profile: Profile) -> object:
    """Return [source.values], all that there are where none is written; what is no table stays as it is."""
    if not isinstance(written, dict):
        return written
    written = written or {name: {} for name in profile.values}
    return {name: _value(name, row, profile) for name, row in written.items()}


def _value(name: str, written: object, profile: Profile) -> object:
    """Return a row of [source.values]: a name that the profile lists need not say more."""
    if not isinstance(written, dict):
        return written
    if name in profile.values:
        return profile.values[name].table() | written
    if profile.place and profile.format == "json":
        return {"path": _place(profile, name)} | written
    return written


def _single(row: Table, profile: Profile, loc: Loc) -> tuple[Table, list[Fault]]:
    """Return a [[meter]] or [[variable]] with what it takes from its profile."""
    complete = {**_rule(profile), **row, "format": profile.format}
    if not profile.values:
        asked = profile.place and profile.format == "json"
        if asked and "value" not in row:
            return complete, [Fault((*loc, "value"), "is missing: write the value's name")]
        if asked and isinstance(row["value"], str):
            complete["value"] = _place(profile, row["value"])
        return complete, []
    name, fault = _chosen(row, profile, loc)
    value = profile.values[name]
    kind = value.kind or str(usual_kind(UNITS[value.unit]))
    read = {"unit": value.unit, "scale": value.scale, "kind": kind}
    complete = {**read, **complete, "value": value.path or "value"}
    return complete, [fault] if fault else _misfits(row, profile, name, kind, loc)


def _chosen(row: Table, profile: Profile, loc: Loc) -> tuple[str, Fault | None]:
    """Return the name of the value that a table reads, and what is wrong with it.

    With a fault it is the nearest name, so that nothing else is complained about for it.
    """
    written, names = row.get("value"), list(profile.values)
    levels = str(row.get("topic", "")).split("/")
    if written is None:
        sent = [name for name, value in profile.values.items() if value.field and value.field in levels]
        if len(sent) == 1:
            return sent[0], None
        return names[0], Fault((*loc, "value"), f"is missing: {row['format']} sends {one_of(names)}")
    if isinstance(written, str) and written in profile.values:
        return written, None
    nearest = get_close_matches(str(written), names, n=1) or names
    return nearest[0], Fault((*loc, "value"), unknown("value", str(written), names))


def _misfits(row: Table, profile: Profile, name: str, kind: str, loc: Loc) -> list[Fault]:
    """Return where a table says otherwise than the device sends."""
    value, sends = profile.values[name], f"{row['format']} sends {name}"
    unit, topic = row.get("unit"), row.get("topic")
    found = []
    if isinstance(unit, str) and unit in UNITS and "scale" not in row and not _same(unit, value):
        found.append(Fault((*loc, "unit"), f"{sends} in {value.unit}: write that, or leave it out"))
    if row.get("kind") in ("counter", "gauge", "delta") and row["kind"] != kind:
        found.append(Fault((*loc, "kind"), f"{sends} as a {kind}: write that, or leave it out"))
    if value.field and isinstance(topic, str) and value.field not in topic.split("/"):
        found.append(Fault((*loc, "topic"), f"{sends} on a topic with the level {value.field}"))
    return found


def _same(unit: str, value: Value) -> bool:
    written, sent = UNITS[unit], UNITS[value.unit]
    return (written.dimension, written.factor, written.basis) == (sent.dimension, sent.factor, sent.basis)
