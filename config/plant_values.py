"""The kinds of value that keys of the plant file have: ids, units, payload paths, dates, amounts."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from config.dates import parse_clock, parse_clock_end, parse_date, parse_range, parse_weekdays
from config.durations import parse_cadence
from config.profiles import PROFILES
from config.suggest import did_you_mean, unknown
from domain.meter import Scalar
from domain.rule import RuleKind
from domain.silence import Matcher, parse_matcher
from domain.units import UNITS, Unit

#: payload formats that a plant file may name beside the profiles; ingest has one function for each
FORMATS = ("json", "number", "csv", "sparkplug_b")
Kind = Literal["counter", "gauge", "delta"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,47}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


def _parse_id(written: str) -> str:
    if not _ID.fullmatch(written):
        raise ValueError(
            'not an id: up to 64 letters without accents, digits and "_", ".", ":", "-", beginning with a '
            "letter or digit"
        )
    return written


def _parse_text(written: str) -> str:
    text = written.strip()
    if not text:
        raise ValueError("must not be empty")
    return text


def parse_unit(written: object) -> Unit:
    """Return the unit of this name; raise ValueError, with the nearest names, for any other."""
    if not isinstance(written, str) or written not in UNITS:
        near = did_you_mean(written, UNITS) if isinstance(written, str) else ""
        raise ValueError(
            f"unknown unit; {near} units are, for example, kWh, MWh, m3, L, Nm3, kg, t, kW, m3/h, kg/h"
        )
    return UNITS[written]


def _parse_path(written: object) -> str:
    """Return a path inside the payload; a CSV column may be written as a number."""
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written <= 9999:
        return str(written)
    if not isinstance(written, str) or len(written) > 256 or not written.isprintable():
        raise ValueError('must be a path inside the payload such as "data[0].total", or a CSV column')
    return written


def _parse_format(written: str) -> str:
    if written not in FORMATS:
        raise ValueError(unknown("format", written, [*FORMATS, *PROFILES]))
    return written


def _parse_name(written: str) -> str:
    if not _NAME.fullmatch(written):
        raise ValueError('not a name: up to 48 letters without accents, digits and "_", ".", ":", "-"')
    return written


def _parse_condition(written: object) -> Scalar:
    """Return what a path of a payload is compared with."""
    if isinstance(written, dict):
        raise ValueError('write the whole path as one key in quotes: when = { "a.b" = "x" }')  # noqa: TRY004
    if not isinstance(written, str | int | float | bool) or written != written:  # noqa: PLR0124 - NaN
        raise ValueError("must be text, a number, true or false")
    return written


def _parse_matcher(written: object) -> Matcher:
    if not isinstance(written, str):
        raise ValueError('must be a matcher such as "process=dye_line_2"')  # noqa: TRY004
    return parse_matcher(written)


def parse_rule_kind(written: str) -> str:
    """Return the kind of a rule; raise ValueError, with the nearest kinds, for any other name."""
    if written not in set(RuleKind):
        raise ValueError(unknown("kind of rule", written, list(RuleKind)))
    return written


def _parse_scale(written: float) -> float:
    if written == 0 or abs(written) > 1e12:
        raise ValueError("must not be 0, nor larger than 1e12")
    return written


Id = Annotated[str, AfterValidator(_parse_id)]
Format = Annotated[str, AfterValidator(_parse_format)]
Name = Annotated[str, AfterValidator(_parse_name)]
Condition = Annotated[Scalar, PlainValidator(_parse_condition)]
Text = Annotated[str, Field(max_length=200), AfterValidator(_parse_text)]
UnitName = Annotated[Unit, PlainValidator(parse_unit)]
Scale = Annotated[float, AfterValidator(_parse_scale)]
Offset = Annotated[float, Field(ge=-1e12, le=1e12)]
PayloadPath = Annotated[str, BeforeValidator(_parse_path)]
Seconds = Annotated[float, BeforeValidator(parse_cadence)]
Day = Annotated[date, BeforeValidator(parse_date)]
Days = Annotated[tuple[date, date], BeforeValidator(parse_range)]
Weekdays = Annotated[frozenset[int], BeforeValidator(parse_weekdays)]
Start = Annotated[time, BeforeValidator(parse_clock)]
End = Annotated[time, BeforeValidator(parse_clock_end)]
#: what a missing time of day asks for
WRITE_CLOCK = 'write a time of day, such as "06:00"'
MatcherText = Annotated[Matcher, PlainValidator(_parse_matcher)]
Amount = Annotated[float, Field(ge=0, le=1e15)]
Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e15)]
Figure = Annotated[float, Field(ge=-1e15, le=1e15)]
