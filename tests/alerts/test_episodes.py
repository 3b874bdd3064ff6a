"""An alert's episodes in time: beginnings, reminders and ends, over restarts and on every channel."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.evaluate import evaluate
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from domain.alert import Condition
from domain.baseline import Severity
from tests.alerts.builders import a_condition, a_hotspot_condition, after, elsewhere
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.timetable import Timetable, between, both


def test_a_leak_is_told_when_it_is_seen_and_again_when_it_is_over() -> None:
    day = Timetable(between(0, 3600, a_hotspot_condition()))
    assert day.run(7200) == [(0, "firing", "h1"), (3900, "resolved", "h1")]


def test_a_trouble_shorter_than_its_hold_time_is_never_told() -> None:
    day = Timetable(between(0, 25, a_condition("store", hold_s=30)))
    assert day.run(600) == []


def test_a_trouble_that_comes_back_is_a_second_episode_with_keys_of_its_own() -> None:
    store = a_condition("store", hold_s=30)
    day = Timetable(both(between(0, 100, store), between(1000, 1100, store)))
    assert day.run(2000) == [
        (30, "firing", "store"),
        (400, "resolved", "store"),
        (1030, "firing", "store"),
        (1400, "resolved", "store"),
    ]
    sent = day.notifiers["mail"].taken
    assert len({message.dedup_key for message in sent}) == 4
    assert [message.sequence for message in sent] == [1, 2, 3, 4]


def test_flapping_at_the_threshold_once_a_second_for_ten_minutes_triggers_once() -> None:
    def flapping(at_s: float) -> list[Condition]:
        return [a_hotspot_condition(excess_per_hour=4.1)] if at_s < 600 and int(at_s) % 2 == 0 else []

    day = Timetable(flapping, every_s=1)
    assert day.run(1200) == [(0, "firing", "h1"), (899, "resolved", "h1")]


def test_flapping_below_a_hold_time_triggers_not_at_all_and_fills_no_audit_trail() -> None:
    store = a_condition("store", hold_s=30)
    day = Timetable(lambda at_s: [store] if int(at_s) % 2 == 0 else [], every_s=1)
    assert day.run(600) == []
    assert isinstance(day.ledger, MemoryLedger)
    assert day.ledger.tables.audits == []
    assert len(day.ledger.tables.alerts) == 1


def test_a_reminder_comes_once_in_each_repeat_interval() -> None:
    day = Timetable(between(0, 10_000, a_condition("store")), Rules(repeat_s=3600), every_s=60)
    assert day.run(8000) == [(0, "firing", "store"), (3600, "repeat", "store"), (7200, "repeat", "store")]


@pytest.mark.fault(34)
def test_a_restart_while_firing_tells_nothing_again_within_the_repeat_interval() -> None:
    ledger, holds = MemoryLedger(), between(0, 1e9, a_condition("store", hold_s=30))
    before = Timetable(holds, ledger=ledger)
    assert before.run(100) == [(30, "firing", "store")]
    restarted = Timetable(holds, ledger=ledger, at_s=500)
    assert restarted.run(80_000) == []
    assert restarted.run(86_430) == [(86_430, "repeat", "store")]


def test_a_restart_while_pending_keeps_the_time_it_began() -> None:
    ledger, holds = MemoryLedger(), between(0, 1e9, a_condition("store", hold_s=100))
    assert Timetable(holds, ledger=ledger).run(50) == []
    assert Timetable(holds, ledger=ledger, at_s=90).run(200) == [(100, "firing", "store")]


def test_a_rate_that_doubles_is_told_at_once_and_then_only_when_it_doubles_again() -> None:
    def growing(at_s: float) -> list[Condition]:
        return [a_hotspot_condition(excess_per_hour=4.0 * (1 + at_s / 1000))]

    day = Timetable(growing, Rules(repeat_s=None))
    assert day.run(3000) == [(0, "firing", "h1"), (1000, "repeat", "h1"), (3000, "repeat", "h1")]


PLANS = st.dictionaries(
    st.sampled_from(["h1", "h2", "h3", "h4", "store", "plant_silent"]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.sampled_from([1.0, 2.5, 9.0])), max_size=4),
)


def holding(plans: dict[str, list[tuple[int, int, float]]], turn: int) -> list[Condition]:
    found = []
    for key, stretches in plans.items():
        for start, length, rate in stretches:
            if start <= turn < start + length:
                made = elsewhere(key, excess_per_hour=rate, cost_per_hour=rate * 1e4)
                found.append(made if key.startswith("h") else a_condition(key, hold_s=20))
    return found


@settings(max_examples=60, deadline=None)
@given(PLANS, st.sampled_from([0, 3, 100]), st.sampled_from([0.0, 25.0]), st.booleans())
def test_on_every_channel_each_alerts_story_is_told_whole_and_in_order(
    plans: dict[str, list[tuple[int, int, float]]], group_above: int, group_wait_s: float, twice: bool
) -> None:
    channels = [
        ChannelRule("all", group_above=group_above),
        ChannelRule("serious", Severity.CRITICAL, group_above),
    ]
    rules = Rules(keep_s=30, repeat_s=200, group_wait_s=group_wait_s, burst=2)
    day = Timetable(lambda at_s: holding(plans, int(at_s / 10)), rules, channels)
    for until_s in range(0, 2000, 10):
        day.run(until_s)
        if twice:
            evaluate(day.ledger, holding(plans, until_s // 10), after(until_s), rules, channels)
    for channel in day.notifiers.values():
        told = channel.subjects()
        assert len({item["dedup_key"] for item in told}) == len(told)
        for fingerprint in {item["fingerprint"] for item in told}:
            story = [item for item in told if item["fingerprint"] == fingerprint]
            letters = "".join(
                {"firing": "F", "repeat": "r", "resolved": "E"}[item["event"]] for item in story
            )
            assert re.fullmatch(r"(Fr*E)+", letters), letters  # by now everything is over
            places = [item["n"] for item in story]
            assert places == sorted(set(places))
