"""Device profiles in the plant file: what a table takes from one, what goes before it, and every mistake."""

from __future__ import annotations

import pytest

from config.profiles import PROFILES
from config.topics import parse_pattern
from domain.meter import Meter, MeterKind, PayloadRule, Source, SourceValue
from domain.units import UNITS
from tests.config.builders import PLANT, plant_of, plant_problems, told


def a_source(profile: str, more: str = "") -> str:
    return f'[[source]]\nformat = "{profile}"\n{more}\n'


def a_device(profile: str, more: str, topic: str = "own/x") -> str:
    head = '[[meter]]\nid = "m"\nprocess = "dyeing"\nresource = "electricity"\n'
    return f'{head}topic = "{topic}"\nformat = "{profile}"\n{more}\n'


def source_of(profile: str, more: str = "") -> Source:
    (source,) = plant_of(PLANT + a_source(profile, more)).sources
    return source


def meter_of(profile: str, more: str = "", topic: str = "own/x") -> Meter:
    return plant_of(PLANT + a_device(profile, more, topic)).meters["m"]


ENERGY = SourceValue("energy", "ENERGY.Total[+]", UNITS["kWh"], MeterKind.COUNTER)
POWER = SourceValue("power", "ENERGY.Power[+]", UNITS["W"], MeterKind.GAUGE)


def test_a_source_takes_all_from_its_profile() -> None:
    source = source_of("tasmota")
    assert source.rule == PayloadRule(
        "tele/{meter}/SENSOR", "json", time="Time", time_unit="iso", partial=True
    )
    assert source.values == (POWER, ENERGY)


def test_what_is_written_goes_before_the_profile() -> None:
    more = 'topic = "fab/{meter}/SENSOR"\ntime = ""\npartial = false\nwhen = { a = 1 }\nmax_meters = 7'
    source = source_of("tasmota", f'{more}\nmeter = "t.{{meter}}.{{value}}"')
    assert (source.rule.topic, source.rule.time, source.rule.partial) == ("fab/{meter}/SENSOR", "", False)
    assert (source.rule.when, source.meter, source.max_meters) == ((("a", 1),), "t.{meter}.{value}", 7)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("", (POWER, ENERGY)),
        ("energy = {}", (ENERGY,)),
        (
            'power = { path = "ENERGY.Power", scale = 2 }',
            (SourceValue("power", "ENERGY.Power", UNITS["W"], MeterKind.GAUGE, 2.0),),
        ),
        (
            'energy = {}\ncurrent = { path = "ENERGY.Current", unit = "%" }',
            (ENERGY, SourceValue("current", "ENERGY.Current", UNITS["%"], MeterKind.GAUGE)),
        ),
    ],
)
def test_the_values_that_are_written_are_those_that_there_are(
    values: str, found: tuple[SourceValue, ...]
) -> None:
    assert source_of("tasmota", f"[source.values]\n{values}").values == found


def test_a_template_goes_with_the_topic_that_it_is_for() -> None:
    assert source_of("shelly_gen1").meter == "{meter}.{channel}.{value}"
    assert source_of("shelly_gen1", 'topic = "shellies/{meter}/emeter/0/{field}"').meter == ""


def test_a_device_with_one_value_may_have_it_elsewhere() -> None:
    assert source_of("isa95").rule.value == "value"
    assert source_of("isa95", 'value = "val"').rule.value == "val"
    more = 'value = "val"\nunit = "kWh"\nkind = "counter"'
    assert meter_of("isa95", more).rule.value == "val"


def test_a_name_that_is_not_listed_stands_where_the_profile_says() -> None:
    more = '[source.values]\nvolume = { unit = "L" }\nraw = { path = "fCnt", unit = "pcs" }'
    assert [value.path for value in source_of("chirpstack_v4", more).values] == ["object.volume", "fCnt"]
    assert source_of("chirpstack_v4", 'value = "volume"').rule.value == "object.volume"
    assert source_of("modbus_list", 'topic = "g/{meter}"\nvalue = "a b"').rule.value == '[name="a b"].value'


@pytest.mark.parametrize(
    ("profile", "more", "topic", "kind", "unit", "scale", "rule"),
    [
        ("tasmota", 'value = "energy"', "tele/x/SENSOR", "counter", "kWh", 1.0, ("json", "ENERGY.Total[+]")),
        (
            "tasmota",
            'value = "power"\nunit = "W"\nkind = "gauge"',
            "tele/x/SENSOR",
            "gauge",
            "W",
            1.0,
            ("json", "ENERGY.Power[+]"),
        ),
        ("opendtu", "", "solar/1/0/yieldtotal", "counter", "kWh", 1.0, ("number", "value")),
        ("shelly_gen1_relay", "", "shellies/a/relay/0/energy", "counter", "Wh", 1 / 60, ("number", "value")),
        (
            "shelly_gen1_relay",
            'unit = "kWh"\nscale = 2',
            "shellies/a/relay/0/energy",
            "counter",
            "kWh",
            2.0,
            ("number", "value"),
        ),
        (
            "chirpstack_v4",
            'value = "kwh"\nunit = "kWh"\nkind = "counter"',
            "a/b",
            "counter",
            "kWh",
            1.0,
            ("json", "object.kwh"),
        ),
        ("isa95", 'unit = "kWh"\nkind = "counter"', "a/b", "counter", "kWh", 1.0, ("json", "value")),
        (
            "homie_5",
            'unit = "kWh"\nkind = "counter"',
            "homie/5/a/b/c",
            "counter",
            "kWh",
            1.0,
            ("number", "value"),
        ),
    ],
)
def test_a_meter_takes_one_value_of_a_profile(
    profile: str, more: str, topic: str, kind: str, unit: str, scale: float, rule: tuple[str, str]
) -> None:
    meter = meter_of(profile, more, topic)
    assert (meter.kind, meter.unit.name, meter.rule.topic) == (kind, unit, topic)
    assert (meter.rule.format, meter.rule.value) == rule
    assert meter.rule.scale == scale
    assert meter.rule.partial is PROFILES[profile].partial
    assert meter.rule.time == PROFILES[profile].time


