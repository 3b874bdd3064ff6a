"""Builders: plants to be simulated."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.meter import Meter, MeterKind, PayloadRule, Source, Variable
from domain.plant import Plant, Process, Shift
from domain.resource import Resource, ResourceKind
from domain.units import UNITS

COUNTER, GAUGE, DELTA = MeterKind.COUNTER, MeterKind.GAUGE, MeterKind.DELTA
EXAMPLES = ("dye_works", "brewery")

RESOURCES = {
    "electricity": Resource("electricity", "Electricity", ResourceKind.ENERGY, "kWh"),
    "gas": Resource("gas", "Gas", ResourceKind.ENERGY, "kWh"),
    "water": Resource("water", "Water", ResourceKind.WATER, "m3"),
    "salt": Resource("salt", "Salt", ResourceKind.MATERIAL, "kg"),
}
WORKDAYS = frozenset(range(5))
TWO_SHIFTS = (
    Shift("early", WORKDAYS, time(6), time(14)),
    Shift("late", WORKDAYS, time(14), time(22)),
)


def example_plant(name: str) -> Plant:
    """Return one of the example plants that ship with the product."""
    loader = pytest.importorskip("config.plant_file", reason="config cannot read plant files yet")
    path = Path(__file__).parents[2] / "config" / f"{name}.toml"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    plant: Plant = loader.load_plant(path)
    return plant


def a_rule(topic: str, **keys: Any) -> PayloadRule:
    """Return a payload rule whose time stands under "ts"."""
    return PayloadRule(topic, **{"time": "ts", **keys})


def a_meter(process: str, resource: str, kind: MeterKind, unit: str, **keys: Any) -> Meter:
    """Return a meter named after its process and resource, every minute on a topic of its own."""
    name = keys.pop("id", f"{process}.{resource}")
    rule = keys.pop("rule", None) or a_rule(f"plant/{name.replace('.', '/')}")
    return Meter(name, process, resource, kind, UNITS[unit], rule, **{"every_s": 60.0, **keys})


def an_output(name: str, unit: str = "kg", **keys: Any) -> Variable:
    """Return an output variable, an amount every minute on a topic of its own."""
    rule = keys.pop("rule", None) or a_rule(f"plant/{name.replace('.', '/')}")
    kind = keys.pop("kind", DELTA)
    return Variable(name, kind, UNITS[unit], rule, **{"every_s": 60.0, **keys})


TEMPERATURE = Variable("outdoor_temperature", GAUGE, UNITS["degC"], a_rule("plant/weather"), every_s=300.0)


def a_plant(
    meters: list[Meter],
    variables: list[Variable] | None = None,
    *,
    shifts: tuple[Shift, ...] = TWO_SHIFTS,
    country: str = "DE",
    timezone: str = "Europe/Berlin",
    closed: tuple[tuple[date, date], ...] = (),
    sources: tuple[Source, ...] = (),
) -> Plant:
    """Return a plant of these meters; every process has all the variables."""
    known = variables if variables is not None else [an_output("line.output")]
    names = tuple(variable.id for variable in known)
    return Plant(
        name="A works",
        timezone=ZoneInfo(timezone),
        country=country,
        currency="EUR",
        language="en",
        interval_s=900,
        resources=RESOURCES,
        processes={meter.process: Process(meter.process, meter.process, (), names) for meter in meters},
        meters={meter.id: meter for meter in meters},
        variables={variable.id: variable for variable in known},
        sources=sources,
        shifts=shifts,
        closed=closed,
    )


def a_small_plant(**keys: Any) -> Plant:
    """Return a plant with one meter of each kind, an output and the weather."""
    meters = [
        a_meter("line", "water", COUNTER, "m3"),
        a_meter("line", "electricity", GAUGE, "kW"),
        a_meter("line", "salt", DELTA, "kg"),
    ]
    return a_plant(meters, [an_output("line.output"), TEMPERATURE], **keys)


def an_odd_plant() -> Plant:
    """Return a plant whose meters write every format, unit and time there is."""
    shared = {"format": "json", "time": "head.at", "time_unit": "s"}
    meters = [
        a_meter("line", "gas", COUNTER, "Nm3", heating_value=10.4, rollover=5e5),
        a_meter("line", "water", COUNTER, "L", rule=a_rule("w", format="csv", value="1", time="0")),
        a_meter("line", "salt", DELTA, "lb", stamp="end", rule=a_rule("s", format="csv", value="lb")),
        a_meter("line", "electricity", GAUGE, "W", rule=PayloadRule("e/+", format="number")),
        a_meter("hall", "electricity", COUNTER, "MWh", rule=PayloadRule("h", value="m[1].e", **shared)),
        a_meter("hall", "water", GAUGE, "L/min", rule=PayloadRule("h", value="m[0].w", **shared)),
        a_meter("hall", "gas", COUNTER, "MJ", rule=a_rule("g", time_unit="ns", scale=0.1, offset=3.0)),
        a_meter("yard", "water", COUNTER, "m3", rule=PayloadRule("")),
    ]
    variables = [
        an_output("line.output", every_s=None, rule=a_rule("o", time_unit="us", value='"p 1".kg')),
        an_output("hall.output", "pcs", kind=COUNTER, rollover=1e6, rule=PayloadRule("")),
        Variable("outdoor_temperature", GAUGE, UNITS["degF"], a_rule("t", time_unit="iso"), every_s=300.0),
    ]
    source = Source(PayloadRule("site/{process}/{meter}/now", value="v", time="t", time_unit="iso"))
    return a_plant(meters, variables, sources=(source,))
