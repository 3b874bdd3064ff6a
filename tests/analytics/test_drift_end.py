"""When a hotspot is seen to be over: hours after the mending, and not where its excess was never seen."""

from __future__ import annotations

import pytest

from analytics.drift.episode import open_episode, take, weigh_end
from analytics.drift.judge import dump, fresh_state, judge, load
from analytics.drift.limits import CALM_LIMIT, HOUR_US
from analytics.drift.memory import Hour, Memory, Sums, Whitening
from tests.analytics.drift_builders import World, a_baseline, a_context, frames_of, judged

NOISE, RHO = 0.08, 0.5  # of a real stream, about
#: 0 o'clock on a Monday, when weeks of the stream are known
MONDAY_H = 21 * 24.0


def over_after_h(world: World, most_h: int = 96) -> int | None:
    """Return the hours from the mending until no hotspot is open; None: not found before, or still open."""
    frame, calendar = frames_of(world)
    steps = 3600 // world.interval_s
    mended = round(world.end_h) * steps
    state, _ = judge(fresh_state(a_baseline()), frame[:mended], calendar[:mended], a_context(world))
    if "1" not in state.memory.episodes:
        return None
    for hour in range(most_h):
        rows = slice(mended + hour * steps, mended + (hour + 1) * steps)
        state, _ = judge(state, frame[rows], calendar[rows], a_context(world))
        if "1" not in state.memory.episodes:
            return hour + 1
    return None


@pytest.mark.parametrize("start_h", range(0, 168, 7))
def test_a_leak_of_nine_hours_is_seen_over_within_a_day_whenever_it_began(start_h: int) -> None:
    onset_h = MONDAY_H + start_h
    world = World("leak", 0.9, noise=NOISE, rho=RHO, days=32, onset_h=onset_h, end_h=onset_h + 9)
    late_h = over_after_h(world)
    assert late_h is not None
    saturday_by_day = 120 <= start_h < 140  # seen in hours that only Monday has again
    assert late_h <= (48 if saturday_by_day else 24)


@pytest.mark.parametrize(
    ("fault", "size"), [("leak", 0.4), ("proportional", 0.9), ("late_shift", 0.9), ("night", 0.4)]
)
@pytest.mark.parametrize("day", range(7))
def test_an_excess_is_not_over_where_it_was_not_seen_yet(fault: str, size: float, day: int) -> None:
    world = World(fault, size, noise=NOISE, rho=RHO, days=34, onset_h=MONDAY_H + 24 * day + 15, seed=day)
    (hotspot,) = judged(world)[1]
    assert hotspot.ended_at is None


@pytest.mark.parametrize(("fault", "size"), [("late_shift", 0.9), ("night", 0.4)])
@pytest.mark.parametrize("seed", range(4))
def test_an_excess_of_some_hours_is_over_when_these_hours_were_without_it(
    fault: str, size: float, seed: int
) -> None:
    onset_h = MONDAY_H + 24  # a Tuesday, mended on Friday at 0 o'clock
    world = World(fault, size, noise=NOISE, rho=RHO, days=40, onset_h=onset_h, end_h=onset_h + 72, seed=seed)
    late_h = over_after_h(world)
    assert late_h is not None
    assert late_h <= 48


def test_hours_that_may_come_after_the_end_do_not_say_what_was_before() -> None:
    """Of an excess of one deviation half a one has to be there still: each hour without says an eighth."""
    memory = Memory(None, whitening=Whitening(lag=0.0))
    memory.hours = [an_hour(number, 10.0) for number in range(24)]
    episode = open_episode(memory, direction=1, detector="cusum", since_us=0, level=0.0, now_us=24 * HOUR_US)
    taken = 0
    for number in range(24, 24 * 10):
        hour = an_hour(number, 0.0)
        memory.hours.append(hour)
        taken += 1
        if weigh_end(episode, hour, memory, 900):
            break
        take(episode, hour)
    assert taken == CALM_LIMIT / 0.125


def an_hour(number: int, excess: float) -> Hour:
    """Return an hour without shifts, of which ten is the deviation."""
    sums = Sums(hours=1.0, excess=excess, expected=100.0, sigma=10.0)
    return Hour(number * HOUR_US, number % 168, False, "", sums)


def test_what_grew_is_over_when_it_is_gone() -> None:
    world = World("ramp", 0.6, noise=NOISE, rho=RHO, days=50, onset_h=MONDAY_H, end_h=MONDAY_H + 480)
    late_h = over_after_h(world)
    assert late_h is not None
    assert late_h <= 24


def test_it_ends_alike_in_one_call_and_hour_by_hour() -> None:
    world = World("leak", 0.5, noise=NOISE, rho=RHO, days=25, onset_h=MONDAY_H, end_h=MONDAY_H + 30)
    frame, calendar = frames_of(world)
    whole, _ = judged(world)
    state = fresh_state(a_baseline())
    for first in range(0, frame.height, 4):
        rows = slice(first, first + 4)
        state, _ = judge(load(dump(state)), frame[rows], calendar[rows], a_context(world))
    assert dump(state) == dump(whole)
