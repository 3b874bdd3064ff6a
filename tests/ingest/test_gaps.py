"""What senders' running numbers tell of messages that never came."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.gaps import Gaps, keep_numbers, take_numbers


def noted(*numbers: int, meter: str = "a") -> Gaps:
    """Return the gaps of one meter's numbers."""
    gaps = Gaps()
    gaps.note((meter, number) for number in numbers)
    return gaps


def test_numbers_without_a_hole_miss_nothing() -> None:
    assert noted(*range(7, 500)).missing == {}


def test_a_hole_is_counted_exactly() -> None:
    gaps = Gaps()
    assert gaps.note([("a", 1), ("b", 5), ("a", 2002)]) == 2000
    assert gaps.note([("b", 6), ("b", 8)]) == 1
    assert (gaps.missing, gaps.total) == ({"a": 2000, "b": 1}, 2001)


def test_a_late_message_is_not_missing_any_more() -> None:
    gaps = noted(1, 2, 6, 4)
    assert gaps.missing == {"a": 2}
    gaps.note([("a", 3), ("a", 5), ("a", 7)])
    assert (gaps.missing, gaps.total) == ({}, 0)


def test_a_repetition_changes_nothing() -> None:
    assert noted(1, 2, 3, 5, 2, 3, 5, 5, 6).missing == {"a": 1}


def test_a_sender_that_began_anew_misses_nothing_of_what_is_not_known() -> None:
    gaps = noted(500, 501, 0, 1, 2)
    assert (gaps.missing, gaps.restarts) == ({}, 1)
    assert noted(65534, 65535, 2, 3).restarts == 1
    assert noted(254, 255, 0, 1, 3).missing == {"a": 1}


def test_what_came_before_a_break_is_gone_on_from() -> None:
    gaps = Gaps()
    gaps.go_on_from({"a": 999})
    assert gaps.note([("a", 5000)]) == 4000
    assert gaps.last() == {"a": 5000}


def test_a_number_far_away_is_another_count_and_no_loss() -> None:
    assert (noted(5, 10**12, 10**12 + 1).missing, noted(5, 10**12).restarts) == ({}, 1)


def test_numbers_are_kept_by_an_orderly_end_alone(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    assert take_numbers(file) == {}
    keep_numbers(file, {"a": 7})
    assert take_numbers(file) == {"a": 7}
    assert take_numbers(file) == {}  # whatever ends the next run, these are old
    file.write_text('{"a": "x", "b": [')
    assert take_numbers(file) == {}
    keep_numbers(tmp_path / "missing" / "numbers.json", {"a": 7})


@given(st.permutations(range(2, 40)), st.sets(st.integers(2, 39), max_size=10))
def test_in_whatever_order_only_what_never_came_is_missing(order: list[int], lost: set[int]) -> None:
    gaps = noted(1, *(number for number in order if number not in lost), 40)
    assert gaps.total == len(lost)
    assert gaps.missing == ({"a": len(lost)} if lost else {})
