"""Which rows of a message a group of payload rules gets: those that it is meant for."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from domain.meter import PayloadRule
from ingest.json_fields import record_fields
from ingest.payload import FORMATS
from ingest.rows import Extract, Row


def rows_of(rules: Sequence[PayloadRule], meter_path: str = "") -> Extract:
    """Return the reader of rules that differ in their value only.

    A row holds the values in the rules' order, the meter's name where `meter_path` is given, what the
    conditions ask for, the running number and the time if there are any. A message that is not meant for
    the rules gives no row.

    >>> from domain.meter import PayloadRule
    >>> rows_of([PayloadRule("t", when=(("type", "energy"),))])(b'{"type": "alarm", "value": 1}')
    []
    """
    first = rules[0]
    paths = [rule.value for rule in rules] + ([meter_path] if meter_path else [])
    asked = len(paths)
    paths += [path for path, _ in first.when] + [path for path in (first.seq, first.time) if path]
    read = record_fields(first.records, paths) if first.records else FORMATS[first.format](paths)
    if first.when:
        read = _where(read, asked, [wanted for _, wanted in first.when])
    return _with_any(read, len(rules)) if all(rule.partial for rule in rules) else read


def _where(read: Extract, start: int, wanted: Sequence[object]) -> Extract:
    """Return a reader of the rows that hold what is wanted from a column on."""

    def extract(payload: bytes) -> list[Row]:
        return [row for row in read(payload) if all(map(_same, row[start:], wanted))]

    return extract


def _same(found: object, wanted: object) -> bool:
    """Return whether they are equal; true is not 1 here."""
    return found == wanted and isinstance(found, bool) is isinstance(wanted, bool)


def _with_any(read: Extract, values: int) -> Extract:
    """Return a reader of the rows in which some value stands."""

    def extract(payload: bytes) -> list[Row]:
        return [row for row in read(payload) if any(not is_absent(raw) for raw in row[:values])]

    return extract


def is_absent(raw: object) -> bool:
    """Return whether a device that sends only what it knows has left a value out."""
    return raw is UNSET or raw is None
