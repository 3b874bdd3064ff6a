"""Each interval counts once: however history is cut into calls, and wherever the process was killed."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.drift.judge import JudgeState, dump, fresh_state, judge, load
from domain.hotspot import Hotspot
from tests.analytics.drift_builders import World, a_baseline, a_context, actual_of, frames_of

#: a leak that is repaired, a gap, and at the end a stuck meter: everything that has state
WORLD = World("leak", 0.5, interval_s=3600, days=60, end_h=30 * 24.0, missing=((700.0, 760.0),), seed=4)


@cache
def frames() -> tuple[pl.DataFrame, pl.DataFrame]:
    values = actual_of(WORLD)
    values[-100:-30] = 77.7
    values[1000:1200] *= 0.7
    return frames_of(WORLD, values)


def run(cuts: list[int]) -> tuple[JudgeState, dict[str, Hotspot]]:
    """Return the last state and each hotspot as it was last said, through bytes after every call."""
    frame, calendar = frames()
    state, said = fresh_state(a_baseline()), dict[str, Hotspot]()
    borders = [0, *sorted(cuts), frame.height]
    for begin, end in pairwise(borders):
        state, changed = judge(load(dump(state)), frame[begin:end], calendar[begin:end], a_context(WORLD))
        said |= {hotspot.id: hotspot for hotspot in changed}
    return state, said


@cache
def at_once() -> tuple[bytes, dict[str, Hotspot]]:
    state, said = run([])
    return dump(state), said


def test_the_history_has_hotspots_of_every_kind() -> None:
    assert {str(hotspot.kind) for hotspot in at_once()[1].values()} == {
        "drift",
        "under_consumption",
        "stuck_meter",
    }


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=WORLD.days * 24), max_size=12))
def test_any_cut_of_history_gives_the_same_hotspots_and_the_same_state(cuts: list[int]) -> None:
    state, said = run(cuts)
    assert (dump(state), said) == at_once()


def test_interval_by_interval_gives_the_same_as_at_once() -> None:
    state, said = run(list(range(0, WORLD.days * 24, 5)))
    assert (dump(state), said) == at_once()


def test_intervals_judged_before_are_ignored() -> None:
    frame, calendar = frames()
    state, _ = judge(fresh_state(a_baseline()), frame[:900], calendar[:900], a_context(WORLD))
    state, _ = judge(state, frame[600:], calendar[600:], a_context(WORLD))
    assert dump(state) == at_once()[0]


def test_the_given_state_is_left_as_it_was() -> None:
    frame, calendar = frames()
    state, _ = judge(fresh_state(a_baseline()), frame[:900], calendar[:900], a_context(WORLD))
    before = dump(state)
    judge(state, frame[900:], calendar[900:], a_context(WORLD))
    assert dump(state) == before


def test_a_state_takes_bounded_room() -> None:
    assert len(at_once()[0]) < 64_000


@pytest.mark.parametrize("data", [b"", b"\x80", b"not a state"])
def test_bytes_that_are_no_state_are_refused(data: bytes) -> None:
    import msgspec

    with pytest.raises(msgspec.MsgspecError):
        load(data)
