"""What is proposed for whole topics: units, resources, one row per thing, families, what is known already."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from config.plant_resources import BUILT_IN
from domain.plant import Plant
from ingest.discovery.propose import propose
from ingest.discovery.rows import ProposedRow
from ingest.discovery.twins import FITS
from ingest.parse import Parser
from ingest.topics import matcher
from tests.ingest.builders import NOW_US
from tests.ingest.discovered import MINIMAL, ZONE, heard_of, left_out, plant_of, proposed, repeated, rows_of


def a_row(topic: str, *payloads: object, table: str = "meter") -> ProposedRow:
    """Return the only row that these messages give."""
    (row,) = rows_of(proposed(heard_of(*repeated(topic, *payloads))), table)
    return row


def rising(**fields: object) -> list[dict[str, object]]:
    """Return five messages in which "v" rises, with these fields beside it."""
    return [{"v": 10 + n, **fields} for n in range(5)]


def a_plant(text: str) -> Plant:
    return plant_of(proposed(heard_of()), MINIMAL + text)


def test_a_declaration_of_home_assistant_is_believed_before_the_name() -> None:
    said = {"stat_t": "~/state", "~": "ems/x9", "val_tpl": "{{ value_json.power_w }}", "unit_of_meas": "kWh"}
    config = (
        "homeassistant/sensor/x9/e/config",
        said | {"stat_cla": "total_increasing", "dev_cla": "energy"},
    )
    heard = heard_of(config, *repeated("ems/x9/state", {"power_w": 5.0}, {"power_w": 5.0}))
    (row,) = rows_of(proposed(heard))
    assert (row.keys["unit"], row.keys["kind"]) == ("kWh", "counter")
    assert row.evidence["unit"] == "declared to Home Assistant"
    assert row.evidence["kind"] == "declared as total_increasing"


def test_a_device_of_home_assistant_declares_all_its_components() -> None:
    said = {
        "state_topic": "ems/pump",
        "cmps": {
            "a": {"value_template": "{{ value_json.a }}", "unit_of_measurement": "m³", "device_class": "gas"},
            "b": {
                "value_template": "{{ value_json.b }}",
                "unit_of_measurement": "V",
                "device_class": "voltage",
            },
        },
    }
    pump = repeated("ems/pump", *({"a": n, "b": 230 + n} for n in range(5)))
    found = proposed(heard_of(("homeassistant/device/pump/config", said), *pump))
    (row,) = rows_of(found)
    assert (row.keys["value"], row.keys["unit"], row.keys["resource"]) == ("a", "m³", "gas")
    assert left_out(found)["ems/pump b"] == "its unit 'V' is none of ours (declared to Home Assistant)"


def test_topics_beside_the_value_tell_its_unit_as_statestream_and_homie_do() -> None:
    state, homie = "homeassistant/sensor/pump_energy", "homie/boiler/meter/volume"
    about = [
        (f"{state}/unit_of_measurement", b'"MWh"'),
        (f"{state}/state_class", b'"total"'),
        (f"{homie}/$unit", "m³".encode()),
    ]
    values = [(topic, b"%d" % n) for n in range(3) for topic in (f"{state}/state", homie)]
    rows = {row.keys["topic"]: row for row in rows_of(proposed(heard_of(*values, *about)))}
    assert (rows[homie].keys["unit"], rows[homie].evidence["unit"]) == ("m³", "told by the topic $unit")
    assert (rows[f"{state}/state"].keys["unit"], rows[f"{state}/state"].evidence["kind"]) == (
        "MWh",
        "declared as total",
    )


@pytest.mark.parametrize(
    ("topic", "payloads", "unit", "why"),
    [
        ("a/b", rising(unit="m3"), "m3", "written beside the value"),
        ("a/b", [{"unit": "L", "data": {"value": n}} for n in range(5)], "L", "written beside the value"),
        ("a/b", [{"x": n, "x_unit": "MWh"} for n in range(5)], "MWh", "written beside the value"),
        ("a/b", [{"total_m3": n} for n in range(5)], "m3", "from the name total_m3"),
        ("a/kwh", [b"%d" % n for n in range(5)], "kWh", "from the name kwh"),
        ("a/b", [[{"name": "line kWh", "value": n}] for n in range(5)], "kWh", "from the name line kWh"),
        ("tele/x/SENSOR", [{"ENERGY": {"Total": n}} for n in range(5)], "kWh", "as Tasmota sends it"),
        ("zigbee2mqtt/x", [{"energy": n} for n in range(5)], "kWh", "as Zigbee2MQTT sends it"),
        ("x/status/switch:0", [{"aenergy": {"total": n}} for n in range(5)], "Wh", "as Shelly Gen2 sends it"),
        ("shellies/x/emeter/0/total", [b"%d" % n for n in range(5)], "Wh", "as Shelly Gen1 sends it"),
        ("solar/116/0/yieldtotal", [b"%d" % n for n in range(5)], "kWh", "as OpenDTU sends it"),
        ("plant/dyeing/steam", rising(), "kg", "check: likely for steam, not told"),
        ("plant/dyeing/x", [{"power": n} for n in range(5)], "W", "check: likely for power, not told"),
    ],
)  # fmt: skip
def test_the_unit_says_where_it_comes_from(topic: str, payloads: list[object], unit: str, why: str) -> None:
    row = a_row(topic, *payloads)
    assert (row.keys["unit"], row.evidence["unit"]) == (unit, why)


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ({"voltage": 231.5}, "a voltage"),
        ({"Current": 1.5}, "an electric current"),
        ({"ReactivePower": 1.5}, "reactive, not active"),
        ({"max_flow_m3h": 1.5}, "set or computed, not measured (max)"),
        ({"linkquality": 100}, "of the radio"),
        ({"state": "ON"}, "text"),
        ({"ok": True}, "true or false"),
        ({"nothing": None}, "null"),
        ({"level": 3}, "constant"),
        ({'q"x': 3}, "its name cannot be written as a path"),
        ({"x": 3, "x_unit": "kvarh"}, "its unit 'kvarh' is none of ours"),
    ],
)
def test_what_is_no_meter_is_left_out_with_the_reason(field: dict[str, object], why: str) -> None:
    found = proposed(heard_of(*repeated("a/b", *([field] * 5))))
    assert why in left_out(found).values()
    assert rows_of(found) == []


def test_a_register_that_stands_still_is_proposed_where_its_unit_is_told() -> None:
    row = a_row("plant/night/water", *[{"total_m3": 5.0}] * 6)
    assert row.evidence["kind"] == "check: unsure: did not move in 6 messages"


def test_a_value_without_a_unit_becomes_a_comment_because_a_meter_must_have_one() -> None:
    found = proposed(heard_of(*repeated("a/b", *rising())))
    (row,) = rows_of(found, blocked=True)
    assert (row.keys["unit"], row.blocked) == ("?", "its unit is not known")
    assert rows_of(found) == []
    plant_of(found)


def test_a_value_without_a_unit_beside_a_meter_is_left_out() -> None:
    found = proposed(heard_of(*repeated("a/b", *({"total_m3": n, "foo": n % 3} for n in range(5)))))
    assert left_out(found) == {"a/b foo": "its unit is not known"}
    assert len(rows_of(found)) == 1
    assert rows_of(found, blocked=True) == []


def test_a_running_number_is_named_and_no_meter() -> None:
    found = proposed(heard_of(*repeated("a/b", *({"total_m3": n / 10, "seq": n} for n in range(5)))))
    assert [row.keys["seq"] for row in rows_of(found)] == ["seq"]
    assert [meter.rule.seq for meter in plant_of(found).meters.values()] == ["seq"]


def test_a_value_that_some_messages_leave_out_is_partial() -> None:
    sent = [{"total_m3": n, "note": "x"} if n % 3 else {"note": "x"} for n in range(12)]
    (meter,) = plant_of(proposed(heard_of(*repeated("a/b", *sent)))).meters.values()
    assert meter.rule.partial


def test_an_item_of_a_list_is_found_by_its_name_wherever_it_stands() -> None:
    items = [[{"name": "line 1 kWh", "value": n}, {"name": "water_m3", "value": 2 * n}] for n in range(6)]
    mixed = [{"d": one[:: -1 if n % 2 else 1]} for n, one in enumerate(items)]
    found = proposed(heard_of(*repeated("gw/list", *mixed)))
    assert {row.keys["value"]: row.keys["unit"] for row in rows_of(found)} == {
        'd[name="line 1 kWh"].value': "kWh",
        "d[name=water_m3].value": "m3",
    }
    plant, message = plant_of(found), json.dumps(mixed[5]).encode()
    readings, _ = Parser(plant).parse("gw/list", message, NOW_US)
    assert sorted(reading.value for reading in readings) == [5.0, 10.0]


def test_items_of_one_name_are_told_apart_by_their_place() -> None:
    twice = [[{"name": "kWh", "value": n}, {"name": "kWh", "value": 2 * n}] for n in range(6)]
    found = proposed(heard_of(*repeated("gw/list", *twice)))
    assert sorted(str(row.keys["value"]) for row in rows_of(found)) == ["[0].value", "[1].value"]


def test_of_a_register_and_the_rate_of_the_same_thing_the_register_is_counted() -> None:
    found = proposed(
        heard_of(*repeated("x/plug", *({"energy_kwh": n, "power_w": 50 + n % 2} for n in range(5))))
    )
    assert [row.keys["value"] for row in rows_of(found)] == ["energy_kwh"]
    assert left_out(found)["x/plug power_w"] == "the same again as energy_kwh: counted once"


def test_two_topics_of_the_same_thing_are_counted_once() -> None:
    messages = [(f"x/pump/{what}", b"%d" % (n * 3)) for n in range(5) for what in ("power", "energy")]
    found = proposed(heard_of(*messages))
    assert [row.keys["topic"] for row in rows_of(found)] == ["x/pump/energy"]
    assert left_out(found)["x/pump/power"] == "the same again as x/pump/energy: counted once"


def test_what_the_plant_counts_already_is_not_proposed_from_another_topic() -> None:
    plant = a_plant(
        '[[process]]\nid = "x"\n[[meter]]\nid = "x.pump"\nprocess = "x"\nresource = "electricity"\n'
        'kind = "counter"\nunit = "kWh"\ntopic = "x/pump/energy"\nformat = "number"\n'
    )
    messages = [(f"x/pump/{what}", b"%d" % (n * 3)) for n in range(5) for what in ("power", "energy")]
    found = proposed(heard_of(*messages), plant)
    assert found.rows == []
    assert left_out(found) == {"x/pump/power": "the same again as x/pump/energy, which is read: counted once"}


def test_a_number_that_is_null_now_and_then_is_a_number() -> None:
    a_row("x/water", *({"total_m3": n if n != 3 else None} for n in range(8)))
    found = proposed(heard_of(*repeated("x/water", *({"total_m3": n if n < 3 else None} for n in range(8)))))
    assert left_out(found) == {"x/water total_m3": "no number in 5 of 8 messages"}


def test_the_total_is_counted_and_not_its_phases_and_days() -> None:
    fields = ("total_kwh", "l1_kwh", "l2_kwh", "l3_kwh", "today_kwh", "export_kwh")
    found = proposed(heard_of(*repeated("x/main", *(dict.fromkeys(fields, n + 1) for n in range(5)))))
    assert [row.keys["value"] for row in rows_of(found)] == ["total_kwh"]
    assert left_out(found)["x/main l1_kwh"] == "one phase of total_kwh: counted once"
    assert left_out(found)["x/main today_kwh"] == "a day's part of total_kwh: counted once"
    assert left_out(found)["x/main export_kwh"] == "what is given back of total_kwh: counted once"


def test_phases_without_a_total_are_all_counted() -> None:
    found = proposed(heard_of(*repeated("x/main", *({f"l{k}_kwh": n for k in (1, 2, 3)} for n in range(5)))))
    assert sorted(row.keys["value"] for row in rows_of(found)) == ["l1_kwh", "l2_kwh", "l3_kwh"]


def test_several_meters_in_one_payload_are_several_rows() -> None:
    registers = [{"line1_kwh": n, "line2_kwh": 2 * n, "steam_kg": 3 * n, "ts": 0} for n in range(5)]
    found = proposed(heard_of(*repeated("gw/modbus", *registers)))
    assert {row.keys["id"]: row.keys["resource"] for row in rows_of(found)} == {
        "gw.modbus.line_1": "electricity",
        "gw.modbus.line_2": "electricity",
        "gw.modbus.steam": "steam",
    }


def test_a_temperature_is_a_variable_unless_a_meter_tells_it() -> None:
    outdoor = a_row("weather/outdoor", {"temp_c": 20.5}, {"temp_c": 21.5}, table="variable")
    assert (outdoor.keys["kind"], outdoor.keys["unit"]) == ("gauge", "degC")
    both = proposed(heard_of(*repeated("x/meter", *({"total_m3": n, "temp_c": 20 + n} for n in range(5)))))
    assert rows_of(both, "variable") == []


def test_a_resource_that_is_not_built_in_is_proposed_with_its_meter() -> None:
    found = proposed(heard_of(*repeated("m/heat", *({"total_kwh": n} for n in range(5)))))
    assert [row.keys for row in rows_of(found, "resource")] == [
        {"id": "heat", "kind": "energy", "unit": "kWh"}
    ]
    assert plant_of(found).resources["heat"].unit == "kWh"


def test_a_mass_of_something_nobody_names_is_a_comment() -> None:
    found = proposed(heard_of(*repeated("a/b", *({"total_kg": n} for n in range(5)))))
    assert rows_of(found, blocked=True)[0].blocked == "kg of what? No word tells the resource"
    plant_of(found)


def test_a_material_of_the_plant_is_known_by_its_id() -> None:
    plant = a_plant('[[resource]]\nid = "caustic_soda"\nkind = "material"\nunit = "kg"\n')
    heard = heard_of(*repeated("store/caustic_soda", *({"total_kg": n} for n in range(5))))
    (row,) = rows_of(proposed(heard, plant))
    assert row.keys["resource"] == "caustic_soda"


def test_two_kinds_of_cubic_metre_of_one_resource_do_not_both_become_rows() -> None:
    messages = [
        (f"gas/line_{unit[0]}", {"value": n, "unit": unit}) for n in range(5) for unit in ("Nm3", "m3")
    ]
    found = proposed(heard_of(*messages))
    assert len(rows_of(found)) == 1
    assert rows_of(found, blocked=True)[0].blocked == "gas is counted in normal m3 already, this is m3"
    plant_of(found)


def test_the_units_of_resources_are_those_of_the_plant_file() -> None:
    assert {name: set(one.units) for name, one in BUILT_IN.items()} == {
        name: set(units) for name, units in FITS.items() if name != "heat"
    }


def a_family(topics: Sequence[str], payload: dict[str, object]) -> list[tuple[str | bytes, object]]:
    return [
        (topic, {key: n if key == "v" else what for key, what in payload.items()})
        for n in range(5)
        for topic in topics
    ]


def test_five_topics_of_one_shape_are_one_source() -> None:
    topics = [f"plant/line_{n}/water" for n in range(5)]
    found = proposed(heard_of(*a_family(topics, {"v": 0, "unit": "m3"})))
    (source,) = rows_of(found, "source")
    assert source.keys == {"topic": "plant/{meter}/water", "format": "json", "value": "v", "unit": "m3"}
    assert source.evidence["topic"] == "5 topics of one shape"
    assert rows_of(found) == []
    example = rows_of(found, blocked=True)[0]
    assert (example.keys["id"], "topic" in example.keys) == ("line_0", False)
    plant_of(found)


def test_four_topics_are_four_rows() -> None:
    found = proposed(heard_of(*a_family([f"plant/line_{n}/water" for n in range(4)], {"v": 0, "unit": "m3"})))
    assert len(rows_of(found)) == 4
    assert rows_of(found, "source") == []


def test_a_family_of_several_units_has_a_source_without_one_and_its_meters_declared() -> None:
    topics = [f"plant/line_{n}/{what}" for n in (1, 2, 3) for what in ("water", "steam")]
    found = proposed(heard_of(*a_family(topics, {"v": 0})))
    (source,) = rows_of(found, "source")
    assert (source.keys["topic"], "unit" in source.keys) == ("plant/{process}/{meter}", False)
    plant = plant_of(found)
    assert {name: meter.unit.name for name, meter in plant.meters.items()} == {
        f"line_{n}.{what}": {"water": "m3", "steam": "kg"}[what]
        for n in (1, 2, 3)
        for what in ("water", "steam")
    }
    assert all(not meter.rule.topic for meter in plant.meters.values())


def test_a_pattern_matches_no_topic_that_says_something_else() -> None:
    topics = [f"plant/line_{n}/water" for n in range(6)]
    strange = [("plant/line_9/water", b"Online"), ("plant/hall/water", {"other": 1, "unit": "m3"})]
    found = proposed(heard_of(*a_family(topics, {"v": 0, "unit": "m3"}), *strange))
    for source in rows_of(found, "source"):
        assert not any(matcher(source.keys["topic"]).fullmatch(topic) for topic, _ in strange)
    assert {row.keys["topic"] for row in rows_of(found)} == {*topics, "plant/hall/water"}


@pytest.mark.parametrize("odd", ["máy", "a b", "x{y}", "x" * 70])
def test_topics_whose_names_are_no_ids_are_rows_and_no_family(odd: str) -> None:
    topics = [f"plant/{odd}{n}/water" for n in range(6)]
    found = proposed(heard_of(*a_family(topics, {"v": 0, "unit": "m3"})))
    assert rows_of(found, "source") == []
    assert len(plant_of(found).meters) == 6


def test_ids_are_unique_and_new_to_the_plant() -> None:
    plant = a_plant(
        '[[process]]\nid = "dyeing"\n[[meter]]\nid = "dyeing.water"\nprocess = "dyeing"\nresource = "water"\n'
        'kind = "counter"\nunit = "m3"\ntopic = "old/x"\n'
    )
    messages = [
        (topic, {"total_m3": n}) for n in range(5) for topic in ("a/Dyeing/water", "b/dyeing/water", "old/x")
    ]
    found = proposed(heard_of(*messages), plant)
    assert sorted(row.keys["id"] for row in rows_of(found)) == ["dyeing.water-2", "dyeing.water-3"]
    assert {row.keys["process"] for row in rows_of(found)} == {"dyeing"}, "the plant's own process"
    assert rows_of(found, "process") == []
    assert found.already_read == {"old/x": "dyeing.water"}


def test_what_a_source_of_the_plant_refuses_is_said_with_its_reason() -> None:
    plant = a_plant('[[source]]\ntopic = "plant/{process}/{meter}"\nmax_meters = 1\n')
    found = proposed(heard_of(("plant/a/b", {"value": 1}), ("plant/a/c", {"value": 1})), plant)
    assert list(found.already_read) == ["plant/a/b"]
    assert left_out(found)["plant/a/c"] == "more than 1 undeclared meters"


def test_sparkplug_is_left_to_its_own_format() -> None:
    found = proposed(heard_of(("spBv1.0/g/DDATA/n/d", b"\x08\x01")))
    assert left_out(found) == {"spBv1.0/g/DDATA/n/d": "Sparkplug B: its births say what it sends"}


def test_a_proposal_that_nobody_could_read_is_cut_and_says_where() -> None:
    heard = heard_of(*((f"x/{n}", {f"l{k}_m3": n for k in range(9)}) for n in range(4)))
    found = propose(heard, None, ZONE, most=10)
    assert left_out(found)["x/2"] == "not looked at: 18 values were found before"
    assert len({row.keys["topic"] for row in rows_of(found)}) == 2
