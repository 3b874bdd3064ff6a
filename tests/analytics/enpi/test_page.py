"""The worked examples of docs/enpi.md are true."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "enpi.md"


def test_the_examples_of_the_page_give_what_they_say() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.attempted >= 8
    assert done.failed == 0
