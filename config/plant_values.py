"""The kinds of value that keys of the plant file have: ids, units, payload paths, dates, amounts."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from config.dates import parse_clock, parse_clock_end, parse_date, parse_range, parse_weekdays
from config.durations import parse_cadence
from config.suggest import did_you_mean
from domain.units import UNITS, Unit

Format = Literal["json", "number", "csv"]
#: payload formats that a plant file may name; ingest has one function for each
FORMATS: tuple[str, ...] = get_args(Format)
Kind = Literal["counter", "gauge", "delta"]
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


def _parse_scale(written: float) -> float:
    if written == 0 or abs(written) > 1e12:
        raise ValueError("must not be 0, nor larger than 1e12")
    return written


Id = Annotated[str, AfterValidator(_parse_id)]
Text = Annotated[str, Field(max_length=200), AfterValidator(_parse_text)]
UnitName = Annotated[Unit, PlainValidator(parse_unit)]
Scale = Annotated[float, AfterValidator(_parse_scale)]
PayloadPath = Annotated[str, BeforeValidator(_parse_path)]
Seconds = Annotated[float, BeforeValidator(parse_cadence)]
Day = Annotated[date, BeforeValidator(parse_date)]
Days = Annotated[tuple[date, date], BeforeValidator(parse_range)]
Weekdays = Annotated[frozenset[int], BeforeValidator(parse_weekdays)]
Start = Annotated[time, BeforeValidator(parse_clock)]
End = Annotated[time, BeforeValidator(parse_clock_end)]
Amount = Annotated[float, Field(ge=0, le=1e15)]
Positive = Annotated[float, Field(gt=0, le=1e15)]
