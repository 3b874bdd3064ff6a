"""[[source]] with several values, templates, conditions and records: what it means, and every mistake."""

from __future__ import annotations

import pytest

from domain.meter import MeterKind, SourceValue
from domain.units import UNITS
from tests.config.builders import PLANT, plant_of, plant_problems, told

TASMOTA = """
[[source]]
topic = "tele/{meter}/SENSOR"
time = "Time"
time_unit = "iso"
seq = "n"
partial = true
when = { "a.b" = "x", ok = true }
meter = "{meter}-{value}"
[source.values]
power = { path = "ENERGY.Power", unit = "W", scale = 2, offset = 1 }
energy = { path = "ENERGY.Total", unit = "kWh" }
"""


def a_source(topic: str = "tele/{meter}", more: str = "", values: str = "") -> str:
    return f'[[source]]\ntopic = "{topic}"\n{more}\n' + (f"[source.values]\n{values}\n" if values else "")


def test_the_values_of_a_source_arrive() -> None:
    (source,) = plant_of(PLANT + TASMOTA).sources
    assert source.values == (
        SourceValue("power", "ENERGY.Power", UNITS["W"], MeterKind.GAUGE, 2.0, 1.0),
        SourceValue("energy", "ENERGY.Total", UNITS["kWh"], MeterKind.COUNTER),
    )
    assert (source.meter, source.meter_path) == ("{meter}-{value}", "")
    assert (source.rule.seq, source.rule.partial) == ("n", True)
    assert source.rule.when == (("a.b", "x"), ("ok", True))


def test_a_value_stands_under_its_name_or_where_the_topic_says() -> None:
    flat = a_source("m/{meter}", values='kwh = { unit = "kWh" }')
    by_level = a_source(
        "s/{meter}/{field}", 'value = "v"', 'kwh = { unit = "kWh" }\nkw = { unit = "kW", field = "P:1" }'
    )
    one, other = plant_of(PLANT + flat + by_level).sources
    assert [(value.path, value.field) for value in one.values] == [("kwh", "")]
    assert [(value.path, value.field) for value in other.values] == [("v", "kwh"), ("v", "P:1")]


def test_records_and_their_names_arrive_for_meters_too() -> None:
    row = a_source("gw/1", 'records = "d[*]"\nmeter_path = "id"\ntime = "$.ts"')
    (source,) = plant_of(PLANT + row).sources
    assert (source.rule.records, source.meter_path, source.rule.time) == ("d[*]", "id", "$.ts")
    meter = PLANT.replace('topic = "plant/dyeing/water"', 'topic = "x"\nseq = "s"\nwhen = { t = 1 }')
    assert plant_of(meter).meters["dyeing.water"].rule.when == (("t", 1),)
    assert plant_of(meter).meters["dyeing.water"].rule.seq == "s"


