"""What standing losses are made of, and that they are found once; what comes on top of them is found, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.drift import standing
from analytics.drift.interval import Interval
from analytics.drift.limits import STANDING_LEAST, STANDING_MIN_HOURS
from analytics.drift.memory import Day, Episode, Fit, Hour, Memory, Standing, Sums
from analytics.drift.state import dump, fresh_state, load
from domain.hotspot import HotspotKind
from domain.plant import Detection
from tests.analytics.drift_builders import World, a_baseline, a_context, actual_of, frames_of, judge, judged

TWO_WEEKS = Detection(standing_days=14.0)


def hours_of(amount: float, share: float, expected: list[float], noise: float = 0.0) -> list[Hour]:
    rng = np.random.default_rng(3)
    return [
        Hour(number, 0, False, "", Sums(1.0, amount + share * x + noise * float(rng.normal()), x, 5.0))
        for number, x in enumerate(expected)
    ]


@pytest.mark.parametrize(
    ("amount", "share"), [(40.0, 0.0), (0.0, 0.6), (-20.0, 0.5), (30.0, 0.3), (-50.0, 0.0)]
)
def test_a_loss_is_told_apart_into_an_amount_and_a_share(amount: float, share: float) -> None:
    expected = [50.0, 150.0] * 100
    found = standing.learned(hours_of(amount, share, expected, noise=2.0))
    assert found is not None
    assert found.share == pytest.approx(share, abs=0.03)
    total = Sums(200.0, 0.0, sum(expected), 1000.0)
    assert standing.per_hour(found, total) == pytest.approx(amount + 100.0 * share, abs=0.5)


def test_where_what_is_expected_hardly_varies_a_share_is_not_made_up() -> None:
    found = standing.learned(hours_of(50.0, 0.0, [99.5, 100.5] * 100, noise=20.0))
    assert found is not None
    assert abs(found.share) < 0.02


def test_few_hours_and_small_losses_are_not_taken_apart() -> None:
    assert standing.learned(hours_of(50.0, 0.0, [100.0] * (STANDING_MIN_HOURS - 1))) is None
    assert standing.learned(hours_of(0.9 * STANDING_LEAST * 100.0, 0.0, [100.0] * 200)) is None
    unknown = [without_sigma(hour) for hour in hours_of(50.0, 0.0, [100.0] * 200)]
    assert standing.learned(unknown) is None


def without_sigma(hour: Hour) -> Hour:
    hour.sums.sigma = 0.0
    return hour


def test_only_what_is_remembered_since_it_began_is_corrected() -> None:
    memory = Memory(day_cv=None)
    memory.days = [Day(at, clean=True, sums=Sums(24.0, 480.0, 2400.0, 120.0), z={}) for at in (100, 200)]
    standing.settle(memory, Standing(10.0, 0.1), since_us=200)
    before, after = memory.days
    assert before.sums.excess == 480.0
    assert after.sums.excess == pytest.approx(0.0)
    assert after.sums.sigma == pytest.approx(1.1 * 120.0)  # what takes a tenth more strays a tenth more


def test_an_open_episode_of_the_other_direction_keeps_its_size() -> None:
    memory = Memory(day_cv=None)
    sums = Sums(10.0, -300.0, 1000.0, 50.0, cost=-30.0, price_h=1.0, priced=10.0)
    under = Episode(-1, "ewma", 0, 0, 5.0, sums, Fit(), [], {}, [])
    memory.episodes["-1"] = under
    standing.settle(memory, Standing(7.0, 0.2), since_us=0)
    assert under.sums.excess / 10.0 - under.level == pytest.approx(-35.0)
    assert under.sums.cost - under.level * under.sums.price_h == pytest.approx(-30.0 - 5.0)


def test_an_interval_is_valued_without_what_stands() -> None:
    memory = Memory(day_cv=None, price=0.2, factor=0.5, standing=Standing(8.0, 0.1))
    row = Interval(0, True, 130.0, 100.0, 30.0, 5.0, 6.0, 15.0, 0, False, "")
    beyond = standing.beyond(row, memory, hours=0.25)
    assert beyond.excess == pytest.approx(30.0 - 2.0 - 10.0)
    assert beyond.cost == pytest.approx(0.2 * 18.0)
    assert beyond.co2 == pytest.approx(0.5 * 18.0)
    assert (beyond.actual, beyond.expected) == (130.0, 100.0)  # the baseline's word stays
    unpriced = standing.beyond(row._replace(cost=None, co2=None), memory, hours=0.25)
    assert unpriced.cost is None
    assert unpriced.co2 is None
    assert standing.beyond(row, Memory(day_cv=None), hours=0.25) is row


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("fault", "size"), [("proportional", 0.6), ("proportional", 1.2), ("leak", 0.6)])
def test_a_large_loss_that_stands_is_found_once(fault: str, size: float, seed: int) -> None:
    world = World(fault, size, days=150, detection=TWO_WEEKS, seed=seed)
    (found,) = judged(world)[1]
    assert found.evidence["goes_on"] is True
    assert found.evidence["excess_pct"] == pytest.approx(100.0 * size, rel=0.1)


def test_what_comes_on_top_of_a_standing_share_is_found_at_its_own_size_and_price() -> None:
    world = World("proportional", 0.6, days=110, detection=TWO_WEEKS)
    more = World("leak", 0.3, days=110, onset_h=90 * 24.0)
    _, second = judged(world, actual_of(world) + more.extra)[1]
    assert second.kind is HotspotKind.DRIFT
    assert (second.detected_at - more.onset).total_seconds() <= 6 * 3600
    assert second.excess_per_hour == pytest.approx(more.extra_per_hour, rel=0.15)
    assert second.cost_per_hour == pytest.approx(0.1 * second.excess_per_hour, rel=1e-6)
    assert second.evidence["level_before_per_hour"] == pytest.approx(world.extra_per_hour, rel=0.1)


def test_a_standing_loss_that_is_mended_is_told_as_less_and_then_forgotten() -> None:
    world = World("proportional", 0.6, days=110, end_h=60 * 24.0, detection=TWO_WEEKS)
    state, (loss, mended) = judged(world)
    assert loss.kind is HotspotKind.DRIFT
    assert mended.kind is HotspotKind.UNDER_CONSUMPTION
    assert mended.evidence["goes_on"] is True
    assert abs(state.memory.standing.share) < 0.02
    assert abs(state.memory.standing.per_hour) < 3.0


def test_a_judge_that_is_killed_goes_on_with_what_stands() -> None:
    world = World("proportional", 0.6, days=80, detection=TWO_WEEKS)
    frame, calendar = frames_of(world)
    context = a_context(world)
    whole, told = judge(fresh_state(a_baseline()), frame, calendar, context)
    cut = 55 * 96 + 7  # past the standing
    state, first = judge(fresh_state(a_baseline()), frame[:cut], calendar[:cut], context)
    assert state.memory.standing.share > 0.5
    again, second = judge(load(dump(state)), frame[cut:], calendar[cut:], context)
    assert dump(again) == dump(whole)
    assert [*first, *second] == told


def test_a_baseline_that_knows_the_output_is_told_to_the_judge() -> None:
    plain = a_baseline()
    assert fresh_state(plain).memory.knows_output is False
    knows = replace(plain, coefficients={"knows_output": True})
    assert fresh_state(knows).memory.knows_output is True
