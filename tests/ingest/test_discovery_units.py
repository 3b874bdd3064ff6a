"""Where a proposed value's unit comes from, and which values are no meter."""

from __future__ import annotations

import pytest

from tests.ingest.discovered import a_row, heard_of, left_out, plant_of, proposed, repeated, rising, rows_of


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
