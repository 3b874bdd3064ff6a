"""Meters and readings for the tests of consumption, with times in seconds after START."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.consumption import consume
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process, Shift
from domain.resource import Resource, ResourceKind, TariffWindow
from domain.units import UNITS

START = datetime(2026, 3, 2, tzinfo=UTC)
QUARTER_S = 900
READINGS = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}


def a_meter(kind: str = "counter", name: str = "m", **given: Any) -> Meter:
    """Return a water meter."""
    return Meter(name, "p", "water", MeterKind(kind), UNITS["m3"], PayloadRule(""), **given)


def a_variable(kind: str = "gauge", name: str = "v", **given: Any) -> Variable:
    """Return a relevant variable."""
    return Variable(name, MeterKind(kind), UNITS["degC"], PayloadRule(""), **given)


def a_plant(*parts: Meter | Variable, zone: str = "UTC", **given: Any) -> Plant:
    """Return a plant with one process `p`, which uses water, and these meters and variables."""
    variables = {part.id: part for part in parts if isinstance(part, Variable)}
    facts: dict[str, Any] = {
        "name": "works",
        "timezone": ZoneInfo(zone),
        "country": "VN",
        "currency": "VND",
        "language": "en",
        "interval_s": QUARTER_S,
        "resources": {"water": a_resource()},
        "processes": {"p": Process("p", "P", variables=tuple(variables))},
        "meters": {part.id: part for part in parts if isinstance(part, Meter)},
        "variables": variables,
    }
    return Plant(**facts | given)


def a_resource(**given: Any) -> Resource:
    """Return water."""
    return Resource("water", "Water", ResourceKind.WATER, "m3", **given)


def a_shift(name: str, days: str, start: str, end: str) -> Shift:
    """Return a shift on weekdays given as digits, Monday = 0."""
    return Shift(
        name, frozenset(int(day) for day in days), time.fromisoformat(start), time.fromisoformat(end)
    )


def a_window(amount: float, days: str, start: str, end: str) -> TariffWindow:
    """Return a time-of-use window on weekdays given as digits, Monday = 0."""
    shift = a_shift("w", days, start, end)
    return TariffWindow("w", shift.days, shift.start, shift.end, amount)


def instants(*local: str, zone: str = "UTC") -> pl.Series:
    """Return local times, ISO 8601, as UTC instants; an offset at the end decides between repeated hours."""
    stamps = [datetime.fromisoformat(text) for text in local]
    aware = [one if one.tzinfo else one.replace(tzinfo=ZoneInfo(zone)) for one in stamps]
    return pl.Series("start", [one.astimezone(UTC) for one in aware], dtype=pl.Datetime("us", "UTC"))


def at(seconds: float) -> datetime:
    """Return the instant that many seconds after START."""
    return START + timedelta(seconds=seconds)


def readings(*points: tuple[float, float], meter: str = "m") -> pl.DataFrame:
    """Return readings at (seconds after START, value), in the order given."""
    rows = [(meter, at(seconds), float(value)) for seconds, value in points]
    return pl.DataFrame(rows, schema=READINGS, orient="row")


def every(step_s: float, values: Iterable[float], first_s: float = 0.0) -> list[tuple[float, float]]:
    """Return points at a regular cadence."""
    return [(first_s + i * step_s, float(value)) for i, value in enumerate(values)]


def consumed(
    frame: pl.DataFrame, *meters: Meter | Variable, intervals: int = 4, interval_s: int = QUARTER_S
) -> pl.DataFrame:
    """Return the consumption of the first intervals after START."""
    return consume(frame, meters, interval_s, START, at(intervals * interval_s))


def amounts(frame: pl.DataFrame) -> list[float | None]:
    """Return the amounts, rounded to 9 digits."""
    return [None if amount is None else round(amount, 9) for amount in frame["amount"]]


def qualities(frame: pl.DataFrame) -> list[str]:
    """Return the qualities."""
    return frame["quality"].to_list()
