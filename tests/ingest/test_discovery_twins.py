"""What measures the same thing again is counted once."""

from __future__ import annotations

from config.plant_resources import BUILT_IN
from ingest.discovery.twins import FITS
from tests.ingest.discovered import a_plant, heard_of, left_out, proposed, repeated, rows_of


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


def test_the_units_of_resources_are_those_of_the_plant_file() -> None:
    assert {name: set(one.units) for name, one in BUILT_IN.items()} == {
        name: set(units) for name, units in FITS.items() if name != "heat"
    }
