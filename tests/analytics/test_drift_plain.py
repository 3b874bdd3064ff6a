"""What is plain is found whatever the limit: days in a row of far more than expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.drift.judge import judge
from analytics.drift.limits import PLAIN_DAYS, PLAIN_SHARE
from analytics.drift.state import JudgeState, fresh_state
from domain.hotspot import Hotspot, HotspotKind
from tests.analytics.drift_builders import World, a_baseline, a_context, frames_of

ONSET_DAY = 40


def a_dull_state() -> JudgeState:
    """Return the state of a stream whose limits lie too far out for anything."""
    state = fresh_state(a_baseline())
    memory = state.memory
    memory.scales = {"total": [0.05, 0.05], "idle": [5.0, 5.0]}
    memory.limits = {"total": [500.0, 500.0], "idle": [500.0, 500.0]}
    memory.jump_limit = memory.shift_limit = 1e9
    return state


def found_in(size: float, days: float = 60.0, limit_factor: float = 1.0) -> list[Hotspot]:
    world = World("proportional", size, days=70, onset_h=ONSET_DAY * 24, end_h=(ONSET_DAY + days) * 24)
    context = replace(a_context(world), limit_factor=limit_factor)
    return judge(a_dull_state(), *frames_of(world), context)[1]


@pytest.mark.parametrize("size", [PLAIN_SHARE + 0.1, 1.0, 9.0])
def test_days_of_far_more_are_found_however_far_the_limit(size: float) -> None:
    (found,) = found_in(size)
    assert found.kind is HotspotKind.DRIFT
    assert found.detected_at - World(onset_h=ONSET_DAY * 24).onset == timedelta(days=PLAIN_DAYS)
    assert found.detector == "cusum_total"
    assert found.evidence["share_of_expected"] == pytest.approx(size, rel=0.1)


@pytest.mark.parametrize(
    ("size", "days"), [(PLAIN_SHARE - 0.1, 60.0), (1.0, PLAIN_DAYS - 1.0), (-0.9, 60.0), (0.0, 60.0)]
)
def test_less_fewer_days_and_less_use_are_left_to_the_limit(size: float, days: float) -> None:
    assert found_in(size, days) == []


def test_what_people_called_false_has_to_be_larger_by_as_much() -> None:
    assert found_in(2.0 * PLAIN_SHARE - 0.1, limit_factor=2.0) == []
    assert len(found_in(2.0 * PLAIN_SHARE + 0.1, limit_factor=2.0)) == 1


def test_noise_around_it_waits_for_days_in_a_row() -> None:
    one_day_off = World("proportional", 1.0, days=70, onset_h=ONSET_DAY * 24)
    frame, calendar = frames_of(one_day_off)
    usual = frames_of(World(days=70))[0]
    fourth = slice((ONSET_DAY + 3) * 96, (ONSET_DAY + 4) * 96)
    mixed = frame[: fourth.start].vstack(usual[fourth]).vstack(frame[fourth.stop :])
    (found,) = judge(a_dull_state(), mixed, calendar, a_context(one_day_off))[1]
    assert found.detected_at - one_day_off.onset == timedelta(days=4 + PLAIN_DAYS)
