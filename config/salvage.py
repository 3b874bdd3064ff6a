"""Read a file's tables into a model as far as they can be read, and list every fault on the way.

What is broken is reported and left out, and the rest is read without it: so the checks that follow see
all that is good, and a person gets the whole list of mistakes at once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from config.problems import Fault, Loc, words

M = TypeVar("M", bound=BaseModel)
#: errors that go away with another one: a default that depends on a broken key
_ECHOES = {"default_factory_not_called"}


class Row(BaseModel):
    """A table of a file. Every key may be absent here; `required` names those that may not be in the end."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    required: ClassVar[dict[str, str]] = {}  # key -> what to write


def salvage(model: type[M], tables: dict[str, Any]) -> tuple[M, list[Fault]]:
    """Return the model read from the good part of `tables`, and the faults of the rest.

    A broken value is as if absent in the model; a required key that is absent is a fault, and None in
    the model. A list with a broken item is left out as a whole, so that positions keep their meaning.
    """
    good, faults = copy.deepcopy(tables), []
    while True:
        try:
            read = model.model_validate(good)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            broken = [
                (_existing(good, found["loc"]), found) for found in errors if found["type"] not in _ECHOES
            ]
            if not broken:
                raise  # nothing that could be left out: a mistake in the model, not in the file
            faults += [Fault(loc, words(found, _keys_at(model, loc[:-1]))) for loc, found in broken]
            for loc, _ in broken:
                _leave_out(good, loc)
        else:
            return read, faults + list(_missing(read, tables, ()))


def field_at(model: type[BaseModel], loc: Loc) -> Any:
    """Return the annotation of the key at a place, or None where the model knows no such key."""
    annotation: Any = model
    for part in loc:
        if isinstance(part, int):
            annotation = next(iter(get_args(annotation)), None)
            continue
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
            continue
        fields = annotation.model_fields if _is_model(annotation) else {}
        annotation = {field.alias or name: field.annotation for name, field in fields.items()}.get(part)
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _keys_at(model: type[BaseModel], loc: Loc) -> list[str]:
    table = field_at(model, loc)
    return [field.alias or name for name, field in table.model_fields.items()] if _is_model(table) else []


def _existing(tables: dict[str, Any], loc: Loc) -> Loc:
    """Return the part of a place that exists: pydantic adds steps of its own for unions and functions."""
    node: Any = tables
    for depth, part in enumerate(loc):
        inside = isinstance(node, dict) and part in node
        if not inside and not (isinstance(node, list) and isinstance(part, int) and part < len(node)):
            return loc[:depth]
        node = node[part]
    return loc


def _leave_out(tables: dict[str, Any], loc: Loc) -> None:
    """Remove the value at `loc`, or the whole list that it is an item of; nothing if it is gone already."""
    node: Any = tables
    steps: list[tuple[dict[str, Any], str]] = []
    for part in loc:
        if isinstance(node, dict) and part not in node:
            return
        if isinstance(part, str):
            steps.append((node, part))
        node = node[part]
    owner, key = steps[-1]
    del owner[key]


def _missing(row: BaseModel, table: Any, loc: Loc) -> Iterator[Fault]:
    """Yield a fault for every required key that was not written, in this table and those within it."""
    if not isinstance(table, dict):
        return
    required = row.required if isinstance(row, Row) else {}
    for key, hint in required.items():
        if key not in table:
            yield Fault((*loc, key), f"is missing: {hint}")
    for name, field in type(row).model_fields.items():
        key, value = field.alias or name, getattr(row, name)
        for place, item, written in _within(value, table.get(key)):
            yield from _missing(item, written, (*loc, key, *place))


def _within(value: object, written: object) -> Iterator[tuple[Loc, BaseModel, object]]:
    """Yield the tables that a key holds, with their place below it and as they are written."""
    items: list[tuple[Loc, object, object]] = [((), value, written)]
    if isinstance(written, list) and isinstance(value, list | tuple):
        items = [((i,), one, told) for i, (one, told) in enumerate(zip(value, written, strict=False))]
    elif isinstance(written, dict) and isinstance(value, dict):
        items = [((name,), one, written.get(name)) for name, one in value.items()]
    for place, item, table in items:
        if isinstance(item, BaseModel):
            yield place, item, table
