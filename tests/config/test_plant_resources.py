"""Units: what a resource is kept in, and which meters fit it."""

from __future__ import annotations

import pytest

from config.plant_resources import BUILT_IN
from tests.config.builders import PLANT, a_meter, plant_of, plant_problems, told


def unit_of(resource: str, *meters: str) -> str:
    return plant_of(PLANT + "".join(meters)).resources[resource].unit


def test_every_plant_knows_the_built_in_resources() -> None:
    resources = plant_of(PLANT).resources
    assert {name: resource.unit for name, resource in resources.items()} == {
        "electricity": "kWh",
        "gas": "kWh",
        "steam": "kg",
        "compressed_air": "m3",
        "water": "m3",
        "wastewater": "m3",
    }
    assert list(resources) == list(BUILT_IN)


def test_a_table_overrides_what_a_built_in_resource_is_called() -> None:
    plant = plant_of(PLANT + '[[resource]]\nid = "gas"\nname = "CNG"\nunit = "m3"\n')
    assert (plant.resources["gas"].name, plant.resources["gas"].unit) == ("CNG", "m3")
    assert plant.resources["steam"].name == "Steam"


@pytest.mark.parametrize(
    ("resource", "meter_unit", "kind", "more", "unit"),
    [
        ("gas", "m3", "counter", "", "m3"),
        ("gas", "Nm3/h", "gauge", "", "m3"),
        ("gas", "m3", "counter", "heating_value = 10.5", "kWh"),
        ("gas", "MMBtu", "counter", "", "kWh"),
        ("steam", "t", "delta", "", "kg"),
        ("steam", "GJ", "counter", "", "kWh"),
        ("steam", "t/h", "gauge", "heating_value = 0.75", "kWh"),
        ("compressed_air", "scfm", "gauge", "", "m3"),
        ("compressed_air", "kWh", "counter", "", "kWh"),
        ("electricity", "kW", "gauge", "", "kWh"),
        ("water", "hL", "counter", "", "m3"),
    ],
)
def test_a_resources_unit_is_what_its_meters_amount_to(
    resource: str, meter_unit: str, kind: str, more: str, unit: str
) -> None:
    assert unit_of(resource, a_meter(resource=resource, unit=meter_unit, kind=kind, more=more)) == unit


def test_meters_that_agree_after_conversion_agree() -> None:
    gas = (
        a_meter("a", resource="gas", unit="m3", more="heating_value = 10"),
        a_meter("b", resource="gas", unit="MWh"),
    )
    assert unit_of("gas", *gas) == "kWh"


def test_meters_that_disagree_are_named() -> None:
    rows = a_meter("a", resource="gas", unit="m3") + a_meter("b", resource="gas", unit="kWh")
    (line,) = told(plant_problems(PLANT + rows))
    assert line == (
        "resource: the unit of gas is not clear: m3 is measured by a; kWh is measured by b. "
        "Give the odd ones a heating_value, or write the resource's unit"
    )


def test_a_disagreement_is_told_at_the_resources_table_where_there_is_one() -> None:
    rows = a_meter("a", resource="steam", unit="t") + a_meter("b", resource="steam", unit="GJ")
    (line,) = told(plant_problems(PLANT + rows + '[[resource]]\nid = "steam"\n'))
    assert line.startswith(
        "resource[1] (steam).unit: the unit of steam is not clear: kg is measured by a; kWh"
    )


