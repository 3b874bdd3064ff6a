"""What all streams do together: out of the slow channels, by as much as each stream goes along with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from analytics.consumption.instants import epoch_us
from analytics.drift.common import Common, learn, slope_of
from analytics.drift.judge import dump, fresh_state, judge, load
from analytics.drift.limits import COMMON_CLIP, COMMON_MOST, DAY_US, KEEP_COMMONS
from analytics.drift.memory import Memory
from tests.analytics.drift_builders import START, World, a_baseline, a_context, frames_of

DAYS = 200
WORLD = World(interval_s=3600, days=DAYS, seed=3)


def strayed(size: float = 0.3, since: int = 150) -> tuple[pl.DataFrame, pl.DataFrame, Common]:
    """Return frames of a stream whose days stray as the whole plant's do: at random, then up for good."""
    excess, calendar = frames_of(WORLD)
    shares = np.clip(np.random.default_rng(5).normal(0.0, 0.08, DAYS), -0.2, 0.2)
    shares[since:] += size
    by_hour = pl.Series(np.repeat(shares, 24))
    added = pl.col("expected") * by_hour
    excess = excess.with_columns(pl.col("excess") + added, pl.col("actual") + added)
    start = epoch_us(START)
    return excess, calendar, Common.of((start + day * DAY_US, float(one)) for day, one in enumerate(shares))


def test_a_day_is_told_by_any_of_its_instants_and_no_other() -> None:
    common = Common.of([(2 * DAY_US, 0.2), (DAY_US, 0.1)])
    assert [common.at(at) for at in (DAY_US, DAY_US + 1, 2 * DAY_US, 3 * DAY_US - 1)] == [0.1, 0.1, 0.2, 0.2]
    assert common.at(DAY_US - 1) is None
    assert common.at(5 * DAY_US) is None
    assert Common().at(0) is None


def test_a_stream_goes_along_as_far_as_it_has_shown() -> None:
    along, alone = Memory(day_cv=None), Memory(day_cv=None)
    assert slope_of(along) == 0.0
    for day in range(200):
        together = 0.1 if day % 2 else -0.1
        learn(along, together, together)
        learn(alone, 0.1 if day % 4 < 2 else -0.1, together)
    assert slope_of(along) == COMMON_MOST
    assert slope_of(alone) == pytest.approx(0.0, abs=0.02)


def test_one_wild_or_unknown_day_teaches_little() -> None:
    memory = Memory(day_cv=None)
    learn(memory, None, 0.1)
    learn(memory, 0.1, None)
    assert memory.together.xx == 0.0
    learn(memory, 50.0, 80.0)
    assert memory.together.xx == pytest.approx(COMMON_CLIP**2)


def test_what_the_whole_plant_does_moves_the_slow_channels_by_less() -> None:
    excess, calendar, common = strayed()
    alone, _ = judge(fresh_state(a_baseline()), excess, calendar, a_context(WORLD))
    told, _ = judge(fresh_state(a_baseline()), excess, calendar, replace(a_context(WORLD), common=common))
    assert slope_of(told.memory) > 0.5
    assert slope_of(alone.memory) == 0.0
    last = [state.memory.days[-1].z["total"] for state in (alone, told)]
    assert last[1] < 0.6 * last[0]


def test_a_hotspot_keeps_its_size_and_its_money() -> None:
    """Only the tests are told: what is found is what the meter used."""
    world = replace(WORLD, fault="leak", size=0.4, onset_h=100 * 24.0, days=110)
    excess, calendar = frames_of(world)
    quiet = Common.of((epoch_us(START) + day * DAY_US, 0.001 * (-1) ** day) for day in range(110))
    found = [
        judge(fresh_state(a_baseline()), excess, calendar, replace(a_context(world), common=one))[1][-1]
        for one in (Common(), quiet)
    ]
    assert (found[0].since, found[0].excess_total) == (found[1].since, found[1].excess_total)
    assert found[0].cost_total == found[1].cost_total


def test_many_calls_and_one_end_alike_and_a_replay_by_what_was_remembered_too() -> None:
    excess, calendar, common = strayed(since=120)
    context = replace(a_context(WORLD), common=common)
    whole, found = judge(fresh_state(a_baseline()), excess, calendar, context)
    state, again = fresh_state(a_baseline()), {}
    for first in range(0, excess.height, 37):
        rows = slice(first, first + 37)
        state, changed = judge(load(dump(state)), excess[rows], calendar[rows], context)
        again |= {one.id: one for one in changed}
    assert dump(state) == dump(whole)
    assert {one.id for one in found} == set(again)
    remembered = replace(a_context(WORLD), common=Common.of(whole.memory.commons))
    replayed, _ = judge(fresh_state(a_baseline()), excess, calendar, remembered)
    assert dump(replayed) == dump(whole)


def test_the_days_that_are_remembered_are_bounded() -> None:
    world = replace(WORLD, days=KEEP_COMMONS + 20, interval_s=3600)
    excess, calendar = frames_of(world)
    common = Common.of((epoch_us(START) + day * DAY_US, 0.01) for day in range(world.days))
    state, _ = judge(fresh_state(a_baseline()), excess, calendar, replace(a_context(world), common=common))
    assert len(state.memory.commons) == KEEP_COMMONS
    assert state.memory.commons[-1][0] == epoch_us(START + timedelta(days=world.days - 2))
