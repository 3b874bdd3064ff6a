"""The judge on simulated streams: what it finds, when, how large, why, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from analytics.drift.judge import fresh_state, judge
from domain.alert import AlertKind, fingerprint_of
from domain.hotspot import Cause, Hotspot, HotspotKind, hotspot_id
from domain.plant import Detection
from tests.analytics.drift_builders import START, World, a_baseline, a_context, actual_of, frames_of, judged

SEEDS = (0, 1, 2)
HOUR = timedelta(hours=1)


def the_drift(world: World) -> Hotspot:
    """Return the one and only hotspot of a world."""
    found = judged(world)[1]
    assert [hotspot.kind for hotspot in found] == [HotspotKind.DRIFT]
    return found[0]


@pytest.mark.parametrize("rho", [0.0, 0.7])
@pytest.mark.parametrize("noise", [0.05, 0.12])
@pytest.mark.parametrize("seed", SEEDS)
def test_noise_alone_makes_no_hotspot(noise: float, rho: float, seed: int) -> None:
    assert judged(World(days=120, noise=noise, rho=rho, seed=seed))[1] == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("noise", "rho"), [(0.05, 0.0), (0.12, 0.0), (0.05, 0.7)])
def test_a_leak_of_half_the_mean_is_found_within_three_hours(noise: float, rho: float, seed: int) -> None:
    world = World("leak", 0.5, noise=noise, rho=rho, seed=seed)
    hotspot = the_drift(world)
    assert hotspot.detected_at - world.onset <= 3 * HOUR
    assert abs(hotspot.since - world.onset) <= 2 * HOUR
    assert hotspot.excess_per_hour == pytest.approx(world.extra_per_hour, rel=0.15)
    assert hotspot.cause is Cause.BASE_LOAD_UP
    assert hotspot.ended_at is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("noise", "rho"), [(0.05, 0.0), (0.05, 0.5)])
def test_a_leak_of_fifteen_per_cent_is_found_within_a_day(noise: float, rho: float, seed: int) -> None:
    world = World("leak", 0.15, noise=noise, rho=rho, seed=seed)
    hotspot = the_drift(world)
    assert hotspot.detected_at - world.onset <= 24 * HOUR
    assert abs(hotspot.since - world.onset) <= 6 * HOUR
    assert hotspot.excess_per_hour == pytest.approx(world.extra_per_hour, rel=0.15)
    assert hotspot.cause is Cause.BASE_LOAD_UP
    assert hotspot.confidence > 0.9


@pytest.mark.parametrize("interval_s", [60, 300, 3600])
def test_a_leak_is_found_at_every_interval_length(interval_s: int) -> None:
    world = World("leak", 0.5, interval_s=interval_s, days=24)
    hotspot = the_drift(world)
    assert hotspot.detected_at - world.onset <= 4 * HOUR
    assert hotspot.excess_per_hour == pytest.approx(world.extra_per_hour, rel=0.15)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("fault", "size", "days", "cause"),
    [
        ("proportional", 0.15, 40, Cause.PROPORTIONAL),
        ("night", 0.30, 40, Cause.OUT_OF_HOURS),
        ("late_shift", 0.30, 40, Cause.ONE_SHIFT),
        ("ramp", 0.30, 50, Cause.SLOW_RISE),
    ],
)
def test_each_cause_is_told_by_its_signature(
    fault: str, size: float, days: int, cause: Cause, seed: int
) -> None:
    world = World(fault, size, days=days, seed=seed)
    found = judged(world)[1]
    assert {hotspot.kind for hotspot in found} == {HotspotKind.DRIFT}
    assert found[-1].cause is cause
    assert found[-1].ended_at is None


def test_an_excess_at_night_is_one_hotspot_not_one_per_night() -> None:
    hotspot = the_drift(World("night", 0.3, days=45))
    assert hotspot.excess_per_hour == pytest.approx(World("night", 0.3, days=45).extra_per_hour, rel=0.15)


def test_without_shifts_night_and_weekend_count_as_out_of_hours() -> None:
    world = World("night", 0.3, shifts=False)
    assert judged(world)[1][-1].cause is Cause.OUT_OF_HOURS


def test_a_small_persistent_rise_below_the_noise_of_one_interval_is_found_by_the_daily_channel() -> None:
    world = World("proportional", 0.08, noise=0.3, rho=0.3, days=64, onset_h=40 * 24)
    state, found = judge(fresh_state(a_baseline(3.0)), *frames_of(world), a_context(world))
    assert [hotspot.kind for hotspot in found] == [HotspotKind.DRIFT]
    assert found[0].detector == "cusum_total"
    assert timedelta(0) < found[0].detected_at - world.onset <= timedelta(days=21)
    assert state.memory.episodes


def test_a_burst_that_was_repaired_ends_when_it_was_repaired() -> None:
    world = World("leak", 0.5, end_h=23 * 24 + 14.0)
    hotspot = the_drift(world)
    assert hotspot.ended_at is not None
    assert abs(hotspot.ended_at - world.end) <= 3 * HOUR
    assert hotspot.excess_total == pytest.approx(world.extra.sum(), rel=0.15)


def test_after_the_end_the_judge_is_armed_again() -> None:
    first = World("leak", 0.5, days=60, end_h=23 * 24 + 14.0)
    second = replace(first, onset_h=40 * 24.0, end_h=1e9)
    found = judged(first, actual_of(first) + second.extra)[1]
    assert [hotspot.kind for hotspot in found] == [HotspotKind.DRIFT] * 2
    assert found[0].ended_at is not None
    assert found[1].ended_at is None
    assert found[1].detected_at - second.onset <= 3 * HOUR


def test_an_excess_that_has_come_to_stay_is_closed_as_a_standing_loss_and_the_next_one_is_found() -> None:
    world = World("leak", 0.3, days=140)
    more = replace(world, onset_h=100 * 24.0)
    found = judged(world, actual_of(world) + more.extra)[1]
    first, second = found
    assert first.ended_at is not None
    assert first.ended_at - first.detected_at < timedelta(days=30)
    assert first.evidence["goes_on"] is True
    assert second.detected_at - more.onset <= 6 * HOUR
    assert second.excess_per_hour == pytest.approx(more.extra_per_hour, rel=0.15)


@pytest.mark.parametrize("days", [7.0, 14.0])
def test_what_stands_for_less_than_three_weeks_is_wholly_the_new_level(days: float) -> None:
    world = World("leak", 0.3, days=60, detection=Detection(standing_days=days))
    found = judged(world)[1]
    assert [hotspot.kind for hotspot in found] == [HotspotKind.DRIFT]  # nothing of it is found again
    assert found[0].evidence["goes_on"] is True


def test_what_people_called_right_stays_open_twice_as_long() -> None:
    world = World("leak", 0.3, days=60, detection=Detection(standing_days=14.0))
    frame, calendar = frames_of(world)
    context = a_context(world)
    alone = judge(fresh_state(a_baseline()), frame, calendar, context)[1][0]
    right = replace(context, confirmed=frozenset({fingerprint_of(AlertKind.HOTSPOT, alone.id)}))
    confirmed = judge(fresh_state(a_baseline()), frame, calendar, right)[1][0]
    assert confirmed.id == alone.id
    assert alone.ended_at is not None
    assert confirmed.ended_at is not None
    assert timedelta(days=14) <= alone.ended_at - alone.detected_at < timedelta(days=16)
    assert timedelta(days=28) <= confirmed.ended_at - confirmed.detected_at < timedelta(days=30)


def test_without_a_limit_a_permanent_new_normal_stays_open_and_is_not_learned() -> None:
    world = World("leak", 0.3, days=200, detection=Detection(standing_days=0.0))
    hotspot = the_drift(world)
    assert hotspot.ended_at is None
    assert hotspot.excess_total == pytest.approx(world.extra.sum(), rel=0.05)


def test_a_hotspot_that_grows_stays_one_and_its_evidence_says_that_it_grows() -> None:
    first = World("leak", 0.15, days=47)
    second = replace(first, size=0.3, onset_h=36 * 24.0)
    found = judged(first, actual_of(first) + second.extra)[1]
    assert len(found) == 1
    assert found[0].excess_total == pytest.approx((first.extra + second.extra).sum(), rel=0.05)
    assert found[0].evidence["last_day_per_hour"] == pytest.approx(3.0 * first.extra_per_hour, rel=0.1)


def test_use_that_all_but_stops_is_told_within_days_though_every_hour_is_noisy() -> None:
    world = World("proportional", -0.7, noise=0.4, rho=0.9, days=64, onset_h=40 * 24, interval_s=3600)
    (found,) = judged(world)[1]
    assert found.kind is HotspotKind.UNDER_CONSUMPTION
    assert 0 * HOUR < found.detected_at - world.onset <= 3 * 24 * HOUR


def test_an_end_is_never_before_its_detection() -> None:
    worlds = [World("leak", 0.3, noise=0.1, end_h=20 * 24 + 9.0 + hours, seed=7) for hours in (6, 12, 18, 30)]
    found = [one for world in worlds for one in judged(world)[1]]
    assert found
    assert all(one.ended_at is not None and one.since < one.detected_at <= one.ended_at for one in found)


def test_using_less_is_under_consumption_without_cost() -> None:
    world = World("leak", -0.4)
    found = judged(world)[1]
    assert [hotspot.kind for hotspot in found] == [HotspotKind.UNDER_CONSUMPTION]
    assert found[0].cause is Cause.USE_DOWN
    assert found[0].excess_per_hour < 0.0
    assert found[0].cost_per_hour is None
    assert found[0].cost_total is None
    assert found[0].detected_at - world.onset <= 4 * HOUR


def test_money_and_carbon_follow_the_excess() -> None:
    hotspot = the_drift(World("leak", 0.5))
    assert hotspot.cost_total == pytest.approx(0.1 * hotspot.excess_total)
    assert hotspot.cost_per_hour == pytest.approx(0.1 * hotspot.excess_per_hour)
    assert hotspot.kg_co2e_total == pytest.approx(0.4 * hotspot.excess_total)
    assert (hotspot.currency, hotspot.unit) == ("EUR", "m3")


def test_without_price_and_factor_money_and_carbon_are_unknown_not_zero() -> None:
    hotspot = the_drift(World("leak", 0.5, price=None, factor=None))
    assert (hotspot.cost_per_hour, hotspot.cost_total) == (None, None)
    assert (hotspot.kg_co2e_per_hour, hotspot.kg_co2e_total) == (None, None)


def test_an_excess_not_worth_the_money_is_no_hotspot() -> None:
    world = World("leak", 0.5)
    worth = 0.1 * world.extra_per_hour
    dear = replace(world, detection=Detection(min_cost_per_hour=1.2 * worth))
    cheap = replace(world, detection=Detection(min_cost_per_hour=0.8 * worth))
    assert judged(dear)[1] == []
    assert len(judged(cheap)[1]) == 1
    assert len(judged(replace(dear, price=None, factor=None))[1]) == 1


def test_an_excess_below_the_percentage_is_no_hotspot() -> None:
    world = World("leak", 0.15)
    assert judged(replace(world, detection=Detection(min_excess_pct=40.0)))[1] == []


def test_the_id_is_the_one_of_its_detection() -> None:
    hotspot = the_drift(World("leak", 0.5))
    assert hotspot.id == hotspot_id("line", "water", HotspotKind.DRIFT, hotspot.detected_at)


@pytest.mark.parametrize("quality", ["missing", "catch_up", "reset"])
def test_intervals_nobody_can_trust_are_skipped_but_advance_the_judge(quality: str) -> None:
    world = World(missing=((300.0, 420.0),), quality=quality)
    wild = actual_of(world)
    wild[(world.hours >= 300.0) & (world.hours < 420.0)] *= 50.0
    state, found = judged(world, wild)
    assert found == []
    assert state.memory.judged_us == int((START + timedelta(days=world.days)).timestamp() * 1e6)


def test_a_leak_that_begins_during_an_outage_is_found_after_it() -> None:
    world = World("leak", 0.5, missing=((20 * 24 + 9.0, 20 * 24 + 21.0),))
    hotspot = the_drift(world)
    assert hotspot.detected_at - (world.onset + 12 * HOUR) <= 3 * HOUR


def test_one_wild_interval_is_no_hotspot() -> None:
    world = World()
    spiky = actual_of(world)
    spiky[1950] *= 30.0
    assert judged(world, spiky)[1] == []


@pytest.mark.parametrize("interval_s", [900, 3600])
def test_a_stuck_meter_is_found_after_a_day_and_ends_when_it_moves(interval_s: int) -> None:
    world = World(interval_s=interval_s)
    values = actual_of(world)
    on = (world.hours >= world.onset_h) & (world.hours < world.onset_h + 7 * 24)
    values[on] = values[np.argmax(on)] + 0.001
    found = [hotspot for hotspot in judged(world, values)[1] if hotspot.kind is HotspotKind.STUCK_METER]
    assert len(found) == 1
    assert found[0].cause is Cause.STUCK_METER
    assert found[0].since == world.onset
    assert found[0].detected_at - world.onset == timedelta(hours=24)
    assert found[0].ended_at == world.onset + timedelta(days=7)
    assert found[0].cost_total is None


def test_standing_still_at_zero_where_nothing_is_expected_is_not_a_stuck_meter() -> None:
    world = World(days=10)
    frame, calendar = frames_of(world, np.zeros_like(world.hours))
    frame = frame.with_columns(expected=frame["actual"], excess=frame["actual"])
    assert judge(fresh_state(a_baseline()), frame, calendar, a_context(world))[1] == []


def test_evidence_is_plain_json_that_names_the_hours() -> None:
    import json

    hotspot = the_drift(World("night", 0.3))
    evidence = json.loads(json.dumps(dict(hotspot.evidence)))
    assert evidence["off_hours_per_hour"] > 10 * abs(evidence["production_per_hour"])
    assert evidence["excess_pct"] == pytest.approx(
        100.0 * hotspot.excess_per_hour / hotspot.expected_per_hour
    )


def test_a_baseline_without_statistics_is_judged_by_the_intervals_own_deviation() -> None:
    world = World("leak", 0.5)
    state = fresh_state(a_baseline(None))
    assert len(judge(state, *frames_of(world), a_context(world))[1]) == 1
