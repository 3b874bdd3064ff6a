"""The interval of a hotspot's size."""

from __future__ import annotations

import msgspec
import pytest

from analytics.drift.judge import dump, fresh_state, judge, load
from analytics.drift.magnitude import MOST_SELECTED, by_chance, interval_of
from analytics.drift.memory import Memory, Sums
from tests.analytics.drift_builders import World, a_baseline, a_context, frames_of

SUMS = Sums(hours=48.0, excess=96.0, expected=480.0, sigma=24.0)


def half(sums: Sums = SUMS, memory: Memory | None = None, rho: float = 0.5) -> float:
    found = interval_of(sums, 0.5, memory or Memory(day_cv=None), rho)
    assert found is not None
    assert sum(found) / 2 == pytest.approx(sums.excess / sums.hours - 0.5)
    return (found[1] - found[0]) / 2


def test_hours_alone_give_what_the_theory_of_correlated_means_gives() -> None:
    assert half(rho=0.0) == pytest.approx(1.645 * 0.5 / 48**0.5, rel=1e-3)
    assert half() == pytest.approx(3**0.5 * half(rho=0.0))


def test_days_that_stray_as_wholes_widen_it_and_more_of_them_narrow_it() -> None:
    straying = Memory(day_cv=None, scales={"total": [0.2, 0.2]})
    week = Sums(hours=240.0, excess=480.0, expected=2400.0, sigma=120.0)
    assert half(memory=straying) > half(week, straying) > half(week)
    assert half(memory=Memory(day_cv=0.2)) == half(memory=straying)


@pytest.mark.parametrize("sums", [Sums(), Sums(hours=5.0, excess=1.0)])
def test_without_hours_or_deviations_there_is_none(sums: Sums) -> None:
    assert interval_of(sums, 0.0, Memory(day_cv=None), 0.5) is None


def test_a_leak_lies_in_the_interval_of_its_hotspot() -> None:
    world = World("leak", 0.5, interval_s=3600, days=60, seed=4)
    _, found = judge(fresh_state(a_baseline()), *frames_of(world), a_context(world))
    low, high = found[0].evidence["interval_per_hour"]
    assert low < found[0].excess_per_hour < high
    assert found[0].excess_per_hour > 0.0


def test_the_less_certain_an_excess_is_the_more_of_it_is_taken_for_chance() -> None:
    straying = Memory(day_cv=None, scales={"total": [0.05, 0.05]})
    fortnight = Sums(hours=336.0, excess=672.0, expected=3360.0, sigma=168.0)
    for_sure, unsure = by_chance(fortnight, 0.5, straying, 0.5), by_chance(SUMS, 0.5, straying, 0.5)
    assert 0.0 < for_sure < unsure < MOST_SELECTED * 1.5
    wild = Memory(day_cv=None, scales={"total": [0.9, 0.9]})
    assert by_chance(SUMS, 0.5, wild, 0.5) == pytest.approx(MOST_SELECTED * 1.5)


def test_chance_has_the_sign_of_the_excess() -> None:
    straying = Memory(day_cv=None, scales={"total": [0.05, 0.05]})
    below = msgspec.structs.replace(SUMS, excess=48.0 - 96.0)
    assert by_chance(below, 0.5, straying, 0.5) == pytest.approx(-by_chance(SUMS, 0.5, straying, 0.5))


@pytest.mark.parametrize(
    "sums", [Sums(), Sums(hours=5.0, excess=1.0), Sums(hours=2.0, excess=1.0, sigma=1.0)]
)
def test_of_what_nothing_is_known_nothing_is_chance(sums: Sums) -> None:
    assert by_chance(sums, 0.5, Memory(day_cv=None), 0.5) == 0.0


def test_what_is_found_by_its_days_counts_without_what_chance_has_lent() -> None:
    world = World("proportional", 0.1, interval_s=3600, days=60, onset_h=30 * 24.0, noise=0.1, rho=0.7)
    _, found = judge(fresh_state(a_baseline()), *frames_of(world), a_context(world))
    slow = found[0]
    chance, level = slow.evidence["chance_per_hour"], slow.evidence["level_before_per_hour"]
    assert slow.detector.startswith("cusum_")
    assert 0.0 < chance < 0.25 * (slow.excess_per_hour + chance)
    assert slow.excess_total == pytest.approx(slow.excess_per_hour * slow.evidence["hours"])
    frame = frames_of(world)[0]
    within = frame["start"].is_between(slow.since, slow.judged_until, closed="left")
    seen = frame.filter(within)["excess"].to_numpy().mean()
    assert slow.excess_per_hour == pytest.approx(seen - level - chance)
    assert slow.cost_total == pytest.approx(0.1 * slow.excess_total)


def test_where_the_output_is_known_nothing_is_chance() -> None:
    known = Memory(day_cv=None, scales={"total": [0.05, 0.05]}, knows_output=True)
    assert by_chance(SUMS, 0.5, known, 0.5) == 0.0


def test_what_is_found_in_an_hour_is_no_luck() -> None:
    world = World("leak", 0.9, days=30, seed=2)
    _, found = judge(fresh_state(a_baseline()), *frames_of(world), a_context(world))
    assert found[0].detector in ("cusum", "ewma")
    assert found[0].evidence["chance_per_hour"] == 0.0


def test_an_open_hotspot_of_an_older_snapshot_goes_on_as_it_was() -> None:
    world = World("proportional", 0.1, interval_s=3600, days=50, onset_h=30 * 24.0, noise=0.1, rho=0.7)
    state, found = judge(fresh_state(a_baseline()), *frames_of(world), a_context(world))
    plain = msgspec.msgpack.decode(dump(state))
    for episode in plain["memory"]["episodes"].values():
        del episode["chance"]
    older = load(msgspec.msgpack.encode(plain))
    assert found
    assert found[0].evidence["chance_per_hour"] > 0.0
    assert [one.chance for one in older.memory.episodes.values()] == [0.0]
