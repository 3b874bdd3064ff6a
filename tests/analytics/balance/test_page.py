"""The worked examples of docs/balances.md are true, and its piece of a plant file is good."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from domain.meter import Flow
from tests.config.builders import PLANT, plant_of

PAGE = Path(__file__).parents[3] / "docs" / "balances.md"


def test_the_examples_of_the_page_give_what_they_say() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.attempted >= 9
    assert done.failed == 0


def test_the_plant_files_piece_can_be_copied() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    plant = plant_of(PLANT + block)
    assert plant.meters["cutting.electricity"].under == "main.electricity"
    assert plant.meters["cutting.scrap"].flow is Flow.LOSS
