"""How far a stream strays by itself: still ones are watched more closely, straying ones more patiently."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.drift import course, straying
from analytics.drift.calibration import watch_of
from analytics.drift.limits import (
    DAY_FLOOR,
    DROP_WEIGHT,
    FAST_FARTHEST,
    HALVED_DAYS,
    LEAST_K,
    LIFT_WEIGHT,
    OUTPUT_FLOOR,
    RECENT_LAG_DAYS,
    RECENT_MIN_DAYS,
    STILL_LIFT,
    STILL_MIN_DAYS,
    STILL_SOONER,
    STRAYING_FARTHER,
)
from analytics.drift.memory import Day, Episode, Fit, Memory, Straying, Sums
from analytics.drift.state import JudgeState, dump, fresh_state, load
from tests.analytics.drift_builders import World, a_baseline, frames_of


def with_days(values: list[float]) -> Memory:
    memory = Memory(day_cv=None)
    memory.days = [Day(number, clean=True, sums=Sums(), z={"total": z}) for number, z in enumerate(values)]
    return memory


def known(square: float) -> Memory:
    memory = Memory(day_cv=None)
    memory.straying = {"total": Straying(square, 90.0)}
    return memory


def test_the_recent_level_leaves_the_last_days_out() -> None:
    assert straying.lift(with_days([1.0] * 28 + [9.0] * RECENT_LAG_DAYS), "total", 0.25) == pytest.approx(
        0.75
    )


def test_too_few_days_say_nothing() -> None:
    few = with_days([1.0] * (RECENT_MIN_DAYS - 1 + RECENT_LAG_DAYS))
    assert straying.lift(few, "total", 0.0) is None
    assert straying.lift(with_days([1.0] * 60), "idle", 0.0) is None
    straying.learn(few, "total", None)
    assert few.straying == {}
    assert straying.reference(known(1.0), "total", None) == LEAST_K


def test_noise_alone_is_no_straying() -> None:
    rng = np.random.default_rng(5)
    memory = Memory(day_cv=None)
    for _ in range(200):
        straying.learn(memory, "total", float(rng.normal(0.0, 0.9 * STILL_LIFT)))
    assert straying.own_share(memory.straying["total"]) == 0.0
    assert straying.farther(memory, "total") == 1.0
    assert straying.reference(memory, "total", 0.5) == straying.reference(memory, "total", -0.5) == LEAST_K
    assert straying.stillness(memory) == 1.0


def test_a_stream_that_creeps_has_to_stand_out_from_its_recent_level() -> None:
    memory = known((2.0 * STILL_LIFT) ** 2)
    assert straying.farther(memory, "total") == pytest.approx(1.0 + 0.75 * STRAYING_FARTHER)
    assert straying.reference(memory, "total", 0.2) == pytest.approx(LEAST_K + 0.75 * LIFT_WEIGHT * 0.2)
    assert straying.reference(memory, "total", 0.4) == pytest.approx(LEAST_K + 0.75 * LIFT_WEIGHT * 0.4)
    assert straying.stillness(memory) == 0.0


def test_what_rises_from_a_recent_level_below_the_long_mean_counts_sooner() -> None:
    memory = known((2.0 * STILL_LIFT) ** 2)
    assert straying.reference(memory, "total", -0.4) == pytest.approx(LEAST_K - 0.75 * DROP_WEIGHT * 0.4)
    assert straying.reference(memory, "total", -9.0) == 0.0  # at its long mean a stream raises no alarm


def test_nothing_is_learned_while_a_hotspot_is_open() -> None:
    memory = Memory(day_cv=None)
    memory.episodes["1"] = Episode(1, "cusum", 0, 0, 0.0, Sums(), Fit(), [], {}, [])
    straying.learn(memory, "total", 3.0)
    assert memory.straying == {}


def test_a_stream_that_is_known_to_keep_still_comes_near_sooner() -> None:
    new, still = Memory(day_cv=None), Memory(day_cv=None)
    still.straying = {"total": Straying(0.5 * STILL_LIFT**2, STILL_MIN_DAYS + 1.0)}
    for memory in (new, still):
        course.pass_day(memory, ())
    assert new.course == pytest.approx(-math.log(2.0) / HALVED_DAYS)
    assert still.course == pytest.approx((1.0 + STILL_SOONER) * new.course)


def test_one_channel_that_strays_keeps_a_stream_from_being_still() -> None:
    memory = known((3.0 * STILL_LIFT) ** 2)
    memory.straying["idle"] = Straying(0.0, 90.0)
    assert straying.own_share(memory.straying["idle"]) == 0.0
    assert straying.stillness(memory) == 0.0


def test_fast_limits_are_widened_by_finds_a_little_and_never_nearer() -> None:
    memory = Memory(day_cv=None)
    course.pass_day(memory, ())
    assert course.fast_factor(memory) == 1.0
    course.widen(memory, "h1", "cusum_total", 1.0)
    assert course.fast_factor(memory) == FAST_FARTHEST


def test_what_is_known_of_it_survives_a_restart_bit_by_bit() -> None:
    state = fresh_state(a_baseline())
    state.memory.straying = {"total": Straying(0.1 + 0.2, 33.0)}
    again: JudgeState = load(dump(state))
    assert again.memory.straying == state.memory.straying


def test_where_the_output_is_known_straying_does_not_push_the_limits_away() -> None:
    memory = known((3.0 * STILL_LIFT) ** 2)
    assert straying.farther(memory, "total") > 1.0
    memory.knows_output = True
    assert straying.farther(memory, "total") == 1.0
    creeps = straying.reference(memory, "total", 1.0)
    memory.knows_output = False
    assert LEAST_K < creeps < straying.reference(memory, "total", 1.0)  # it has to stand out, by less


def test_a_stream_whose_output_is_known_is_judged_finer() -> None:
    frame, calendar = frames_of(World(days=120, noise=0.02))
    known_output, plain = (
        watch_of(frame, calendar, 900, 1.0, knows_output=knows_output) for knows_output in (True, False)
    )
    assert OUTPUT_FLOOR <= known_output["scales"]["total"][0] < DAY_FLOOR <= plain["scales"]["total"][0]
    assert known_output["scales"]["idle"][0] < plain["scales"]["idle"][0]
