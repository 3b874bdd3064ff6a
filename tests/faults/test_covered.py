"""Every fault of docs/faults.md has a test, and every test named there is one of that fault."""

from __future__ import annotations

import re

import pytest

from tests.faults.covered import FAULTS, HERE, covered

ROW = re.compile(r"^\| (\d+) \|[^|]+\|[^|]+\|([^|]*)\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows() -> dict[int, set[str]]:
    """The files that docs/faults.md names for each fault."""
    text = (HERE.parent / "docs" / "faults.md").read_text(encoding="utf-8")
    return {int(number): set(re.findall(r"`(.+?)`", files)) for number, files in ROW.findall(text)}


@pytest.fixture(scope="module")
def tests() -> dict[int, list[str]]:
    """The tests of each fault."""
    return covered()


def test_every_fault_has_a_test(tests: dict[int, list[str]]) -> None:
    assert {*FAULTS} - {*tests} == set()


def test_a_number_is_one_of_the_list(tests: dict[int, list[str]]) -> None:
    assert {*tests} <= {*FAULTS}


def test_the_document_has_a_row_for_every_fault(rows: dict[int, set[str]]) -> None:
    assert sorted(rows) == [*FAULTS]


def test_the_document_names_files_that_test_the_fault(
    rows: dict[int, set[str]], tests: dict[int, list[str]]
) -> None:
    for number, named in rows.items():
        files = {name.split("::")[0].removeprefix("tests/") for name in tests.get(number, [])}
        assert named <= files, f"fault {number}"
        assert named, f"fault {number}"
