"""What stands in a payload: its format, and every value in it with the path that leads there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ingest.discovery.vocabulary import NAME_KEYS
from ingest.payload import csv_fields, number_of
from ingest.rows import Item, Unreadable

Steps: TypeAlias = tuple[str | int | Item, ...]

_MOST, _DEEPEST, _COLUMNS = 300, 16, 64
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_PATH = 256  # a plant file takes no longer one


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload, read by its looks. `format` is "" for what is no measurement; `leaves` is cut off then."""

    format: str  # json, number, csv, text or ""
    leaves: dict[Steps, object]
    cut: bool = False  # it holds more values, or deeper ones, than are looked at


def read_payload(payload: bytes) -> Payload:
    """Return what a payload seems to be.

    >>> read_payload(b"12.5"), read_payload(b'{"a": [1, {"b": "x"}]}').leaves
    (Payload(format='number', leaves={(): 12.5}, cut=False), {('a', 0): 1, ('a', 1, 'b'): 'x'})
    >>> read_payload(b"t;kwh\\n1;2.5").leaves
    {('t',): 1, ('kwh',): 2.5}
    """
    try:
        text = payload.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return Payload("", {})
    if not text or "\0" in text:
        return Payload("", {})
    number = number_of(text.strip('"'))
    if not isinstance(number, str):
        return Payload("number", {(): number})
    if text[0] in "[{":
        try:
            return _json(json.loads(text))
        except (ValueError, RecursionError):
            return Payload("", {})
    return _csv(payload, text) or Payload("text", {(): text})


def _json(document: object) -> Payload:
    """Walk without recursion, in the order of the document."""
    found: dict[Steps, object] = {}
    waiting: list[tuple[Steps, object]] = [((), document)]
    cut = False
    while waiting:
        steps, value = waiting.pop()
        if not isinstance(value, (dict, list)):
            found[steps] = value
            cut = cut or len(found) >= _MOST
            if cut and len(found) >= _MOST:
                break
        elif len(steps) >= _DEEPEST:
            cut = True
        else:
            inner: list[tuple[str | int | Item, object]] = (
                list(value.items()) if isinstance(value, dict) else _items(value)
            )
            cut = cut or len(inner) > _MOST
            waiting += [((*steps, step), one) for step, one in reversed(inner[:_MOST])]
    return Payload("json", found, cut)


def _items(values: list[object]) -> list[tuple[str | int | Item, object]]:
    """Return a list's items by their names, which hold wherever an item stands; by position without names."""
    for key in NAME_KEYS:
        names = [value.get(key) if isinstance(value, dict) else None for value in values]
        if len({*map(str, names)}) == len(names) and all(map(_is_name, names)):
            return [(Item(key, str(name)), value) for name, value in zip(names, values, strict=True)]
    return list(enumerate(values))


def _is_name(name: object) -> bool:
    if not isinstance(name, str) or not 0 < len(name) <= 64:
        return False
    return name.isprintable() and not set('"[]=\\') & set(name)


def _csv(payload: bytes, text: str) -> Payload | None:
    """Return the last line's columns, None for what is no CSV with a number in it."""
    first = text.splitlines()[0]
    separator = next((mark for mark in ";\t" if mark in first), ",")
    width = first.count(separator) + 1
    if not 2 <= width <= _COLUMNS:
        return None
    try:
        rows = csv_fields([str(column) for column in range(width)])(payload)
    except Unreadable:
        return None
    named = len(rows) > 1 and all(isinstance(cell, str) and cell.strip() for cell in rows[0])
    names = [str(cell).strip() for cell in rows[0]] if named else [str(column) for column in range(width)]
    leaves: dict[Steps, object] = {(name,): cell for name, cell in zip(names, rows[-1], strict=False)}
    numeric = any(is_number(cell) for cell in leaves.values())
    return Payload("csv", leaves) if numeric and len(leaves) == width else None


def is_number(value: object) -> bool:
    """Return whether a value is a finite number of a size a meter may send; a boolean is none."""
    return (type(value) is int or type(value) is float) and -1e15 <= value <= 1e15


def path_of(form: str, steps: Steps) -> str | None:
    """Return a place as a plant file writes it, None where its names cannot be written.

    >>> path_of("json", ("params", "em:0", "total", 2)), path_of("number", ()), path_of("json", ('a"b',))
    ('params."em:0".total[2]', 'value', None)
    """
    if form == "number":
        return "value"
    if form == "csv":
        name = str(steps[0])
        return name if name.isprintable() and len(name) <= _LONGEST_PATH else None
    path = "".join(_step(steps))
    fits = path and len(path) <= _LONGEST_PATH and path.isprintable()
    keys = [step for step in steps if isinstance(step, str)]
    return path if fits and not any(key == "" or {'"', "\\"} & set(key) for key in keys) else None


def _step(steps: Steps) -> Iterator[str]:
    for index, step in enumerate(steps):
        if isinstance(step, int):
            yield f"[{step}]"
        elif isinstance(step, Item):
            text = step.value if _PLAIN.fullmatch(step.value) else f'"{step.value}"'
            yield f"[{step.key}={text}]"
        else:
            yield ("." if index else "") + (step if _PLAIN.fullmatch(step) else f'"{step}"')
