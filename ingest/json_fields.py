"""Reads chosen fields of a JSON payload, and nothing else of it.

The fast way decodes into a msgspec Struct made for the asked paths: it skips all other keys without
building them, which is quick and leaves a payload bomb nothing to blow up. Whatever it cannot read goes
the slow way, which finds the reason, and still reads a document that has NaN in some other field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from ingest.rows import MAX_ROWS, Extract, Row, Step, Unreadable, dig, parse_path

RECORDS = "[*]"

_NOT_THIS_SHAPE = (msgspec.MsgspecError, AttributeError, RecursionError, ValueError)


def json_fields(paths: Sequence[str]) -> Extract:
    """Return a reader of these paths; raise ValueError if one is not a path.

    >>> json_fields(["v", "m.t"])(b'{"v": 1.5, "m": {"t": 7}}')
    [(1.5, 7)]
    """
    steps = [parse_path(path) for path in paths]
    quick = _quick_reader(steps) if all(path and isinstance(path[0], str) for path in steps) else None

    def extract(payload: bytes) -> list[Row]:
        if quick is not None:
            try:
                return [quick(payload)]
            except _NOT_THIS_SHAPE:
                pass
        document = _document(payload)
        return [tuple([dig(document, path) for path in steps])]

    return extract


def typed_struct(paths: Sequence[Sequence[Step]], kinds: Sequence[type]) -> tuple[Any, tuple[str, ...]]:
    """Return a msgspec Struct type with values of these types at these paths, and the attribute of each.

    Every one of them must be there, and nothing else of a document is looked at.

    Raises:
        ValueError: a path is empty, leads through a list, or to the inside of another's value.
    """
    if any(not path or not all(isinstance(step, str) for step in path) for path in paths):
        raise ValueError("only paths of keys")
    heads = _heads(paths)
    if heads != [tuple(path) for path in paths]:
        raise ValueError("two paths lead into one another")
    shape, names = _shape(heads, (), dict(zip(heads, kinds, strict=True)))
    return shape, tuple(names[head] for head in heads)


def record_fields(records: str, paths: Sequence[str]) -> Extract:
    """Return a reader of the records in a list, one row for each; raise ValueError if a path is none.

    Args:
        records: path of the list, and [*].
        paths: inside a record; those that begin with "$." start at the whole payload.

    >>> record_fields("d[*]", ["v", "$.ts"])(b'{"ts": 7, "d": [{"v": 1}, {"v": 2}]}')
    [(1, 7), (2, 7)]
    """
    if not records.endswith(RECORDS):
        raise ValueError(f'a path of a list that ends in {RECORDS}, such as "data{RECORDS}" or "{RECORDS}"')
    to_list = parse_path(records.removesuffix(RECORDS))
    ways = [(path.startswith("$."), parse_path(path.removeprefix("$."))) for path in paths]

    def extract(payload: bytes) -> list[Row]:
        document = _document(payload)
        found = dig(document, to_list)
        if not isinstance(found, list):
            raise Unreadable(f"no list at {records}")
        if len(found) > MAX_ROWS:
            raise Unreadable(f"more than {MAX_ROWS} records")
        return [tuple([dig(document if whole else one, steps) for whole, steps in ways]) for one in found]

    return extract


def _document(payload: bytes) -> object:
    try:
        return json.loads(payload.decode("utf-8-sig"))
    except RecursionError:
        raise Unreadable("nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None


def _quick_reader(paths: Sequence[Sequence[Step]]) -> Callable[[bytes], Row]:
    """Return a decoder of one row; it raises one of _NOT_THIS_SHAPE for what it does not understand."""
    heads = _heads(paths)
    shape, names = _shape(heads, (), {})
    decode = msgspec.json.Decoder(shape).decode
    fields = attrgetter(*(names[head] for head in heads))
    if len(paths) > 1 and list(heads) == [tuple(path) for path in paths]:
        return lambda payload: fields(decode(payload))
    several = len(heads) > 1
    place: dict[tuple[Step, ...], int] = {head: index for index, head in enumerate(heads)}
    ways = [_way(path, place) for path in paths]

    def read(payload: bytes) -> Row:
        found = fields(decode(payload))
        return tuple([dig(found[index] if several else found, rest) for index, rest in ways])

    return read


def _way(path: Sequence[Step], place: Mapping[tuple[Step, ...], int]) -> tuple[int, tuple[Step, ...]]:
    """Return which head a path begins with, and the steps that are left behind it."""
    size = next(n for n in range(1, len(path) + 1) if tuple(path[:n]) in place)
    return place[tuple(path[:size])], tuple(path[size:])


def _heads(paths: Sequence[Sequence[Step]]) -> list[tuple[str, ...]]:
    """Return the key prefixes to decode: up to the first list, and none inside another."""
    keys = []
    for path in paths:
        end = next((n for n, step in enumerate(path) if not isinstance(step, str)), len(path))
        keys.append(tuple(str(step) for step in path[:end]))
    inside = {key for key in keys if any(key[:n] in keys for n in range(1, len(key)))}
    return list(dict.fromkeys(key for key in keys if key not in inside))


def _shape(
    heads: Sequence[tuple[str, ...]], above: tuple[str, ...], kinds: Mapping[tuple[str, ...], type]
) -> tuple[Any, dict[tuple[str, ...], str]]:
    """Return the Struct type that holds these heads, and the attribute path of each.

    With `kinds` every head has its type and must be there; without, it may be anything, or absent.
    """
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    keys: dict[str, str] = {}
    names: dict[tuple[str, ...], str] = {}
    for index, key in enumerate(dict.fromkeys(head[len(above)] for head in heads)):
        here, name = (*above, key), f"f{index}"
        keys[name] = key
        below = [head for head in heads if head[: len(here)] == here]
        if below == [here]:
            fields.append((name, kinds[here]) if kinds else (name, Any, UNSET))
            names[here] = name
        else:
            inner, inner_names = _shape(below, here, kinds)
            fields.append((name, inner) if kinds else (name, inner | msgspec.UnsetType, UNSET))
            names |= {head: f"{name}.{path}" for head, path in inner_names.items()}
    return msgspec.defstruct("Payload", fields, rename=keys, gc=False), names
