"""A problem names the table, the key and what was written, as a person finds it in the file."""

from __future__ import annotations

import pytest

from config.problems import Fault, Loc, show, tell

TABLES = {
    "plant": {"name": "Works", "closed": ["a", "b"]},
    "resource": [
        {"id": "gas", "price": [{"from": "x"}, {"from": "y", "window": [{"name": "peak", "amount": -1}]}]}
    ],
    "meter": [{"id": "m1"}, {"unit": "m4"}],
    "token": "abc",
    "strange": {"a": 1},
}


def told(loc: Loc) -> str:
    (problem,) = tell("f", TABLES, [Fault(loc, "wrong")])
    return str(problem)


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("plant", "name"), 'f: plant.name = "Works": wrong'),
        (("plant", "currency"), "f: plant.currency: wrong"),
        (("plant", "closed", 1), 'f: plant.closed[2] = "b": wrong'),
        (("meter", 1, "unit"), 'f: meter[2].unit = "m4": wrong'),
        (("meter", 0, "unit"), "f: meter[1] (m1).unit: wrong"),
        (
            ("resource", 0, "price", 1, "window", 0, "amount"),
            "f: resource[1] (gas).price[2].window[1] (peak).amount = -1: wrong",
        ),
        (("resource", 0), "f: resource[1] (gas): wrong"),
        (("process",), "f: process: wrong"),
        (("strange",), "f: strange: wrong"),
        (("token",), "f: token = ***: wrong"),
    ],
)
def test_the_place_is_told(loc: Loc, line: str) -> None:
    assert told(loc) == line


def test_problems_come_in_the_files_order_and_once_each() -> None:
    faults = [Fault(("meter", 1, "unit"), "c"), Fault(("meter", 0, "id"), "b"), Fault(("plant", "name"), "a")]
    assert [problem.message for problem in tell("f", TABLES, [*faults, *faults])] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (float("nan"), "nan"),
        ("a\nb", '"a\\nb"'),
        ("nước", '"nước"'),
        ("x" * 200, '"' + "x" * 76 + "..."),
        ("postgresql://me:secret@db/x", '"postgresql://***@db/x"'),
    ],
)
def test_a_value_is_shown_on_one_short_line_without_secrets(value: object, shown: str) -> None:
    assert show(value) == shown