@pytest.mark.parametrize(
    ("resource", "kept", "meter_unit", "more", "line"),
    [
        (
            "gas",
            "kWh",
            "m3",
            "",
            "m3 amounts to m3, but gas is kept in kWh: give heating_value, in kWh per m3",
        ),
        (
            "gas",
            "m3",
            "MWh",
            "",
            "MWh amounts to kWh, but gas is kept in m3: write a unit that amounts to m3",
        ),
        (
            "gas",
            "m3",
            "m3",
            "heating_value = 10",
            "with it, m3 amounts to kWh, but gas is kept in m3: leave it out",
        ),
        (
            "steam",
            "kWh",
            "t",
            "",
            "t amounts to kg, but steam is kept in kWh: give heating_value, in kWh per kg",
        ),
    ],
)
def test_a_meter_that_does_not_fit_the_written_unit_is_told(
    resource: str, kept: str, meter_unit: str, more: str, line: str
) -> None:
    row = f'[[resource]]\nid = "{resource}"\nunit = "{kept}"\n'
    (found,) = told(plant_problems(PLANT + a_meter(resource=resource, unit=meter_unit, more=more) + row))
    key = "heating_value = 10" if more else f'unit = "{meter_unit}"'
    assert found == f"meter[2] (m).{key}: {line}"


@pytest.mark.parametrize(
    ("resource", "kind", "meter_unit", "line"),
    [
        (
            "electricity",
            "counter",
            "m3",
            "m3 amounts to m3, but electricity is kept in kWh: give heating_value",
        ),
        (
            "gas",
            "counter",
            "kg",
            "kg amounts to kg, but gas is kept in kWh: give heating_value, in kWh per kg",
        ),
        ("water", "counter", "kg", "kg amounts to kg, but water is kept in m3"),
        ("water", "gauge", "m3", "a gauge measures a rate (kW, m3/h, kg/h ...); m3 is an amount"),
        ("water", "counter", "m3/h", "a counter measures an amount (kWh, m3, kg ...); m3/h is a rate"),
        ("water", "delta", "L/min", "a delta measures an amount (kWh, m3, kg ...); L/min is a rate"),
        ("water", "gauge", "degC", "a resource is an energy, a volume or a mass; degC is a temperature"),
        ("water", "counter", "pcs", "a resource is an energy, a volume or a mass; pcs is a count"),
        ("water", "gauge", "m/min", "a resource is an energy, a volume or a mass; m/min is a length_rate"),
    ],
)
def test_a_unit_that_cannot_be_measured_so_is_told(
    resource: str, kind: str, meter_unit: str, line: str
) -> None:
    (found,) = told(plant_problems(PLANT + a_meter(resource=resource, kind=kind, unit=meter_unit)))
    assert found.startswith(f'meter[2] (m).unit = "{meter_unit}": {line}')


def test_an_energy_has_no_heating_value() -> None:
    (line,) = told(plant_problems(PLANT + a_meter(resource="gas", unit="kWh", more="heating_value = 10")))
    assert line.startswith("meter[2] (m).heating_value = 10: kWh is an energy already")


@pytest.mark.parametrize(("one", "other"), [("Nm3", "m3"), ("Nm3", "scf"), ("m3", "Sm3")])
def test_normal_standard_and_actual_cubic_metres_do_not_mix(one: str, other: str) -> None:
    rows = a_meter("a", resource="compressed_air", unit=one) + a_meter(
        "b", resource="compressed_air", unit=other
    )
    (line,) = told(plant_problems(PLANT + rows))
    assert line.startswith(f'meter[3] (b).unit = "{other}": compressed_air mixes kinds of cubic metre')
    assert "by a; " in line


def test_cubic_metres_may_mix_where_each_has_its_heating_value() -> None:
    rows = [a_meter(unit, resource="gas", unit=unit, more="heating_value = 10") for unit in ("m3", "Nm3")]
    assert unit_of("gas", *rows) == "kWh"


def test_a_new_resource_may_be_any_canonical_amount_of_its_kind() -> None:
    rows = "".join(
        f'[[resource]]\nid = "{name}"\nkind = "{kind}"\nunit = "{unit}"\n'
        for name, kind, unit in [
            ("coal", "energy", "kg"),
            ("rain", "water", "m3"),
            ("acid", "material", "m3"),
        ]
    )
    resources = plant_of(PLANT + rows).resources
    assert [resources[name].unit for name in ("coal", "rain", "acid")] == ["kg", "m3", "m3"]
