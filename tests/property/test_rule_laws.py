"""Laws of every rule, for any rows: nothing breaks, spells are in order, and time may be cut anywhere."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.rules.memory import MeterMemory, copy_of
from analytics.rules.rows import Point
from analytics.rules.watch import open_spells, watch_points, watch_slots
from domain.hotspot import Hotspot, HotspotKind
from domain.rule import RuleKind
from tests.analytics.rules_builders import a_meter, a_rule, a_watched, hours

BUSY = settings(deadline=None, max_examples=40)
ALL = (
    a_rule(RuleKind.CONTINUOUS_FLOW, hours=6, habit_days=0),
    a_rule(RuleKind.NIGHT_FLOW, nights=3, reference_nights=7, rise_pct=20),
    a_rule(RuleKind.IDLING, idle_power=3.0, warm_up=3.0),
    a_rule(RuleKind.LOAD_UNLOAD, loaded_power=9.0, unloaded_power=2.0, clean_nights=1),
    a_rule(RuleKind.STUCK, hours=5),
    a_rule(RuleKind.MAXIMUM_DEMAND, limit=8.0, calm_hours=3),
    a_rule(RuleKind.FROZEN_AT_LIMIT, low=0.0, high=20.0, readings=2),
    a_rule(RuleKind.IMPLAUSIBLE, min=-1.0, max=30.0, max_step=25.0, calm_min=3),
)
ONE = a_watched(a_meter("gauge"), *ALL)
RATES = st.sampled_from([None, 0.0, 2.0, 2.4, 3.0, 3.2, 5.0, 8.5, 9.0])
#: days and nights of one rate each, with single hours between: long enough for every rule to speak
DAYS = st.lists(
    st.tuples(RATES, st.integers(1, 30)).map(lambda run: [run[0]] * run[1]), min_size=1, max_size=30
).map(lambda runs: [rate for run in runs for rate in run])
POINTS = st.lists(
    st.tuples(st.integers(1, 400), st.sampled_from([0.0, 20.0, 5.0, 7.5, 29.0, 31.0, -2.0])), max_size=60
)
WASTE = {HotspotKind.CONTINUOUS_FLOW, HotspotKind.NIGHT_FLOW, HotspotKind.IDLING, HotspotKind.AIR_LEAK}


def is_in_order(spell: Hotspot) -> bool:
    ends = spell.ended_at is None or spell.detected_at <= spell.ended_at
    return spell.since <= spell.detected_at <= spell.judged_until and ends


@BUSY
@given(DAYS, st.integers(0, 10_000))
def test_intervals_may_be_cut_anywhere_and_every_spell_is_in_order(
    rates: list[float | None], cut: int
) -> None:
    slots = hours(rates)
    whole, parts = MeterMemory(0, 0), MeterMemory(0, 0)
    ended = watch_slots(whole, ONE, slots)
    at = cut % (len(slots) + 1)
    first = watch_slots(parts, ONE, slots[:at])
    parts = copy_of(parts)  # as after a restart
    assert [*first, *watch_slots(parts, ONE, slots[at:])] == ended
    assert parts == whole
    found = [*ended, *open_spells(whole, ONE)]
    assert len({spell.id for spell in found}) == len(found)
    for spell in found:
        assert is_in_order(spell)
        assert math.isfinite(spell.excess_total)
        if spell.kind in WASTE:
            assert spell.excess_total >= 0.0
            assert spell.cost_total is not None


@BUSY
@given(POINTS, st.integers(0, 100))
def test_readings_may_be_cut_anywhere_and_every_spell_is_in_order(
    steps: list[tuple[int, float]], cut: int
) -> None:
    points, second = list[Point](), 1_770_000_000
    for gap, value in steps:
        second += gap
        points.append(Point(second * 1_000_000, value))
    whole, parts = MeterMemory(0, 0), MeterMemory(0, 0)
    ended = watch_points(whole, ONE, points)
    at = cut % (len(points) + 1)
    first = watch_points(parts, ONE, points[:at])
    parts = copy_of(parts)
    assert [*first, *watch_points(parts, ONE, points[at:])] == ended
    assert parts == whole
    assert all(is_in_order(spell) for spell in [*ended, *open_spells(whole, ONE)])
