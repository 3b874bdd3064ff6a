"""The example plants load, without a doubt, and show what a newcomer needs to see."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import config
from config.plant_file import load_plant
from config.plant_warnings import plant_warnings
from domain.meter import MeterKind
from domain.plant import Plant
from domain.resource import ResourceKind
from ingest.check import check_routes

FOLDER = Path(next(iter(config.__path__)))
EXAMPLES = ("dye_works", "brewery")
DAYS = (date(2025, 6, 1), date(2026, 11, 22), date(2028, 1, 1))


def example(name: str, today: date = DAYS[1]) -> Plant:
    return load_plant(FOLDER / f"{name}.toml", today)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("today", DAYS)
def test_an_example_has_neither_problems_nor_doubts(name: str, today: date) -> None:
    plant = example(name, today)
    assert plant_warnings(plant, today) == []
    assert check_routes(plant) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_shows_every_kind_and_format(name: str) -> None:
    plant = example(name)
    assert 10 <= len(plant.meters) <= 16
    assert {meter.kind for meter in plant.meters.values()} == set(MeterKind)
    assert {meter.rule.format for meter in plant.meters.values()} == {"json", "number", "csv"}
    assert {meter.rule.time_unit for meter in plant.meters.values()} >= {"ms", "s", "iso"}
    assert any(meter.rollover for meter in plant.meters.values())
    assert {meter.every_s for meter in plant.meters.values()} == {60.0}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_measures_every_kind_of_resource(name: str) -> None:
    plant = example(name)
    used = {resource for _, resource in plant.streams()}
    assert used >= {"electricity", "gas", "steam", "compressed_air", "water", "wastewater"}
    assert {plant.resources[resource].kind for resource in used} == set(ResourceKind)
    assert plant.resources["electricity"].prices[-1].windows
    assert plant.shifts
    assert plant.closed
    assert "outdoor_temperature" in plant.variables


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_factor_of_an_example_names_its_source_honestly(name: str) -> None:
    factors = [
        factor for resource in example(name).resources.values() for factor in resource.emission_factors
    ]
    assert factors
    for factor in factors:
        assert "own estimate" in factor.source or "before reporting" in factor.source


def test_the_dye_works_has_the_ids_that_the_documentation_uses() -> None:
    plant = example("dye_works")
    assert "dye_line_2.water" in plant.meters
    assert plant.processes["dye_line_2"].variables == ("dye_line_2.output", "outdoor_temperature")
    peaks = plant.resources["electricity"].prices[-1].windows
    assert [(window.start.hour, window.end.hour) for window in peaks] == [(9, 11), (17, 20), (22, 4)]
