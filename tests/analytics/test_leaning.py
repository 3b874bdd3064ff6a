"""How much of a plant leans the way one stream has moved."""

from __future__ import annotations

import pytest

from analytics.leaning import HourUse, lately_share, share_leaning

HOUR_US = 3_600_000_000
SINCE = 100 * HOUR_US + 5
OWN = ("dye_line_1", "water")


def hours(lean: float, before: float = 0.0) -> list[HourUse]:
    """Return four hours before the onset and three since, the onset's own among them."""
    early = [(number * HOUR_US, 10.0, 10.0 * before) for number in range(96, 100)]
    return early + [(number * HOUR_US, 10.0, 10.0 * lean) for number in range(100, 103)]


def plant(*leans: float) -> dict[tuple[str, str], list[HourUse]]:
    return {OWN: hours(0.4)} | {(f"line_{n}", "water"): hours(lean) for n, lean in enumerate(leans)}


@pytest.mark.parametrize(
    ("others", "share"),
    [
        ((0.3, 0.25, 0.2, 0.0), 0.75),  # half of its own excess is enough
        ((0.19, 0.1, 0.0, 0.0), 0.0),
        ((-0.4, -0.4, -0.4, 0.4), 0.25),  # the other way is no company
    ],
)
def test_a_stream_leans_when_it_moves_the_same_way_and_half_as_far(
    others: tuple[float, ...], share: float
) -> None:
    assert share_leaning(plant(*others), OWN, SINCE, 1) == share


def test_what_was_before_the_onset_does_not_count() -> None:
    streams = {OWN: hours(0.4)} | {(f"line_{n}", "water"): hours(0.0, before=9.0) for n in range(4)}
    assert share_leaning(streams, OWN, SINCE, 1) == 0.0


def test_little_moves_are_nobodys_company() -> None:
    streams = plant(0.04, 0.04, 0.04) | {OWN: hours(0.06)}
    assert share_leaning(streams, OWN, SINCE, 1) == 0.0


def test_where_too_little_is_known_nothing_is_said() -> None:
    assert share_leaning(plant(0.4, 0.4), OWN, SINCE, 1) is None
    assert share_leaning({}, OWN, SINCE, 1) is None
    silent = plant(0.4, 0.4, 0.4) | {("line_2", "water"): hours(0.4)[:4]}
    assert share_leaning(silent, OWN, SINCE, 1) is None


def test_less_use_is_asked_the_other_way_round() -> None:
    streams = plant(-0.4, -0.4, -0.4, -0.1) | {OWN: hours(-0.5)}
    assert share_leaning(streams, OWN, SINCE, -1) == 0.75


def test_a_share_of_next_to_nothing_is_held_against_what_is_usual() -> None:
    rest = [(number * HOUR_US, 1.0, -0.3) for number in range(100, 124)]
    assert lately_share(rest, 100 * HOUR_US, -1, usual=0.0) == pytest.approx(0.3)
    assert lately_share(rest, 100 * HOUR_US, -1, usual=10.0) == pytest.approx(0.03)
    assert lately_share([], 0, -1, usual=10.0) is None
