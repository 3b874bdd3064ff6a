"""Faults found in a file's tables, told as Problems: where, what was written, what is allowed.

A fault is found at a place, a path of keys and positions such as ("meter", 1, "unit"). Tables are counted
from one, as a person counts: ("meter", 1) is shown as "meter[2] (its id)".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any, NamedTuple, cast

from pydantic_core import ErrorDetails

from config.suggest import one_of, unknown
from domain.errors import Problem

Loc = tuple[str | int, ...]
Hide = Callable[[Loc], bool]
HIDDEN = "***"
SHOWN_CHARACTERS = 80
_ABSENT = object()
_SECRET_NAME = re.compile(r"pas+w|token|secret|credential|pwd|api_?key", re.IGNORECASE)
_USER_IN_URL = re.compile(r"://[^/\s\"]*@")


class Fault(NamedTuple):
    """Something wrong at a place of the file's tables."""

    loc: Loc
    message: str


def looks_secret(loc: Loc) -> bool:
    """Return whether a key's name says that its value must not be shown."""
    return any(isinstance(part, str) and _SECRET_NAME.search(part) for part in loc)


def without_repeats(told: Iterable[Fault], more: Iterable[Fault]) -> list[Fault]:
    """Return the faults of `more` whose place has not been complained about yet."""
    places = {fault.loc for fault in told}
    return [fault for fault in more if fault.loc not in places]


def tell(
    file: str, tables: Mapping[str, Any], faults: Iterable[Fault], hide: Hide = looks_secret
) -> list[Problem]:
    """Return faults as problems, once each, in the order in which the file's tables come.

    Args:
        file: the name to show.
        tables: the file as read, unchanged.
        faults: in any order.
        hide: whether the value at a place is a secret.
    """
    order = {name: position for position, name in enumerate(tables)}

    def position(fault: Fault) -> tuple[int, int]:
        second = fault.loc[1] if len(fault.loc) > 1 else -1
        return order.get(str(fault.loc[0]), len(order)), second if isinstance(second, int) else -1

    return [_problem(file, tables, fault, hide) for fault in sorted(dict.fromkeys(faults), key=position)]


def _problem(file: str, tables: Mapping[str, Any], fault: Fault, hide: Hide) -> Problem:
    table, key, value = _place(tables, fault.loc)
    shown = "" if value is _ABSENT else HIDDEN if hide(fault.loc) else show(value)
    return Problem(file=file, table=table, key=key, value=shown, message=fault.message)


def _place(tables: Mapping[str, Any], loc: Loc) -> tuple[str, str, object]:
    """Return the table's name, the key and the value (absent where there is none, or a whole table)."""
    names: list[str] = []
    node: object = tables
    for depth, part in enumerate(loc):
        child = _child(node, part)
        if not _is_table(child):
            return ".".join(names), _key(loc[depth:]), _follow(child, loc[depth + 1 :])
        if isinstance(part, str):
            names.append(part)
        else:
            names[-1] += f"[{part + 1}]{_label(child)}"
        node = child
    return ".".join(names), "", _ABSENT


def _is_table(node: object) -> bool:
    if isinstance(node, list):
        return bool(node) and all(isinstance(item, dict) for item in node)
    return isinstance(node, dict)


def _child(node: object, part: str | int) -> object:
    if isinstance(node, Mapping):
        return node.get(part, _ABSENT)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return cast(object, node[part])
    return _ABSENT


def _follow(node: object, loc: Loc) -> object:
    for part in loc:
        node = _child(node, part)
    return node


def _key(loc: Loc) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def _label(row: object) -> str:
    named = (_child(row, key) for key in ("id", "name"))
    return next((f" ({name[:SHOWN_CHARACTERS]})" for name in named if isinstance(name, str) and name), "")


def show(value: object) -> str:
    """Return a value as TOML writes it, on one line, shortened, a user in a URL hidden.

    >>> show("m4"), show(True), show("mqtt://me:secret@host")
    ('"m4"', 'true', '"mqtt://***@host"')
    """
    if isinstance(value, date | time):
        text = value.isoformat()
    elif isinstance(value, float):
        text = repr(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    text = _USER_IN_URL.sub(f"://{HIDDEN}@", text)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


_SAID = {
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list: [ ... ]",
    "tuple_type": "must be a list: [ ... ]",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "path_type": "must be a path in quotes",
    "finite_number": "must be a finite number",
    "byte_size": 'must be a number of bytes, or a size such as "64MiB"',
    "byte_size_unit": 'must be a number of bytes, or a size such as "64MiB"',
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_long": "must have at most {max_length} characters",
}


def words(error: ErrorDetails, keys: Sequence[str]) -> str:
    """Return what is wrong and what is allowed, for one of pydantic's errors.

    Args:
        error: as pydantic reports it.
        keys: the keys that the error's table knows.
    """
    kind, key, context = error["type"], str(error["loc"][-1]) if error["loc"] else "", error.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown("key", key, keys)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _not_listed(error["input"], str(context["expected"]))
    table = ".".join(part for part in error["loc"] if isinstance(part, str))
    if kind in {"list_type", "tuple_type"} and isinstance(error["input"], dict):
        return f"write [[{table}]], with double brackets: there may be several"
    if kind == "model_type" and isinstance(error["input"], list):
        return f"write [{table}], with single brackets: there is one"
    return _SAID[kind].format(**context) if kind in _SAID else error["msg"]


def _not_listed(written: object, expected: str) -> str:
    options = [option for option in re.findall(r"'([^']*)'", expected) if option]
    if options and isinstance(written, str):
        return unknown("value", written, options)
    return f"must be one of {one_of(options or [expected])}"
