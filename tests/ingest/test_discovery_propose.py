"""What is proposed for whole topics: one row per thing, its resource and id, what is known already."""

from __future__ import annotations

import json

from ingest.discovery.propose import propose
from ingest.parse import Parser
from tests.ingest.builders import NOW_US
from tests.ingest.discovered import (
    ZONE,
    a_plant,
    a_row,
    heard_of,
    left_out,
    plant_of,
    proposed,
    repeated,
    rows_of,
)


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


def test_a_number_that_is_null_now_and_then_is_a_number() -> None:
    a_row("x/water", *({"total_m3": n if n != 3 else None} for n in range(8)))
    found = proposed(heard_of(*repeated("x/water", *({"total_m3": n if n < 3 else None} for n in range(8)))))
    assert left_out(found) == {"x/water total_m3": "no number in 5 of 8 messages"}


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
