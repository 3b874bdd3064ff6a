"""The daily channels look at a day before it is over: what they find, when, and that it leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.drift import looks
from analytics.drift.channels import Part, day_values
from analytics.drift.cusum import CUSUM
from analytics.drift.judge import JudgeState, dump, fresh_state, judge, load
from analytics.drift.limits import LOOK_HOURS, LOOK_MIN_HOURS, MIN_DAY_HOURS
from domain.hotspot import Hotspot, HotspotKind
from tests.analytics.drift_builders import START, World, a_baseline, a_context, frames_of, judged

#: a small excess that only its days can find
CREEPING = World(
    "proportional", 0.1, interval_s=3600, days=60, onset_h=30 * 24.0, noise=0.1, rho=0.7, shifts=False
)
SEEDS = range(12)


def found_at(world: World) -> datetime | None:
    """Return when the first over-consumption after the onset was found by the daily channels."""
    _, hotspots = judged(world)
    times = [
        one.detected_at
        for one in hotspots
        if one.kind is HotspotKind.DRIFT
        and one.detected_at > world.onset
        and one.evidence["channels"][0].startswith("cusum_")
    ]
    return min(times, default=None)


@cache
def with_and_without_looks() -> list[tuple[datetime, datetime]]:
    pairs = []
    for seed in SEEDS:
        looked = found_at(replace(CREEPING, seed=seed))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looks, "LOOK_HOURS", ())
            waited = found_at(replace(CREEPING, seed=seed))
        if looked is not None and waited is not None:
            pairs.append((looked, waited))
    return pairs


def test_a_small_excess_is_found_before_the_day_that_shows_it_is_over() -> None:
    pairs = with_and_without_looks()
    assert len(pairs) >= 8
    assert all(looked <= waited for looked, waited in pairs)
    sooner = [waited - looked for looked, waited in pairs if looked < waited]
    assert len(sooner) >= len(pairs) / 3
    assert max(sooner) < timedelta(days=3)


def test_it_is_found_at_the_hours_of_the_looks_or_at_the_days_end() -> None:
    hours = {looked.hour for looked, _ in with_and_without_looks()}
    assert hours <= {0, *LOOK_HOURS}
    assert hours & {*LOOK_HOURS}


def test_its_onset_is_no_later_than_it_is_found() -> None:
    for seed in SEEDS:
        _, hotspots = judged(replace(CREEPING, seed=seed))
        for one in hotspots:
            assert one.since < one.detected_at <= one.judged_until


def test_a_look_that_finds_nothing_leaves_no_trace() -> None:
    quiet = replace(CREEPING, fault="none", noise=0.03)
    looked, hotspots = judged(quiet)
    assert hotspots == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looks, "LOOK_HOURS", ())
        waited, _ = judged(quiet)
    assert dump(looked) == dump(waited)


def test_what_falls_short_is_told_when_the_day_is_over() -> None:
    falling = replace(CREEPING, size=-0.1)
    _, hotspots = judged(falling)
    slow = [
        one
        for one in hotspots
        if one.kind is HotspotKind.UNDER_CONSUMPTION and one.evidence["channels"][0].startswith("cusum_")
    ]
    assert slow
    assert {one.detected_at.hour for one in slow} == {0}


@cache
def half_an_hour_off() -> tuple[World, pl.DataFrame, pl.DataFrame]:
    """Return a world whose local hours begin at half past (UTC + 5:30), 15-minute intervals, with a gap."""
    gap = ((905.0, 917.0),)
    world = replace(
        CREEPING, interval_s=900, days=45, onset_h=27 * 24.0, size=0.15, rho=0.9, seed=5, missing=gap
    )
    frame, calendar = frames_of(world)
    local = (np.floor(world.hours + 5.5) % 168).astype(np.int16)
    return world, frame, calendar.with_columns(hour_of_week=pl.Series(local))


def in_pieces(cuts: Sequence[int]) -> tuple[bytes, dict[str, Hotspot]]:
    world, frame, calendar = half_an_hour_off()
    state: JudgeState = fresh_state(a_baseline())
    said: dict[str, Hotspot] = {}
    for begin, end in pairwise([0, *sorted(cuts), frame.height]):
        state, changed = judge(load(dump(state)), frame[begin:end], calendar[begin:end], a_context(world))
        said |= {one.id: one for one in changed}
    return dump(state), said


@cache
def at_once() -> tuple[bytes, dict[str, Hotspot]]:
    return in_pieces([])


def test_a_look_comes_in_the_first_utc_hour_after_its_local_one() -> None:
    found = [one.detected_at for one in at_once()[1].values() if one.kind is HotspotKind.DRIFT]
    begins = (START + timedelta(hours=look - 5) for look in LOOK_HOURS)
    assert found
    assert {(at.hour, at.minute) for at in found} & {(at.hour, 0) for at in begins}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=45 * 96), max_size=12))
def test_any_cut_gives_the_same_looks_where_local_hours_begin_at_half_past(cuts: list[int]) -> None:
    assert in_pieces(cuts) == at_once()


@pytest.mark.parametrize("quarters", [(0, 1, 2, 3), (2,), (1, 3), (3,)])
def test_cut_around_the_looks_they_are_the_same(quarters: tuple[int, ...]) -> None:
    hours = [24 * day + hour for day in range(33, 40) for hour in range(2, 16)]
    cuts = [4 * hour + quarter for hour in hours for quarter in quarters]
    assert in_pieces(cuts) == at_once()


@pytest.mark.parametrize(
    ("before", "how", "due"),
    [(7, 8, True), (8, 9, False), (6, 17, True), (20, 23, False), (24 + 11, 24 + 12, True), (12, 12, False)],
)
def test_a_look_is_due_once_its_hour_begins(before: int, how: int, due: bool) -> None:
    assert looks.is_due(before, how) is due


values = st.floats(-6.0, 6.0, allow_nan=False)


@given(st.lists(values, min_size=20, max_size=40), values, st.floats(0.0, 1.0))
def test_the_upper_sum_with_a_part_of_a_value(seen: list[float], x: float, part: float) -> None:
    test = CUSUM(k=0.5, h=50.0, clip=3.0, warm_up=14, recentre=120)
    for value in seen:
        test.update(value)
    before = test.numbers()
    whole, some, none = test.upper_with(x, 1.0), test.upper_with(x, part), test.upper_with(x, 0.0)
    assert test.numbers() == before
    assert none == test.up
    assert min(none, whole) - 1e-9 <= some <= max(none, whole) + 1e-9
    test.update(x)
    assert whole == pytest.approx(test.up)


def test_there_is_no_sum_in_warm_up() -> None:
    test = CUSUM(k=0.5, h=8.0, clip=3.0, warm_up=14, recentre=120)
    for _ in range(13):
        test.update(2.0)
    assert test.upper_with(3.0, 1.0) == 0.0


@pytest.mark.parametrize(("hours", "known"), [(LOOK_MIN_HOURS - 1, False), (LOOK_MIN_HOURS, True)])
def test_so_many_hours_say_what_the_total_is_before_the_day_is_over(hours: float, known: bool) -> None:
    parts = [Part(1.0, 10.0, 1.0, idle=False, off=False, shift="", hours=1.0)] * int(hours)
    assert ("total" in day_values(parts, over=False).values) is known
    assert hours < MIN_DAY_HOURS
    assert "total" not in day_values(parts).values
