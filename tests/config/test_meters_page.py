"""What docs/meters.md says of device profiles can be copied and is what they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.profiles import PROFILES
from ingest.check import check_routes
from tests.config.builders import PLANT, plant_of

PAGE = (Path(__file__).parents[2] / "docs" / "meters.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SECTIONS = {
    name: section
    for section in PAGE.split("\n## ")[1:]
    for name in re.findall(r"`(\w+)`", section.split("\n")[0])
}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_the_page_is_a_good_part_of_a_plant_file(block: str) -> None:
    plant = plant_of(f'{PLANT}\n[[process]]\nid = "dye_line_2"\n\n{block}')
    assert check_routes(plant) == []
    assert plant.sources or len(plant.meters) > 1


def test_every_profile_has_a_section_with_its_topic_its_values_and_a_block() -> None:
    assert set(SECTIONS) == set(PROFILES)
    for name, profile in PROFILES.items():
        section = SECTIONS[name]
        assert profile.topic in section, name
        assert f'format = "{name}"' in section or name == "homie_4", name
        assert {value for value in profile.values if not re.search(r"[1-3]_", value)} <= set(
            re.findall(r"`(\w+)`", section)
        ), name
