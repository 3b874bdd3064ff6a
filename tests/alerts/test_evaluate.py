"""Conditions to alerts to outbox: one transaction, no doubles, no storms."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.conditions import infrastructure_conditions
from alerts.evaluate import evaluate
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.silence import listening, silent_conditions
from domain.alert import Alert, AlertKind, AlertState, Condition, OutboxMessage
from domain.baseline import Severity
from domain.errors import LedgerError
from tests.alerts.builders import (
    NOW,
    PROMPT,
    a_condition,
    a_hotspot,
    a_hotspot_condition,
    a_meter,
    a_plant,
    after,
    elsewhere,
)
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.timetable import Timetable, between, both

MAIL = (ChannelRule("mail"),)


def outbox(ledger: MemoryLedger) -> list[OutboxMessage]:
    return list(ledger.tables.outbox.values())


def only(alerts: list[Alert]) -> Alert:
    assert len(alerts) == 1
    return alerts[0]


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


def test_evaluating_again_with_the_same_input_changes_and_tells_nothing() -> None:
    ledger = MemoryLedger()
    trouble = a_condition("ledger")
    first = evaluate(ledger, [trouble, a_hotspot_condition()], NOW, PROMPT, MAIL)
    kept = (dict(ledger.tables.outbox), dict(ledger.tables.alerts), list(ledger.tables.audits))
    assert len(first) == 2
    assert evaluate(ledger, [trouble, a_hotspot_condition()], NOW, PROMPT, MAIL) == []
    assert (ledger.tables.outbox, ledger.tables.alerts, ledger.tables.audits) == kept


def test_a_channel_hears_only_what_is_serious_enough_and_the_end_only_of_what_it_heard() -> None:
    channels = (ChannelRule("console"), ChannelRule("phone", min_severity=Severity.CRITICAL))
    ledger = MemoryLedger()
    cheap, dear = elsewhere("cheap", cost_per_hour=1.0), elsewhere("dear")
    evaluate(ledger, [cheap, dear], NOW, PROMPT, channels)
    evaluate(ledger, [], after(1), PROMPT, channels)
    heard = Counter((message.channel, message.event, message.body["key"]) for message in outbox(ledger))
    assert heard == {
        ("console", "firing", "cheap"): 1, ("console", "resolved", "cheap"): 1,
        ("console", "firing", "dear"): 1, ("console", "resolved", "dear"): 1,
        ("phone", "firing", "dear"): 1, ("phone", "resolved", "dear"): 1,
    }  # fmt: skip


def test_a_channel_that_hears_of_it_only_when_it_gets_serious_is_told_a_beginning() -> None:
    channels = (ChannelRule("console"), ChannelRule("phone", min_severity=Severity.CRITICAL))
    ledger = MemoryLedger()
    evaluate(ledger, [a_hotspot_condition(cost_per_hour=30_000.0)], NOW, PROMPT, channels)
    evaluate(ledger, [a_hotspot_condition(cost_per_hour=90_000.0)], after(60), PROMPT, channels)
    evaluate(ledger, [], after(120), PROMPT, channels)
    assert [(m.channel, m.event) for m in outbox(ledger)] == [
        ("console", "firing"), ("console", "repeat"), ("phone", "firing"),
        ("console", "resolved"), ("phone", "resolved"),
    ]  # fmt: skip


def test_an_alert_that_no_channel_wants_is_kept_all_the_same() -> None:
    ledger = MemoryLedger()
    changed = only(evaluate(ledger, [a_condition()], NOW, PROMPT, ()))
    assert (changed.state, changed.notified_at, outbox(ledger)) == (AlertState.FIRING, None, [])


def test_the_end_of_a_hotspot_is_told_with_its_last_totals() -> None:
    ledger = MemoryLedger()
    evaluate(ledger, [a_hotspot_condition()], NOW, PROMPT, MAIL)
    ended = a_hotspot(ended_at=after(600), excess_total=40.0, cost_total=900_000.0, judged_until=after(600))
    with ledger.begin() as tx:
        tx.save_hotspot(ended)
    evaluate(ledger, [], after(1200), PROMPT, MAIL)
    facts = outbox(ledger)[-1].body["facts"]
    assert (facts["excess_total"], facts["cost_total"], facts["ended_at"]) == (
        40.0, 900_000.0, after(600).isoformat(),
    )  # fmt: skip
    assert facts["process_name"] == "Chuyền nhuộm 2"


def test_every_word_to_people_is_in_the_audit_trail_with_who_when_and_why() -> None:
    ledger = MemoryLedger()
    evaluate(ledger, [a_condition(hold_s=60)], NOW, PROMPT, MAIL)
    evaluate(ledger, [a_condition(hold_s=60)], after(60), PROMPT, MAIL)
    evaluate(ledger, [], after(90), PROMPT, MAIL)
    with ledger.begin() as tx:
        lines = tx.audit_trail(a_condition().fingerprint)
    assert [(line["at"], line["who"], line["what"], line["why"]) for line in reversed(lines)] == [
        (after(60), "alerts.evaluate", "alert.firing", "has held for 60 s"),
        (after(90), "alerts.evaluate", "alert.resolved", "has been gone for 0 s"),
    ]
    assert lines[0]["details"]["channels"] == ["mail"]


@pytest.mark.parametrize("call", ["alerts", "enqueue", "commit"])
def test_if_the_ledger_goes_away_nothing_is_kept_and_the_decision_is_taken_again(call: str) -> None:
    ledger = MemoryLedger()
    ledger.fails_at = call
    with pytest.raises(LedgerError):
        evaluate(ledger, [a_condition()], NOW, PROMPT, MAIL)
    assert (ledger.tables.alerts, ledger.tables.audits, outbox(ledger)) == ({}, [], [])
    ledger.fails_at = ""
    evaluate(ledger, [a_condition()], after(10), PROMPT, MAIL)
    assert len(outbox(ledger)) == 1


def test_a_thousand_alerts_at_once_are_one_message_that_lists_each_exactly_once() -> None:
    conditions = [elsewhere(f"h{number}") for number in range(1000)]
    day = Timetable(between(0, 100, *conditions))
    told = day.run(1000)
    assert len(day.notifiers["mail"].taken) == 2  # one firing, one resolved
    assert Counter(event for _, event, _ in told) == {"firing": 1000, "resolved": 1000}
    assert Counter((event, key) for _, event, key in told).most_common(1)[0][1] == 1


@pytest.mark.fault(35)
@pytest.mark.parametrize("every_s", [1, 10])
def test_a_thousand_meters_tripping_within_ten_seconds_are_at_most_ten_messages(every_s: float) -> None:
    tripped = [elsewhere(f"h{number}") for number in range(1000)]
    day = Timetable(lambda at_s: tripped[: int(at_s * 100)], every_s=every_s)
    told = day.run(50)
    assert len(day.notifiers["mail"].taken) <= 10
    assert Counter(key for _, _, key in told) == {f"h{number}": 1 for number in range(1000)}


def test_a_trickle_that_never_stops_is_told_in_groups_and_never_later_than_the_group_wait() -> None:
    trickle = [elsewhere(f"h{number}") for number in range(301)]
    day = Timetable(lambda at_s: trickle[: int(at_s) + 1], every_s=1)
    told = day.run(300)
    late = [at_s - int(key[1:]) for at_s, _, key in told]
    assert max(late) <= 30
    assert len(day.notifiers["mail"].taken) <= 5 + 300 // 30
    assert len(told) >= 270


def test_what_was_told_in_a_group_is_resolved_after_it_and_repeated_after_it() -> None:
    ledger = MemoryLedger()
    many = [elsewhere(f"h{number}", excess_per_hour=1.0) for number in range(6)]
    evaluate(ledger, many, NOW, PROMPT, MAIL)
    evaluate(ledger, many[:5], after(10), PROMPT, MAIL)
    group, single = outbox(ledger)
    assert (group.event, single.event, single.sequence) == ("group", "resolved", 2)
    assert [item["n"] for item in group.body["items"]] == [1] * 6


class Yard:
    """A plant whose meters speak unless they are told to be quiet, and a store that may be away."""

    def __init__(self, count: int, every_s: float = 10) -> None:
        self.plant = a_plant(*(a_meter(f"m{number}", every_s=every_s) for number in range(count)))
        self.ledger = MemoryLedger()
        self.quiet: dict[str, tuple[float, float]] = {}
        self.away: tuple[float, float] = (-1, -1)
        self.last = dict.fromkeys(self.plant.meters, NOW)
        self.is_readable = True  # else silence is not judged at all while the store is away

    def holds(self, at_s: float) -> list[Condition]:
        is_away = self.away[0] <= at_s < self.away[1]
        for name in self.plant.meters:
            start, end = self.quiet.get(name, (-1.0, -1.0))
            if not is_away and not start <= at_s < end:
                self.last[name] = after(at_s)
        with self.ledger.begin() as tx:
            heard = listening(tx.alerts(), NOW, after(at_s))
        problems = [("store", "503")] if is_away else []
        silent = silent_conditions(dict(self.last), self.plant, after(at_s), heard)
        if is_away and not self.is_readable:
            silent = []
        return [*silent, *infrastructure_conditions(problems, after(at_s))]

    def day(self, rules: Rules | None = None) -> Timetable:
        return Timetable(self.holds, rules or Rules(keep_s=60), ledger=self.ledger)


@pytest.mark.fault(36)
def test_a_silent_meter_is_told_within_twice_its_period_and_again_when_it_is_back() -> None:
    yard = Yard(10, every_s=60)
    yard.quiet = {"m3": (300, 1000)}
    told = yard.day().run(2000)
    assert [(event, key) for _, event, key in told] == [("firing", "silent/m3"), ("resolved", "silent/m3")]
    fired, resolved = told[0][0], told[1][0]
    assert fired - 290 <= 120
    assert resolved == 1000 + 60


def test_a_database_outage_is_one_alert_and_not_one_per_meter() -> None:
    yard = Yard(1000)
    yard.away = (100, 700)
    assert [(event, key) for _, event, key in yard.day().run(1500)] == [
        ("firing", "store"),
        ("resolved", "store"),
    ]


def test_the_whole_plant_silent_is_one_alert_and_slow_returners_are_not_told() -> None:
    yard = Yard(50)
    yard.quiet = {name: (100.0, 600.0 + index) for index, name in enumerate(yard.plant.meters)}
    assert [(event, key) for _, event, key in yard.day().run(1500)] == [
        ("firing", "plant_silent"),
        ("resolved", "plant_silent"),
    ]


def test_a_meter_that_stays_silent_after_the_outage_is_told_then() -> None:
    yard = Yard(20)
    yard.away, yard.quiet = (100, 400), {"m7": (100.0, 1e9)}
    told = yard.day().run(1500)
    assert [(event, key) for _, event, key in told] == [
        ("firing", "store"),
        ("resolved", "store"),
        ("firing", "silent/m7"),
    ]


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_meter_already_silent_is_neither_resolved_nor_told_again_by_an_outage(is_readable: bool) -> None:
    yard = Yard(20)
    yard.is_readable = is_readable
    yard.quiet, yard.away = {"m7": (50.0, 5000.0)}, (1000, 3000)
    assert [(event, key) for _, event, key in yard.day().run(6000)] == [
        ("firing", "silent/m7"),
        ("firing", "store"),
        ("resolved", "store"),
        ("resolved", "silent/m7"),
    ]


@pytest.mark.fault(24)
def test_a_clock_that_jumps_an_hour_for_one_evaluation_makes_no_meter_silent() -> None:
    plant, ledger = a_plant(*(a_meter(f"m{number}") for number in range(20))), MemoryLedger()

    def jumping(at_s: float) -> list[Condition]:
        now = after(at_s + (3600 if 100 <= at_s < 110 else 0))
        with ledger.begin() as tx:
            heard = listening(tx.alerts(), NOW, now)
        return silent_conditions(dict.fromkeys(plant.meters, after(at_s)), plant, now, heard)

    assert Timetable(jumping, ledger=ledger).run(900) == []


def test_of_two_conditions_with_one_fingerprint_the_more_severe_counts() -> None:
    low, high = a_condition(severity=Severity.INFO), a_condition(severity=Severity.CRITICAL)
    changed = only(evaluate(MemoryLedger(), [high, low], NOW, PROMPT, MAIL))
    assert changed.severity is Severity.CRITICAL


def test_a_silent_meter_and_trouble_in_one_evaluation_tells_only_the_trouble() -> None:
    ledger = MemoryLedger()
    silent = Condition(AlertKind.SILENT_METER, "silent/m1", Severity.WARNING, NOW, 0, {"meter": "m1"})
    evaluate(ledger, [silent, a_condition("broker")], NOW, PROMPT, MAIL)
    assert [message.body["key"] for message in outbox(ledger)] == ["broker"]


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


def test_the_history_of_old_alerts_is_read_only_when_something_begins() -> None:
    ledger = MemoryLedger()
    evaluate(ledger, [a_condition()], NOW, PROMPT, MAIL)
    ledger.calls.clear()
    for seconds in range(1, 50):
        evaluate(ledger, [a_condition()], after(seconds), PROMPT, MAIL)
    assert (ledger.calls["alerts_open"], ledger.calls["alerts"]) == (49, 0)


def test_a_hotspots_growing_total_is_written_down_without_a_word() -> None:
    ledger = MemoryLedger()
    evaluate(ledger, [a_hotspot_condition()], NOW, PROMPT, MAIL)
    grown = a_hotspot_condition(cost_total=990_000.0)
    changed = only(evaluate(ledger, [grown], after(900), PROMPT, MAIL))
    assert changed.facts["cost_total"] == 990_000.0
    assert len(outbox(ledger)) == 1
