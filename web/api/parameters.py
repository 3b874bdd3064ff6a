"""Parameters of path and query: read, checked, and refused with where, what and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from typing import Any

from web.errors import Refusal

REQUIRED = object()
_WORDS = {"true": True, "1": True, "yes": True, "": True, "false": False, "0": False, "no": False}
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Args:
        kind: str, int, float, bool or datetime (ISO 8601; UTC when it says nothing).
        default: what it is when it is not given; REQUIRED = it must be.
        least, most: allowed numbers.
        one_of: allowed texts; empty = any.
        in_path: part of the path instead of the query.
    """

    name: str
    kind: type
    about: str
    default: Any = REQUIRED
    least: float | None = None
    most: float | None = None
    one_of: tuple[str, ...] = ()
    in_path: bool = False


def parsed(parameters: tuple[Parameter, ...], given: Mapping[str, str]) -> dict[str, Any]:
    """Return every parameter by name.

    Raises:
        Refusal: 422, with everything that is wrong at once.
    """
    found: dict[str, Any] = {}
    wrong = [
        f"{name}: there is no such parameter" for name in given if name not in {p.name for p in parameters}
    ]
    for parameter in parameters:
        if parameter.name not in given:
            found[parameter.name] = parameter.default
            if parameter.default is REQUIRED:
                wrong.append(f"{parameter.name}: is missing: {parameter.about}")
            continue
        try:
            found[parameter.name] = _value(parameter, given[parameter.name])
        except ValueError as trouble:
            wrong.append(f"{parameter.name} = {given[parameter.name][:SHOWN]!r}: {trouble}")
    if wrong:
        raise Refusal(422, "; ".join(wrong))
    return found


def _value(parameter: Parameter, text: str) -> Any:
    match parameter.kind.__name__:
        case "int" | "float":
            return _number(parameter, text)
        case "bool":
            if text.lower() not in _WORDS:
                raise ValueError("must be true or false")
            return _WORDS[text.lower()]
        case "datetime":
            return _instant(text)
        case _:
            if parameter.one_of and text not in parameter.one_of:
                raise ValueError(f"must be one of {', '.join(parameter.one_of)}")
            return text


def _number(parameter: Parameter, text: str) -> float:
    try:
        number = parameter.kind(text)
    except (ValueError, OverflowError):
        raise ValueError(
            "must be a number" if parameter.kind is float else "must be a whole number"
        ) from None
    too_small = parameter.least is not None and not number >= parameter.least
    too_large = parameter.most is not None and not number <= parameter.most
    if too_small or too_large or isnan(number):
        raise ValueError(f"must be from {parameter.least:g} to {parameter.most:g}")
    return float(number) if parameter.kind is float else int(number)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # a + of a query is a blank
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):  # the last hours of the year 9999 are none in UTC
        raise ValueError("must be an instant such as 2026-11-22T01:40Z") from None
