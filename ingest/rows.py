"""What a payload format gives: rows of raw values, one per path that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import UNSET

#: one raw value per asked path: number, text, bool, None, list, dict, or UNSET where the path leads nowhere
Row: TypeAlias = Sequence[object]
#: reads a payload: one row per record in it; raises Unreadable
Extract: TypeAlias = Callable[[bytes], list[Row]]
#: one key or one list index
Step: TypeAlias = str | int

_STEP = re.compile(r'(?P<dot>\.)?(?:"(?P<quoted>[^"]+)"|(?P<plain>[^."\[\]]+))|\[(?P<index>\d{1,6})\]')


class Unreadable(Exception):  # noqa: N818 - not trouble of the world: it becomes a Reject(NOT_PARSED)
    """The payload is not what its format says."""


def parse_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path; raise ValueError with what is wrong with it.

    >>> parse_path('params."em:0".total[2]')
    ('params', 'em:0', 'total', 2)
    >>> parse_path("")
    ()
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise ValueError(f'unreadable from {text[position:]!r} on: allowed is a.b[0]."odd key".c')
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif (found["dot"] is None) is bool(steps):
            raise ValueError(f"a dot is {'missing' if steps else 'too many'} before {text[position:]!r}")
        else:
            steps.append(found["quoted"] or found["plain"])
        position = found.end()
    return tuple(steps)


def dig(document: object, steps: Sequence[Step]) -> object:
    """Return what stands at the end of the path, UNSET where it leads nowhere.

    >>> dig({"a": [{"b": 7}]}, ("a", 0, "b"))
    7
    >>> dig({"a": []}, ("a", 0)) is UNSET
    True
    """
    for step in steps:
        if isinstance(step, str):
            if not isinstance(document, dict) or step not in document:
                return UNSET
            document = document[step]
        elif not isinstance(document, list) or step >= len(document):
            return UNSET
        else:
            document = document[step]
    return document
