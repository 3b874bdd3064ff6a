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

from ingest.rows import Extract, Row, Step, Unreadable, dig, parse_path

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
    shape, names = _shape(heads, ())
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
    """Return the key prefixes to decode: up to the first list index, and none inside another."""
    keys = []
    for path in paths:
        end = next((n for n, step in enumerate(path) if isinstance(step, int)), len(path))
        keys.append(tuple(str(step) for step in path[:end]))
    inside = {key for key in keys if any(key[:n] in keys for n in range(1, len(key)))}
    return list(dict.fromkeys(key for key in keys if key not in inside))


def _shape(
    heads: Sequence[tuple[str, ...]], above: tuple[str, ...]
) -> tuple[Any, dict[tuple[str, ...], str]]:
    """Return the Struct type that holds these heads, and the attribute path of each."""
    fields: list[tuple[str, Any, Any]] = []
    keys: dict[str, str] = {}
    names: dict[tuple[str, ...], str] = {}
    for index, key in enumerate(dict.fromkeys(head[len(above)] for head in heads)):
        here, name = (*above, key), f"f{index}"
        keys[name] = key
        below = [head for head in heads if head[: len(here)] == here]
        if below == [here]:
            fields.append((name, Any, UNSET))
            names[here] = name
        else:
            inner, inner_names = _shape(below, here)
            fields.append((name, inner | msgspec.UnsetType, UNSET))
            names |= {head: f"{name}.{path}" for head, path in inner_names.items()}
    return msgspec.defstruct("Payload", fields, rename=keys, gc=False), names
