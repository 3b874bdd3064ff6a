"""The interval of a hotspot's size."""

from __future__ import annotations

import pytest

from analytics.drift.judge import fresh_state, judge
from analytics.drift.magnitude import interval_of
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
