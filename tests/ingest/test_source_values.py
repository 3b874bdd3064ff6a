"""Sources whose messages carry several values, name their meters, are meant for others, or hold records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.meter import Meter, MeterKind, Source, SourceValue, Variable
from domain.reading import RejectReason
from domain.units import UNITS
from ingest.routes import Routes
from ingest.targets import Refusal
from tests.ingest.builders import NOW_MS, NOW_US, a_meter, a_parser, a_plant, a_rule, a_source

POWER = SourceValue("power", "p", UNITS["W"], MeterKind.GAUGE)
ENERGY = SourceValue("energy", "e", UNITS["Wh"], MeterKind.COUNTER)


def a_device(topic: str = "tele/{meter}", *values: SourceValue, **fields: object) -> Source:
    """Return a source with several values; `meter` and `meter_path` are the source's, the rest the rule's."""
    own = {key: fields.pop(key) for key in ("meter", "meter_path") if key in fields}
    return replace(a_source(topic, **fields), values=values or (POWER, ENERGY), **own)  # type: ignore[arg-type]


def read(
    things: Meter | Variable | Source | tuple[Meter | Variable | Source, ...],
    topic: str,
    payload: str,
) -> tuple[dict[str, float], list[RejectReason]]:
    """Return what a message says: a value for each meter, and the reasons of what was refused."""
    parser = a_parser(*(things if isinstance(things, tuple) else (things,)))
    readings, rejects = parser.parse(topic, payload.replace("NOW", str(NOW_MS)).encode(), NOW_US)
    assert parser.passed_over == (not readings and not rejects)
    return {one.meter: one.value for one in readings}, [one.reason for one in rejects]


def test_each_value_of_a_message_is_a_meter_in_its_own_unit() -> None:
    found = read(a_device(), "tele/pump", '{"ts": NOW, "p": 1500, "e": 2500}')
    assert found == ({"pump.power": 1.5, "pump.energy": 2.5}, [])


def test_the_process_of_the_topic_goes_before_the_meter() -> None:
    found, _ = read(a_device("plant/{process}/{meter}"), "plant/dye/pump", '{"ts": NOW, "p": 1, "e": 2}')
    assert list(found) == ["dye.pump.power", "dye.pump.energy"]


def test_a_template_says_how_meters_are_called() -> None:
    source = a_device("{site}/{meter}/x", meter="{site}:{value}-{meter}")
    assert list(read(source, "a/b/x", '{"ts": NOW, "p": 1, "e": 2}')[0]) == ["a:power-b", "a:energy-b"]


def test_a_fixed_topic_may_carry_many_meters() -> None:
    source = a_device("gateway/1", meter="boiler.{value}")
    assert list(read(source, "gateway/1", '{"ts": NOW, "p": 1, "e": 2}')[0]) == [
        "boiler.power",
        "boiler.energy",
    ]


def test_the_device_knows_the_unit_better_than_a_declared_meter() -> None:
    meter = a_meter("pump.energy", unit="MWh")
    found, _ = read((meter, a_device()), "tele/pump", '{"ts": NOW, "p": 1, "e": 2500}')
    assert found["pump.energy"] == 2.5


def test_two_topics_that_spell_one_meter_are_told_apart_at_every_level() -> None:
    routes = Routes(a_plant(a_device("{site}/{meter}")))
    assert isinstance(routes.find("a/pump"), tuple)
    found = routes.find("b/pump")
    assert isinstance(found, Refusal)
    assert found.reason is RejectReason.BAD_TOPIC


def test_two_topics_that_only_the_dots_make_alike_are_not_one_meter() -> None:
    routes = Routes(a_plant(a_source("z/{meter...}")))
    assert isinstance(routes.find("z/a/b"), tuple)
    assert isinstance(routes.find("z/a.b"), Refusal)


def test_the_cap_counts_meters_and_a_declared_one_is_always_taken() -> None:
    source = replace(a_device(), max_meters=2)
    routes = Routes(a_plant(a_meter("late.energy", unit="kWh"), source))
    assert isinstance(routes.find("tele/a"), tuple)
    late = routes.find("tele/late")
    assert isinstance(late, tuple)
    assert [target.id for target in late[0].targets] == ["late.energy"]
    assert routes.find("tele/b") == Refusal(RejectReason.UNKNOWN_METER, "more than 2 undeclared meters")


def test_a_value_whose_meter_has_a_topic_of_its_own_is_left_to_that() -> None:
    found, reasons = read(
        (a_meter("pump.power", a_rule("other"), unit="kW"), a_device()),
        "tele/pump",
        '{"ts": NOW, "p": 1, "e": 2000}',
    )
    assert (found, reasons) == ({"pump.energy": 2.0}, [])


@pytest.mark.parametrize(
    ("field", "found"), [("yieldtotal", {"x.energy": 12.5}), ("power", {"x.power": 0.0125}), ("voltage", {})]
)
def test_a_level_of_the_topic_picks_the_value(field: str, found: dict[str, float]) -> None:
    energy = SourceValue("energy", "", UNITS["kWh"], MeterKind.COUNTER, field="yieldtotal")
    power = SourceValue("power", "", UNITS["W"], MeterKind.GAUGE, field="power")
    source = a_device("solar/{meter}/0/{field}", energy, power, format="number", time="")
    assert read(source, f"solar/x/0/{field}", "12.5") == (found, [])


def test_a_topic_level_that_one_source_does_not_mean_is_left_to_the_next() -> None:
    power = replace(POWER, field="power")
    sources = a_device("s/{meter}/{field}", power), a_source("s/{meter}/total", value="e")
    assert read(sources, "s/x/total", '{"ts": NOW, "e": 3}') == ({"x": 3.0}, [])
    assert read(sources, "s/x/power", '{"ts": NOW, "p": 3000}') == ({"x.power": 3.0}, [])
    assert read(sources, "s/x/other", '{"ts": NOW, "p": 3000}') == ({}, [])


@pytest.mark.parametrize(
    ("payload", "taken"),
    [
        ('{"method": "NotifyStatus", "ts": NOW, "p": 1, "e": 2}', True),
        ('{"method": "NotifyEvent", "ts": NOW, "p": 1, "e": 2}', False),
        ('{"method": "NotifyEvent"}', False),
        ('{"ts": NOW, "p": 1}', False),
        ("[]", False),
    ],
)
def test_a_message_of_another_kind_is_not_for_us_and_no_reject(payload: str, taken: bool) -> None:
    source = a_device(when=(("method", "NotifyStatus"),))
    found, reasons = read(source, "tele/x", payload)
    assert (bool(found), reasons) == (taken, [])


@pytest.mark.parametrize(
    ("wanted", "sent", "taken"),
    [(True, "true", True), (True, "1", False), (1, "true", False), (1, "1.0", True)],
)
def test_true_is_not_one(wanted: bool | int, sent: str, taken: bool) -> None:
    source = a_device(when=(("ok", wanted),))
    assert bool(read(source, "tele/x", f'{{"ts": NOW, "p": 1, "e": 2, "ok": {sent}}}')[0]) is taken


def test_sources_with_conditions_share_a_topic() -> None:
    power, energy = (
        a_device("g/{meter}", POWER, when=(("t", "p"),)),
        a_device("g/{meter}", ENERGY, when=(("t", "e"),)),
    )
    rest = a_source("g/{meter}", value="other")
    assert read((power, energy), "g/x", '{"ts": NOW, "t": "e", "e": 1000}') == ({"x.energy": 1.0}, [])
    assert read((power, energy, rest), "g/x", '{"ts": NOW, "t": "p", "p": 1000, "other": 5}') == (
        {"x.power": 1.0, "x": 5.0},
        [],
    )


def test_what_did_not_change_may_be_missing_where_the_device_sends_changes() -> None:
    source = a_device(partial=True)
    assert read(source, "tele/x", '{"ts": NOW, "p": 1000}') == ({"x.power": 1.0}, [])
    assert read(source, "tele/x", '{"ts": NOW, "p": 1000, "e": null}') == ({"x.power": 1.0}, [])
    assert read(source, "tele/x", '{"wifi": {"rssi": -60}}') == ({}, [])
    assert read(source, "tele/x", '{"ts": NOW, "p": "off"}') == ({}, [RejectReason.NOT_A_NUMBER])
    assert read(source, "tele/x", '{"p": 1000}') == ({}, [RejectReason.MISSING_TIME])


def test_what_is_missing_is_told_where_the_device_sends_all() -> None:
    assert read(a_device(), "tele/x", '{"ts": NOW, "p": 1000}') == (
        {"x.power": 1.0},
        [RejectReason.MISSING_VALUE],
    )


RECORDS = '{"ts": NOW, "d": [{"id": "a", "p": 1000, "e": 1}, {"id": "b", "p": 2000, "e": 2}]}'


def test_records_of_a_list_are_read_one_by_one_and_name_their_meters() -> None:
    source = a_device("gw/1", POWER, records="d[*]", time="$.ts", meter_path="id")
    assert read(source, "gw/1", RECORDS) == ({"a.power": 1.0, "b.power": 2.0}, [])


def test_records_of_one_meter_keep_their_times() -> None:
    source = a_device("gw/{meter}", POWER, records="[*]", time="t", time_unit="s")
    payload = f'[{{"t": {NOW_MS // 1000 - 60}, "p": 1000}}, {{"t": {NOW_MS // 1000}, "p": 3000}}]'
    readings, rejects = a_parser(source).parse("gw/x", payload.encode(), NOW_US)
    assert [(one.time_us, one.value) for one in readings] == [(NOW_US - 60_000_000, 1.0), (NOW_US, 3.0)]
    assert rejects == []


@pytest.mark.parametrize("payload", ['{"d": 5}', "[]", '{"d": {"p": 1}}', '{"d": [' + "1," * 5001 + "1]}"])
def test_a_message_without_its_list_of_records_is_refused(payload: str) -> None:
    assert read(a_device(records="d[*]"), "tele/x", payload) == ({}, [RejectReason.NOT_PARSED])


NAMED = a_device("lora/{app}/{eui}", ENERGY, meter_path="info.name")


def test_the_payload_names_the_meter_only_where_the_plant_says_so() -> None:
    payload = '{"ts": NOW, "info": {"name": "main"}, "meter": "boiler", "e": 1000}'
    assert read(NAMED, "lora/1/ff", payload) == ({"main.energy": 1.0}, [])
    assert read(a_device("lora/{app}/{meter}", ENERGY), "lora/1/ff", payload) == ({"ff.energy": 1.0}, [])


@pytest.mark.parametrize(
    "name", ['"a b"', '""', "null", "true", "[]", "1.5", '"' + "x" * 300 + '"', '"<img>"']
)
def test_a_payload_that_names_no_meter_is_refused(name: str) -> None:
    payload = f'{{"ts": NOW, "info": {{"name": {name}}}, "e": 1000}}'
    assert read(NAMED, "lora/1/ff", payload) == ({}, [RejectReason.BAD_METER])


def test_a_serial_number_is_a_name() -> None:
    assert read(NAMED, "lora/1/ff", '{"ts": NOW, "info": {"name": 4711}, "e": 1000}')[0] == {
        "4711.energy": 1.0
    }


def test_a_name_that_the_payload_gives_belongs_to_the_topic_that_gave_it_first() -> None:
    parser = a_parser(NAMED)
    payload = b'{"ts": %d, "info": {"name": "main"}, "e": 1000}' % NOW_MS
    assert parser.parse("lora/1/ff", payload, NOW_US)[0]
    readings, rejects = parser.parse("lora/1/00", payload, NOW_US)
    assert (readings, [one.reason for one in rejects]) == ([], [RejectReason.BAD_METER])


def test_many_names_in_payloads_cost_no_memory() -> None:
    parser = a_parser(replace(NAMED, max_meters=3))
    reasons = set()
    for number in range(500):
        payload = b'{"ts": %d, "info": {"name": "n%d"}, "e": 1}' % (NOW_MS, number)
        reasons |= {one.reason for one in parser.parse("lora/1/ff", payload, NOW_US)[1]}
    assert reasons == {RejectReason.UNKNOWN_METER}
    assert len(parser._routes._sources[0]._claims) == 3


@pytest.mark.parametrize(
    ("path", "payload", "value"),
    [
        ("[name=kWh].value", '[{"name": "kW", "value": 1}, {"name": "kWh", "value": 2}]', 2.0),
        ('d.list[tag="a b"].v', '{"d": {"list": [{"tag": "a b", "v": 3}]}}', 3.0),
        ("d[id=7].v", '{"d": [{"id": 7, "v": 4}]}', 4.0),
        ("p[+]", '{"p": [1, 2.5, 3]}', 6.5),
        ("p[+]", '{"p": 7}', 7.0),
        ('params."em:0".total', '{"params": {"em:0": {"total": 5}}}', 5.0),
        ("phases[1].kwh", '{"phases": [{"kwh": 1}, {"kwh": 2}]}', 2.0),
    ],
)
def test_paths_lead_into_lists(path: str, payload: str, value: float) -> None:
    meter = a_meter("m", a_rule("t", value=path, time=""))
    assert read(meter, "t", payload) == ({"m": value}, [])


@pytest.mark.parametrize("payload", ['{"p": []}', '{"p": [1, null]}', '{"p": [1, "2"]}', '{"p": [1, true]}'])
def test_a_part_of_a_sum_is_not_the_sum(payload: str) -> None:
    meter = a_meter("m", a_rule("t", value="p[+]", time=""))
    assert read(meter, "t", payload) == ({}, [RejectReason.NOT_A_NUMBER])


def test_routes_know_the_rules_that_they_were_built_from() -> None:
    plant = a_plant(a_meter("a", a_rule("x", value="a")), a_device(), a_device("w/{meter}", when=(("k", 1),)))
    (alone,), (several,), (asking,) = (Routes(plant).find(topic) for topic in ("x", "tele/p", "w/p"))  # type: ignore[misc]
    assert [rule.value for rule in alone.rules] == ["a"]
    assert [rule.value for rule in several.rules] == ["p", "e"]
    assert (alone.is_plain, several.is_plain, asking.is_plain) == (True, True, False)