VALUES = 'power = { unit = "W" }\nenergy = { unit = "kWh" }'


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (a_source("tele/x"), 'source[1].topic = "tele/x": {meter} is missing: it names the meter'),
        (
            a_source("tele/{metre}", 'meter = "x"'),
            'source[1].topic = "tele/{metre}": {metre} is almost {meter}',
        ),
        (a_source("p/{proces}/{meter}"), 'source[1].topic = "p/{proces}/{meter}": {proces} is almost'),
        (
            a_source(more='meter = "{metr}.x"'),
            'source[1].meter = "{metr}.x": unknown placeholder; did you mean "{meter}"? allowed: {meter}',
        ),
        (a_source(more='meter = "a/{meter}"'), 'source[1].meter = "a/{meter}": an id has letters'),
        (
            a_source(more='meter = "{meter}"', values=VALUES),
            'source[1].meter = "{meter}": {value} is missing: the values would all be one meter',
        ),
        (
            a_source("gw/{box}", 'meter = "{box}"\nmeter_path = "id"'),
            'source[1].meter = "{box}": {meter} is missing, which meter_path finds',
        ),
        (a_source("s/{meter}/{field}"), "source[1].values: the topic's {field} picks a value"),
        (
            a_source(values='p = { unit = "W", field = "x" }'),
            'source[1].values.p.field = "x": the topic has no {field} level',
        ),
        (a_source(more='unit = "kW"', values=VALUES), 'source[1].unit = "kW": every value has a unit'),
        (a_source(more="scale = 2", values=VALUES), "source[1].scale = 2: every value has one of its own"),
        (a_source(values='p = { path = "a" }'), "source[1].values.p.unit: is missing: write its unit"),
        (a_source(values='p = { unit = "Wat" }'), 'source[1].values.p.unit = "Wat": unknown unit'),
        (
            a_source(values='p = { unit = "W", pth = "a" }'),
            'source[1].values.p.pth = "a": unknown key; did you mean "path"?',
        ),
        (
            a_source(values='p = { unit = "W", path = "a..b" }'),
            'source[1].values.p.path = "a..b": not a path inside JSON',
        ),
        (
            a_source(values='p = { unit = "W", kind = "counter" }'),
            'source[1].values.p.unit = "W": a counter measures an amount',
        ),
        (a_source(values='"a b" = { unit = "W" }'), "source[1].values.a b: not a name"),
        (
            a_source(values='a = { unit = "W", path = "x" }\nb = { unit = "W", path = "x" }'),
            "source[1].values.b: this topic and the value 'x' is already read by source[1]",
        ),
        (a_source(more='records = "d"'), 'source[1].records = "d": the path of a list ends in [*]'),
        (
            a_source(more='format = "csv"\nvalue = 1\nrecords = "d[*]"'),
            'source[1].records = "d[*]": records are items of a list in JSON',
        ),
        (
            a_source(more='format = "number"\nwhen = { a = 1 }'),
            "source[1].when: a bare number holds nothing to compare",
        ),
        (
            a_source(more="when = { a = { b = 1 } }"),
            "source[1].when.a: write the whole path as one key",
        ),
        (a_source(more="when = { a = nan }"), "source[1].when.a = nan: must be text, a number"),
        (a_source(more='when = { "a..b" = 1 }'), "source[1].when.a..b = 1: not a path inside JSON"),
        (
            a_source(more='time = "ts"\nwhen = { ts = 5 }'),
            "source[1].when.ts = 5: is where the time stands",
        ),
        (a_source(more='when = { value = "on" }'), 'source[1].when.value = "on": is where the value stands'),
        (a_source(more='seq = "["'), 'source[1].seq = "[": not a path inside JSON'),
        (a_source(more='meter_path = "["'), 'source[1].meter_path = "[": not a path inside JSON'),
    ],
)
def test_one_mistake_of_a_source_is_one_problem(row: str, line: str) -> None:
    (found,) = told(plant_problems(PLANT + row))
    assert found.startswith(line)


def test_all_mistakes_of_a_source_are_told_at_once() -> None:
    row = a_source(
        "x/{meter}/y", 'seq = "["\nmeter = "{m}"\nwhen = { a = nan }', 'p = { unit = "W", pth = 1 }'
    )
    assert len(plant_problems(PLANT + row)) == 4


FED = PLANT.replace('topic = "plant/dyeing/water"', "")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ('water = { unit = "L" }', ""),
        ('other = { unit = "kW" }', ""),
        (
            'water = { unit = "kWh" }',
            'meter[1] (dyeing.water).unit = "m3": source[1] sends water as kWh (energy), not volume',
        ),
        (
            'water = { unit = "m3", kind = "delta" }',
            'meter[1] (dyeing.water).kind = "counter": source[1] sends water as a delta; this is a counter',
        ),
    ],
)
def test_a_declared_meter_is_what_the_source_sends(values: str, line: str) -> None:
    lines = told(plant_problems(FED + a_source(values=values)))
    assert lines == ([line] if line else [])


def test_sources_of_one_topic_with_other_conditions_read_other_messages() -> None:
    rows = a_source(more="when = { t = 1 }") + a_source(more="when = { t = 2 }")
    assert plant_problems(PLANT + rows) == []
    assert len(plant_problems(PLANT + rows.replace("t = 2", "t = 1"))) == 1
