"""What a payload format gives: rows of raw values, one per path that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from msgspec import UNSET

#: one raw value per asked path: number, text, bool, None, list, dict, or UNSET where the path leads nowhere
Row: TypeAlias = Sequence[object]
#: reads a payload: one row per record in it; raises Unreadable
Extract: TypeAlias = Callable[[bytes], list[Row]]
MAX_ROWS = 5000  # of one message: bounds what 64 KiB of two-byte lines can turn into


class Item(NamedTuple):
    """The first item of a list in which a key has this value: lists of {"name": ..., "value": ...}."""

    key: str
    value: str


class Total(NamedTuple):
    """The sum of a list of numbers, or the one number that stands there: phases of a meter."""


#: one key, one list index, one item of a list, or the sum of a list
Step: TypeAlias = str | int | Item | Total

_STEP = re.compile(
    r'(?P<dot>\.)?(?:"(?P<quoted>[^"]+)"|(?P<plain>[^."\[\]]+))'
    r'|\[(?:(?P<index>\d{1,6})|(?P<total>\+)|(?P<key>[^="\[\]]+)=(?:"(?P<text>[^"]+)"|(?P<word>[^"\[\]]+)))\]'
)


class Unreadable(Exception):  # noqa: N818 - not trouble of the world: it becomes a Reject(NOT_PARSED)
    """The payload is not what its format says."""


def parse_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path; raise ValueError with what is wrong with it.

    >>> parse_path('params."em:0".total[2]')
    ('params', 'em:0', 'total', 2)
    >>> parse_path("d[name=kWh].value"), parse_path("")
    (('d', Item(key='name', value='kWh'), 'value'), ())
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise ValueError(f'unreadable from {text[position:]!r} on: allowed is a.b[0]."odd key"[k=v].c[+]')
        if text[position] == "[":
            steps.append(_bracketed(found))
        elif (found["dot"] is None) is bool(steps):
            raise ValueError(f"a dot is {'missing' if steps else 'too many'} before {text[position:]!r}")
        else:
            steps.append(found["quoted"] or found["plain"])
        position = found.end()
    return tuple(steps)


def _bracketed(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    return Total() if found["total"] else Item(found["key"], found["text"] or found["word"])


def dig(document: object, steps: Sequence[Step]) -> object:
    """Return what stands at the end of the path, UNSET where it leads nowhere.

    >>> dig({"a": [{"b": 7}]}, ("a", 0, "b"))
    7
    >>> dig({"a": []}, ("a", 0)) is UNSET
    True
    >>> dig([{"n": "x", "v": 1}, {"n": "y", "v": [2, 3]}], (Item("n", "y"), "v", Total()))
    5
    """
    for step in steps:
        if isinstance(step, str):
            if not isinstance(document, dict) or step not in document:
                return UNSET
            document = document[step]
        elif isinstance(step, Total):
            document = _total(document)
        elif not isinstance(document, list):
            return UNSET
        elif isinstance(step, Item):
            document = next((item for item in document if _is(step, item)), UNSET)
        elif step >= len(document):
            return UNSET
        else:
            document = document[step]
    return document


def _is(wanted: Item, item: object) -> bool:
    return isinstance(item, dict) and wanted.key in item and str(item[wanted.key]) == wanted.value


def _total(found: object) -> object:
    """Return the sum; what is no list, or holds anything but numbers, as it is: a part is not the whole."""
    if isinstance(found, list) and found and all(type(one) in {int, float} for one in found):
        return sum(found)
    return found
