"""Paths into a payload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ingest.rows import dig, parse_path


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("value", ("value",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('"em:0".x', ("em:0", "x")),
        ('params."em:0"."total.act"[12]', ("params", "em:0", "total.act", 12)),
        ("em:0.total_act_power", ("em:0", "total_act_power")),
        ("[1][2]", (1, 2)),
        ("[1].x", (1, "x")),
        ("Active Power.L1", ("Active Power", "L1")),
        ("điện.năng", ("điện", "năng")),
        ("", ()),
    ],
)
def test_a_path_is_split_into_its_steps(text: str, steps: tuple[str | int, ...]) -> None:
    assert parse_path(text) == steps


@pytest.mark.parametrize("text", [".a", "a..b", "a.", "a[x]", "a[-1]", "a[", 'a"b"', '"a', "a[0]b", 'a."'])
def test_a_malformed_path_says_where(text: str) -> None:
    with pytest.raises(ValueError, match=r"unreadable from|a dot is"):
        parse_path(text)


@given(st.text(max_size=40))
def test_any_text_is_a_path_or_a_value_error(text: str) -> None:
    try:
        steps = parse_path(text)
    except ValueError:
        return
    assert all(isinstance(step, (str, int)) for step in steps)


@given(
    st.lists(st.text(st.characters(exclude_characters='"'), min_size=1, max_size=9), min_size=1, max_size=4)
)
def test_quoted_keys_come_back_as_written(keys: list[str]) -> None:
    assert parse_path(".".join(f'"{key}"' for key in keys)) == tuple(keys)


@pytest.mark.parametrize(
    "steps", [("b",), ("a", "x"), ("a", 0, "c"), ("a", "b", 5), ("a", "b", 0, "x"), (0,)]
)
def test_a_path_that_leads_nowhere_is_unset(steps: tuple[str | int, ...]) -> None:
    assert dig({"a": {"b": [7]}}, steps) is UNSET


def test_a_path_leads_through_objects_and_lists() -> None:
    assert dig({"a": {"b": [{"c": None}]}}, ("a", "b", 0, "c")) is None
