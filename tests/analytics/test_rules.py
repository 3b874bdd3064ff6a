"""Each rule on rows that are made for it: when it speaks, how much it says, and when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.rules.choice import rules_of
from analytics.rules.memory import copy_of
from domain.hotspot import Cause, HotspotKind
from domain.rule import RuleKind
from tests.analytics.rules_builders import (
    PRICE,
    a_meter,
    a_plant,
    a_rule,
    a_watched,
    at_hour,
    day_and_night,
    hours,
    seen_slots,
)

FLOW = a_rule(RuleKind.CONTINUOUS_FLOW)


def test_flow_without_a_zero_hour_for_a_day_is_a_leak_of_the_lowest_hour() -> None:
    rates = [0.0, 0.0, *[5.0 + i % 3 for i in range(23)], 2.0]
    found = seen_slots(a_watched(a_meter(), FLOW), hours(rates)).open
    assert [(one.kind, one.cause) for one in found] == [(HotspotKind.CONTINUOUS_FLOW, Cause.CONTINUOUS_FLOW)]
    (leak,) = found
    assert (leak.since, leak.detected_at) == (at_hour(2), at_hour(26))
    assert leak.excess_per_hour == pytest.approx(2.0)
    assert leak.excess_total == pytest.approx(48.0)
    assert leak.cost_total == pytest.approx(48.0 * PRICE)
    assert leak.kg_co2e_total == pytest.approx(24.0)
    assert leak.evidence["meter"] == "m"


def test_one_zero_hour_in_the_day_is_no_leak() -> None:
    rates = [5.0] * 20 + [0.0] + [5.0] * 23
    assert seen_slots(a_watched(a_meter(), FLOW), hours(rates)).all == []


def test_an_unknown_hour_is_neither_zero_nor_flow() -> None:
    one = a_watched(a_meter(), FLOW)
    assert seen_slots(one, hours([5.0] * 12 + [None] + [5.0] * 11)).all == []
    assert seen_slots(one, hours([5.0] * 12 + [None] + [5.0] * 12)).open[0].evidence["hours"] == 24
    assert seen_slots(one, hours([5.0] * 23 + [None] * 4 + [5.0] * 20)).all == []


def test_the_pulse_is_the_smallest_leak_that_can_be_seen() -> None:
    rates = [0.05] * 30
    assert (
        seen_slots(a_watched(a_meter(), a_rule(RuleKind.CONTINUOUS_FLOW, pulse=0.1)), hours(rates)).all == []
    )
    assert (
        seen_slots(a_watched(a_meter(), a_rule(RuleKind.CONTINUOUS_FLOW, pulse=0.05)), hours(rates)).open
        != []
    )


def test_a_leak_is_over_after_two_clean_nights_and_ends_where_the_flow_first_stood_still() -> None:
    leaking = day_and_night(4, 8.0, 1.0)
    one_clean = day_and_night(1, 8.0, 0.0) + day_and_night(3, 8.0, 1.0)
    clean = day_and_night(4, 8.0, 0.0)
    one = a_watched(a_meter(), FLOW)
    assert len(seen_slots(one, hours([*leaking, *one_clean])).open) == 1
    (over,) = seen_slots(one, hours([*leaking, *clean])).ended
    assert over.ended_at == at_hour(4 * 24)
    assert over.excess_total == pytest.approx(4 * 24 * 1.0, rel=0.02)


def test_by_itself_the_rule_leaves_meters_alone_that_never_stand_still() -> None:
    meter = a_meter()
    figures = {rule.kind: rule for rule in rules_of(meter, a_plant(meter))}
    assert figures[RuleKind.CONTINUOUS_FLOW].number("habit_days") == 3
    habit = a_watched(meter, a_rule(RuleKind.CONTINUOUS_FLOW, habit_days=3))
    assert seen_slots(habit, hours([5.0] * 24 * 20)).all == []
    usual = day_and_night(5, 8.0, 1.0, zero=lambda _day: True)
    (leak,) = seen_slots(habit, hours([*usual, *[8.0] * 40])).open
    assert leak.detected_at == at_hour(5 * 24 - 20 + 24)


def test_a_leak_that_is_not_worth_the_money_is_not_told() -> None:
    one = a_watched(a_meter(), FLOW, min_cost=30.0)
    assert seen_slots(one, hours([2.0] * 30)).all == []
    assert len(seen_slots(one, hours([4.0] * 30)).open) == 1
    assert len(seen_slots(one, hours([2.0] * 30, price=None)).open) == 1


NIGHT = a_rule(RuleKind.NIGHT_FLOW)


def test_a_night_level_above_its_reference_is_told_and_ends_with_two_clean_nights() -> None:
    one = a_watched(a_meter(), NIGHT)
    usual = day_and_night(40, 20.0, lambda night: 2.0 + 0.2 * (night % 3))
    leaking = day_and_night(12, 20.0, lambda night: 5.0 + 0.2 * (night % 3))
    fixed = day_and_night(4, 20.0, 2.0)
    assert seen_slots(one, hours(usual)).all == []
    (leak,) = seen_slots(one, hours([*usual, *leaking])).open
    assert leak.since == at_hour(40 * 24 + 22)
    assert leak.detected_at - leak.since <= timedelta(days=7)
    assert leak.excess_per_hour == pytest.approx(3.0, abs=0.4)
    assert leak.cost_per_hour == pytest.approx(30.0, abs=4.0)
    (over,) = seen_slots(one, hours([*usual, *leaking, *fixed])).ended
    assert over.ended_at == at_hour(52 * 24 - 2)


def test_a_busy_night_now_and_then_is_no_leak() -> None:
    rates = day_and_night(90, 20.0, lambda night: 9.0 if night % 9 == 0 else 2.0)
    assert seen_slots(a_watched(a_meter(), NIGHT), hours(rates)).all == []


def test_a_level_that_is_up_while_the_last_night_is_not_is_no_leak_any_more() -> None:
    one = a_watched(a_meter(), NIGHT)
    rates = day_and_night(36, 20.0, 2.0) + day_and_night(5, 20.0, 9.0) + day_and_night(1, 20.0, 2.5)
    nights = a_watched(a_meter(), a_rule(RuleKind.NIGHT_FLOW, nights=3, reference=2.0))
    assert seen_slots(one, hours(rates)).all == []
    quiet_last = day_and_night(2, 20.0, 9.0) + day_and_night(1, 20.0, 2.6)
    assert seen_slots(nights, hours(quiet_last)).all == []


def test_a_written_reference_needs_no_weeks_to_learn() -> None:
    one = a_watched(a_meter(), a_rule(RuleKind.NIGHT_FLOW, reference=1.0))
    (leak,) = seen_slots(one, hours(day_and_night(9, 20.0, 3.0))).open
    assert leak.evidence["reference"] == 1.0


def test_a_night_of_which_no_hour_is_known_is_no_night() -> None:
    one = a_watched(a_meter(), a_rule(RuleKind.NIGHT_FLOW, reference=1.0))
    assert seen_slots(one, hours([None] * 24 * 12)).memory.night.nights == []


IDLING = a_rule(RuleKind.IDLING, idle_power=10.0, warm_up=20.0)


def test_idling_out_of_shift_counts_from_its_beginning_once_it_is_past_the_break_even() -> None:
    one = a_watched(a_meter("gauge", "electricity"), IDLING)
    evening = [50.0] * 22  # until 22 h
    assert seen_slots(one, hours([*evening, 10.0, 10.0])).all == []  # 2 h = 20 kWh: no more than a start
    (idle,) = seen_slots(one, hours([*evening, 10.0, 10.0, 11.0])).open
    assert (idle.since, idle.kind) == (at_hour(22), HotspotKind.IDLING)
    assert idle.excess_total == pytest.approx(31.0)
    assert idle.excess_per_hour == pytest.approx(31.0 / 3)


def test_idling_in_a_shift_or_working_out_of_it_is_none() -> None:
    one = a_watched(a_meter("gauge", "electricity"), IDLING)
    assert seen_slots(one, hours([0.0] * 6 + [10.0] * 16)).all == []
    assert seen_slots(one, hours([50.0] * 30)).all == []


def test_idling_is_over_after_a_night_that_was_off_and_one_hotspot_holds_several_nights() -> None:
    one = a_watched(a_meter("gauge", "electricity"), IDLING)
    night = [10.0] * 6 + [50.0] * 16 + [10.0] * 2
    (idle,) = seen_slots(one, hours([*night, *night])).open
    assert idle.excess_total == pytest.approx(10.0 * (6 + 8))  # the last 2 h are no more than a start
    off = [10.0] * 6 + [50.0] * 16 + [0.0] * 8
    (over,) = seen_slots(one, hours([*night, *off])).ended
    assert over.ended_at == at_hour(30)


AIR = a_rule(RuleKind.LOAD_UNLOAD, loaded_power=100.0, unloaded_power=30.0)


@pytest.mark.parametrize(("share", "state"), [(0.05, "good"), (0.15, "between"), (0.25, "poor")])
def test_the_loaded_share_without_demand_is_the_leak(share: float, state: str) -> None:
    one = a_watched(a_meter("gauge", "electricity"), AIR)
    night = 30.0 + 70.0 * share
    seen = seen_slots(one, hours([night] * 6 + [90.0] * 4))
    assert seen.memory.load.state == state
    assert [spot.kind for spot in seen.open] == ([HotspotKind.AIR_LEAK] if state == "poor" else [])
    if state == "poor":
        assert seen.open[0].excess_per_hour == pytest.approx(25.0)
        assert seen.open[0].evidence["leak_pct"] == pytest.approx(25.0)


def test_a_compressor_that_is_switched_off_or_never_loads_has_measured_nothing() -> None:
    one = a_watched(a_meter("gauge", "electricity"), AIR)
    for night in (0.0, 30.0):
        assert seen_slots(one, hours([night] * 6 + [90.0])).memory.load.state == ""


def test_an_air_leak_is_over_after_two_nights_that_are_not_poor() -> None:
    one = a_watched(a_meter("gauge", "electricity"), AIR)
    poor, good = [60.0] * 6 + [90.0] * 16 + [60.0] * 2, [33.0] * 6 + [90.0] * 16 + [33.0] * 2
    assert seen_slots(one, hours([*poor, *good])).ended == []
    seen = seen_slots(one, hours([*poor, *poor, *good, *good, *good]))
    assert len(seen.ended) == 1
    assert seen.open == []


def test_a_day_of_identical_hours_is_a_stuck_meter_until_one_differs() -> None:
    one = a_watched(a_meter(), a_rule(RuleKind.STUCK))
    assert seen_slots(one, hours([3.0] * 23 + [3.1])).all == []
    (stuck,) = seen_slots(one, hours([1.0] + [3.0] * 24)).open
    assert (stuck.since, stuck.detected_at, stuck.kind) == (at_hour(1), at_hour(25), HotspotKind.STUCK_METER)
    assert stuck.cost_per_hour is None
    (over,) = seen_slots(one, hours([3.0] * 30 + [4.0])).ended
    assert over.ended_at == at_hour(30)


def test_zeros_are_no_stuck_meter_and_last_bits_are_no_movement() -> None:
    one = a_watched(a_meter(), a_rule(RuleKind.STUCK))
    assert seen_slots(one, hours([0.0] * 50)).all == []
    assert len(seen_slots(one, hours([3.0 * (1 + i % 2 * 1e-15) for i in range(30)])).open) == 1


def test_demand_above_the_limit_is_told_and_is_over_after_a_day_below_it() -> None:
    one = a_watched(a_meter("gauge", "electricity"), a_rule(RuleKind.MAXIMUM_DEMAND, limit=100.0))
    (peak,) = seen_slots(one, hours([90.0, 120.0, 100.0])).open
    assert (peak.since, peak.excess_per_hour, peak.evidence["peak"]) == (
        at_hour(1),
        pytest.approx(20.0),
        120.0,
    )
    (over,) = seen_slots(one, hours([120.0] + [90.0] * 25)).ended
    assert over.ended_at == at_hour(1)


@pytest.mark.parametrize(
    ("kind", "resource", "more", "expected"),
    [
        ("counter", "water", {}, {"continuous_flow", "night_flow", "stuck"}),
        ("counter", "wastewater", {}, {"stuck"}),
        ("gauge", "water", {}, {"continuous_flow", "night_flow", "stuck", "frozen_at_limit", "implausible"}),
        ("gauge", "electricity", {}, {"stuck", "frozen_at_limit"}),
        ("counter", "electricity", {"rollover": 1e6}, {"stuck", "frozen_at_limit", "implausible"}),
        ("delta", "electricity", {"every_s": None}, set()),
    ],
)
def test_rules_come_on_where_kind_and_resource_make_them_clear(
    kind: str, resource: str, more: dict[str, float | None], expected: set[str]
) -> None:
    meter = a_meter(kind, resource, **more)
    assert {str(rule.kind) for rule in rules_of(meter, a_plant(meter))} == expected


def test_a_rule_can_be_switched_off() -> None:
    meter = a_meter(rules=(a_rule(RuleKind.CONTINUOUS_FLOW, enabled=False),))
    assert RuleKind.CONTINUOUS_FLOW not in {rule.kind for rule in rules_of(meter, a_plant(meter))}


def test_memory_stays_small_however_long_a_meter_lives() -> None:
    import msgspec

    one = a_watched(a_meter(), FLOW, NIGHT, a_rule(RuleKind.STUCK))
    rates = day_and_night(120, 8.0, lambda night: 1.0 + night % 5, zero=lambda day: day % 2 == 0)
    memory = seen_slots(one, hours(rates)).memory
    assert len(msgspec.msgpack.encode(memory)) < 8000
    assert copy_of(memory) == memory