def test_a_variable_may_have_a_profile_too() -> None:
    row = a_device("wmbusmeters", 'value = "heat"').replace("[[meter]]", "[[variable]]")
    row = row.replace('process = "dyeing"\nresource = "electricity"\n', "")
    variable = plant_of(PLANT + row).variables["m"]
    assert (variable.kind, variable.unit.name, variable.rule.value) == ("counter", "kWh", "total_kwh")


def test_a_meter_without_a_topic_is_fed_by_a_source_with_a_profile() -> None:
    meter = a_device("json", 'kind = "gauge"\nunit = "kW"', "").replace('topic = ""\nformat = "json"', "")
    meter = meter.replace('"m"', '"x.energy"')
    (line,) = told(plant_problems(PLANT + meter + a_source("tasmota")))
    assert line == 'meter[2] (x.energy).unit = "kW": source[1] sends energy as kWh (energy), not power'


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (
            a_source("tasmotta", 'topic = "a/{meter}"'),
            'source[1].format = "tasmotta": unknown format; did you mean "tasmota"?',
        ),
        (
            a_source("jsn", 'topic = "a/{meter}"'),
            'source[1].format = "jsn": unknown format; did you mean "json"?',
        ),
        (a_source("tasmota", "tiem = 1"), 'source[1].tiem = 1: unknown key; did you mean "time"?'),
        (a_source("modbus_json", 'value = "a"'), "source[1].topic: is missing: write a pattern"),
        (
            a_source("chirpstack_v4"),
            "source[1].values: is missing: write which there are, such as [source.values]",
        ),
        (a_source("homie_5"), "source[1].values: is missing: write which there are, such as"),
        (
            a_source("tasmota", "[source.values]\nenergi = { path = 'a' }"),
            "source[1].values.energi.unit: is missing: write its unit",
        ),
        (a_source("tasmota", "values = 5"), "source[1].values = 5: must be a table"),
        (a_source("homie_5", "values = 5"), "source[1].values = 5: must be a table"),
        (a_source("tasmota", "[source.values]\nenergy = 5"), "source[1].values.energy = 5: must be a table"),
        (a_source("tasmota", "topic = 5"), "source[1].topic = 5: must be text in quotes"),
        (
            a_device("tasmota", 'value = "enrgy"'),
            'meter[2] (m).value = "enrgy": unknown value; did you mean "energy"? allowed: power, energy',
        ),
        (
            a_device("tasmota", "value = [1]"),
            "meter[2] (m).value = [1]: unknown value; allowed: power, energy",
        ),
        (a_device("tasmota", ""), "meter[2] (m).value: is missing: tasmota sends power, energy"),
        (
            a_device("modbus_list", 'unit = "kWh"\nkind = "counter"'),
            "meter[2] (m).value: is missing: write the value's name",
        ),
        (
            a_device("opendtu", 'value = "energy_today"\nunit = "kWh"', "solar/1/0/yieldday"),
            'meter[2] (m).unit = "kWh": opendtu sends energy_today in Wh: write that, or leave it out',
        ),
        (
            a_device("tasmota", 'value = "energy"\nkind = "delta"'),
            'meter[2] (m).kind = "delta": tasmota sends energy as a counter: write that, or leave it out',
        ),
        (
            a_device("opendtu", 'value = "energy"', "solar/1/0/yieldday"),
            'meter[2] (m).topic = "solar/1/0/yieldday": opendtu sends energy on a topic with the level',
        ),
        (
            a_device("opendtu", 'value = "energy"', "solar/1/0/+"),
            'meter[2] (m).topic = "solar/1/0/+": opendtu sends energy on a topic with the level',
        ),
    ],
)
def test_one_mistake_with_a_profile_is_one_problem(row: str, line: str) -> None:
    (found,) = told(plant_problems(PLANT + row))
    assert found.startswith(line)


@pytest.mark.parametrize("written", ['"x"', "5", "[]", "{}", '[{ format = ["tasmota"] }]', '["tasmota"]'])
@pytest.mark.parametrize("table", ["meter", "variable", "source"])
def test_what_is_no_table_is_told_and_not_crashed_on(table: str, written: str) -> None:
    text = PLANT.split("[[variable]]")[0].replace('variables = ["dyeing.output"]', "")
    assert plant_problems(f"{table} = {written}\n{text}") or written == "[]"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_made_of_what_a_plant_file_may_hold(profile: str) -> None:
    known = PROFILES[profile]
    assert not known.topic or parse_pattern(known.topic) == known.topic
    assert {value.unit for value in known.values.values()} <= set(UNITS)
    assert not (known.values and known.place)
