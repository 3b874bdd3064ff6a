"""Many devices of edge nodes by one [[source]] row of a plant file."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.plant_file import load_plant
from domain.presence import MeterStatus
from ingest.parse import Parser
from ingest.routes import subscriptions
from ingest.sparkplug.codec import encode
from tests.ingest.builders import NOW_MS, NOW_US
from tests.ingest.sparkplug.builders import DOUBLE, a_birth, a_metric, a_will

PLANT = """
[plant]
name = "Dye works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
[[source]]
topic = "spBv1.0/{group}/DDATA/{node}/{device}"
format = "sparkplug_b"
meter = "{device}.{value}"
[source.values]
flow = { path = "Water/Flow", unit = "L/h" }
total = { path = "Water/Total", unit = "m3", kind = "counter" }
"""
BORN = [
    a_metric(1500.0, name="Water/Flow", alias=1, datatype=DOUBLE),
    a_metric(7.0, name="Water/Total", alias=2, datatype=DOUBLE),
    a_metric(3.0, name="Pressure", alias=3, datatype=DOUBLE),
]


@pytest.fixture
def told() -> list[MeterStatus]:
    return []


@pytest.fixture
def parser(tmp_path: Path, told: list[MeterStatus]) -> Parser:
    """A parser of that plant, at an edge node whose devices dye1 and dye2 are born."""
    file = tmp_path / "plant.toml"
    file.write_text(PLANT)
    plant = load_plant(file)
    assert "spBv1.0/+/DDATA/+/+" in subscriptions(plant)
    parser = Parser(plant, tell=told.extend)
    parser.parse("spBv1.0/hall/NBIRTH/edge", a_birth(seq=0, bd_seq=5), NOW_US)
    for number, device in enumerate(("dye1", "dye2"), 1):
        readings, rejects = parser.parse(
            f"spBv1.0/hall/DBIRTH/edge/{device}", a_birth(*BORN, seq=number), NOW_US
        )
        assert [(one.meter, one.value) for one in readings] == [
            (f"{device}.flow", 1.5),
            (f"{device}.total", 7.0),
        ]
        assert rejects == []
    return parser


def test_every_devices_values_are_meters_in_canonical_units_by_their_aliases(parser: Parser) -> None:
    data = encode(NOW_MS, [a_metric(3000.0, alias=1), a_metric(7.25, alias=2), a_metric(9.0, alias=3)], 3)
    readings, rejects = parser.parse("spBv1.0/hall/DDATA/edge/dye2", data, NOW_US)
    assert [(one.meter, one.value, one.time_us) for one in readings] == [
        ("dye2.flow", 3.0, NOW_US),
        ("dye2.total", 7.25, NOW_US),
    ]
    assert rejects == []


def test_a_node_takes_the_meters_of_all_its_devices_with_it(parser: Parser, told: list[MeterStatus]) -> None:
    told.clear()
    parser.parse("spBv1.0/hall/NDEATH/edge", a_will(5), NOW_US)
    assert {(one.meter, str(one.status)) for one in told} == {
        (f"{device}.{value}", "offline") for device in ("dye1", "dye2") for value in ("flow", "total")
    }
