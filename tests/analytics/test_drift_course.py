"""The course of the limits: nearer while nothing is found, further after a find, back after a word."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.drift.course import daily_limit, pass_day, widen
from analytics.drift.judge import fresh_state, judge
from analytics.drift.limits import (
    FARTHEST,
    HALVED_DAYS,
    LEAST_K,
    LEAST_LIMIT,
    NEAREST,
    NEAREST_EXCURSION,
    WIDER,
)
from analytics.drift.memory import Memory
from analytics.widening import judge_widened
from domain.alert import AlertKind, fingerprint_of
from domain.feedback import Feedback, Verdict
from tests.analytics.drift_builders import World, a_baseline, a_context, frames_of

LEARNED = 20.0
#: a slow rise that the daily channels find, mended after a while
WORLD = World("leak", 0.1, interval_s=3600, days=90, onset_h=40 * 24.0, end_h=70 * 24.0, seed=4)


def limit(memory: Memory, channel: str = "total", side: int = 1, learned: float = LEARNED) -> float:
    return daily_limit(memory, channel, side, learned)


def test_a_fresh_stream_is_judged_by_what_was_learned() -> None:
    assert limit(Memory(day_cv=None)) == LEARNED


def test_quiet_days_halve_the_limit_and_never_below_the_nearest() -> None:
    memory = Memory(day_cv=None)
    for _ in range(int(HALVED_DAYS)):
        pass_day(memory, ())
    assert limit(memory) == pytest.approx(LEARNED / 2)
    for _ in range(2000):
        pass_day(memory, ())
    assert limit(memory, learned=100.0) == pytest.approx(100.0 * NEAREST)
    assert limit(memory) == NEAREST_EXCURSION / LEAST_K
    memory.ks = {"total": 0.8, "idle": 2.0}
    assert limit(memory) == pytest.approx(NEAREST_EXCURSION / 0.8)
    assert limit(memory, "idle") == pytest.approx(LEARNED * NEAREST)
    assert limit(memory, "idle", learned=7.0) == LEAST_LIMIT
    assert limit(memory, learned=5.0) == 5.0  # learned nearer than that: it stays


@pytest.mark.parametrize(("channel", "side"), [("total", -1), ("idle", -1), ("shift early", 1)])
def test_what_does_not_follow_the_course_keeps_what_was_learned(channel: str, side: int) -> None:
    memory = Memory(day_cv=None)
    widen(memory, "h1", "cusum_total", 1.0)
    assert limit(memory, channel, side) == LEARNED


def test_a_shifts_contrast_comes_nearer_with_the_quiet_days() -> None:
    memory = Memory(day_cv=None)
    for _ in range(int(HALVED_DAYS)):
        pass_day(memory, ())
    assert limit(memory, "shift early") == pytest.approx(LEARNED / 2)
    assert limit(memory, "shift early", side=-1) == LEARNED


def test_a_find_widens_more_where_the_budget_is_smaller() -> None:
    one, half = Memory(day_cv=None), Memory(day_cv=None)
    widen(one, "h1", "cusum_idle", 1.0)
    widen(half, "h1", "cusum_idle", 2.0)
    assert limit(one) == pytest.approx(LEARNED * math.exp(WIDER))
    assert limit(half) == pytest.approx(LEARNED * math.exp(WIDER / 2))


@pytest.mark.parametrize("detector", ["cusum", "ewma", "cusum_shift early"])
def test_what_the_other_channels_find_does_not_count(detector: str) -> None:
    memory = Memory(day_cv=None)
    widen(memory, "h1", detector, 1.0)
    assert limit(memory) == LEARNED


def test_a_confirmed_find_takes_back_what_it_widened_once() -> None:
    memory = Memory(day_cv=None, episodes={})
    widen(memory, "h1", "cusum_total", 1.0)
    widen(memory, "h2", "cusum_total", 1.0)
    right = {fingerprint_of(AlertKind.HOTSPOT, "h1")}
    pass_day(memory, right)
    after = limit(memory)
    assert after < LEARNED * math.exp(WIDER)
    pass_day(memory, right)
    assert after * 0.99 < limit(memory) < after


@given(st.lists(st.sampled_from(["day", "find"]), max_size=300))
def test_the_limit_stays_within_its_bounds(steps: list[str]) -> None:
    memory = Memory(day_cv=None)
    for number, step in enumerate(steps):
        if step == "day":
            pass_day(memory, ())
        else:
            widen(memory, f"h{number}", "cusum_total", 1.0)
        assert LEARNED * NEAREST <= limit(memory) <= LEARNED * FARTHEST * (1 + 1e-12)


def test_a_word_that_a_slow_find_was_right_brings_the_limits_back() -> None:
    frame, calendar = frames_of(WORLD)
    context = a_context(WORLD)
    left, found = judge(fresh_state(a_baseline()), frame, calendar, context)
    slow = [one for one in found if one.detector in {"cusum_total", "cusum_idle"}]
    assert slow
    said = Feedback(
        fingerprint_of(AlertKind.HOTSPOT, slow[0].id), 1, slow[0].detected_at + timedelta(days=1), "Lan",
        Verdict.CONFIRMED, "van hở", context.process, context.resource, slow[0].detector,
    )  # fmt: skip
    right, _ = judge_widened(fresh_state(a_baseline()), frame, calendar, context, [said])
    wrong, _ = judge_widened(
        fresh_state(a_baseline()), frame, calendar, context, [replace(said, verdict=Verdict.NORMAL_CHANGE)]
    )
    assert right.memory.course < wrong.memory.course == left.memory.course
