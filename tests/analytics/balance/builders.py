"""Plants with main meters, material and losses, and what their meters counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from domain.meter import Flow, Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process
from domain.resource import Price, Resource, ResourceKind
from domain.units import UNITS
from tests.analytics.consumption_builders import a_plant as any_plant

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
SINCE = date(2026, 1, 1)
RULE = PayloadRule("")
WINDOW = (BEGIN, BEGIN + timedelta(hours=2))


def a_meter(name: str, process: str, resource: str, unit: str = "kg", **given: Any) -> Meter:
    return Meter(name, process, resource, MeterKind.DELTA, UNITS[unit], RULE, **given)


def an_output(name: str, unit: str = "kg") -> Variable:
    return Variable(name, MeterKind.DELTA, UNITS[unit], RULE)


def a_stock(name: str) -> Variable:
    return Variable(name, MeterKind.GAUGE, UNITS["kg"], RULE)


def a_resource(name: str, kind: str, unit: str, price: float | None) -> Resource:
    prices = () if price is None else (Price(SINCE, None, price),)
    return Resource(name, name, ResourceKind(kind), unit, prices)


RESOURCES = {
    "cotton": a_resource("cotton", "material", "kg", 2.0),
    "scrap": a_resource("scrap", "material", "kg", None),
    "electricity": a_resource("electricity", "energy", "kWh", 0.1),
    "water": a_resource("water", "water", "m3", 1.0),
    "wastewater": a_resource("wastewater", "water", "m3", 3.0),
}


def a_plant(processes: Sequence[Process], *parts: Meter | Variable, **given: Any) -> Plant:
    """Return a plant of quarter hours; a process without variables has no output."""
    return any_plant(
        *parts, processes={one.id: one for one in processes}, resources=RESOURCES, interval_s=3600, **given
    )


def consumed(amounts: Mapping[str, Sequence[float | None]], **quality: Sequence[str]) -> pl.DataFrame:
    """Return the CONSUMPTION frame of hourly amounts (of a gauge: means); None = missing."""
    rows = [
        (name, BEGIN + timedelta(hours=hour), value, value, _quality(quality.get(name), hour, value))
        for name, values in amounts.items()
        for hour, value in enumerate(values)
    ]
    schema = {
        "meter": pl.String(), "start": pl.Datetime("us", "UTC"), "amount": pl.Float64(),
        "mean": pl.Float64(), "quality": pl.String(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").sort("meter", "start")


def _quality(given: Sequence[str] | None, hour: int, value: float | None) -> str:
    if given is not None:
        return given[hour]
    return "missing" if value is None else "measured"


def a_spinning_mill(**keys: Any) -> Plant:
    """Return a process that makes yarn of cotton and scrap, with electricity."""
    facts: dict[str, Any] = {"variables": ("yarn",), "system_cost_per_hour": 250.0} | keys
    return a_plant(
        [Process("spinning", "Spinning", **facts)],
        a_meter("cotton_in", "spinning", "cotton"),
        a_meter("scrap_out", "spinning", "scrap", flow=Flow.LOSS),
        a_meter("power", "spinning", "electricity", "kWh"),
        an_output("yarn"),
    )
