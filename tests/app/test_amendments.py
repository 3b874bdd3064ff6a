"""Local times of amendments: each is one instant, or refused."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from app.amendments import instant
from domain.errors import Problem

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20 09:30", "2026-11-20T08:30:00+00:00"),
        ("2026-11-20", "2026-11-19T23:00:00+00:00"),
        ("2026-10-25 02:30+02:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 01:59", "2026-10-24T23:59:00+00:00"),
        ("2026-10-25 03:00", "2026-10-25T02:00:00+00:00"),
        ("2026-11-20T08:30:00Z", "2026-11-20T08:30:00+00:00"),
    ],
)
def test_a_local_time_or_one_with_an_offset_is_an_instant(text: str, utc: str) -> None:
    problems: list[Problem] = []
    at = instant("--at", text, BERLIN, problems)
    assert at is not None
    assert (at.isoformat(), problems) == (utc, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-10-25 02:30", "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
        ("2026-10-25 02:00", "happens twice"),
        ("2026-03-29 02:30", "does not happen in Europe/Berlin"),
        ("half past nine", "is no date and time; write 2026-11-20 09:30"),
        ("", "is needed"),
    ],
)  # fmt: skip
def test_a_local_time_that_is_not_one_instant_is_refused(text: str, words: str) -> None:
    problems: list[Problem] = []
    assert instant("--at", text, BERLIN, problems) is None
    assert words in problems[0].message


def test_no_local_time_of_hanoi_is_ambiguous() -> None:
    problems: list[Problem] = []
    at = instant("--at", "2026-10-25 02:30", ZoneInfo("Asia/Ho_Chi_Minh"), problems)
    assert at is not None
    assert (at.isoformat(), problems) == ("2026-10-24T19:30:00+00:00", [])
