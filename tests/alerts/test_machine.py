"""The state machine: every step, and the law of its whole life."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.conditions import INHIBITED_BY
from alerts.machine import Event, Note, Rules, Transition, step
from alerts.outbox import told
from domain.alert import Alert, AlertState, Condition
from domain.baseline import Severity
from tests.alerts.builders import NOW, a_condition, a_hotspot_condition, after, an_alert

RULES = Rules(keep_s=300, repeat_s=3600)


def taken(alert: Alert | None, condition: Condition | None, at: datetime, rules: Rules = RULES) -> Transition:
    transition = step(alert, condition, at, rules)
    assert transition is not None
    return transition


def test_nothing_comes_of_nothing() -> None:
    assert step(None, None, NOW, RULES) is None


def test_a_condition_with_a_hold_time_waits_as_pending_and_tells_nobody() -> None:
    begun = taken(None, a_condition(hold_s=60), NOW)
    assert (begun.alert.state, begun.event, begun.alert.episode) == (AlertState.PENDING, None, 1)
    assert step(begun.alert, a_condition(hold_s=60), after(59), RULES) is None


def test_it_fires_when_it_has_held_long_enough_counted_from_when_it_was_first_seen() -> None:
    pending = an_alert(a_condition(hold_s=60), AlertState.PENDING)
    fired = taken(pending, a_condition(hold_s=60), after(60))
    assert (fired.alert.state, fired.event, fired.why) == (
        AlertState.FIRING,
        Event.FIRING,
        "has held for 60 s",
    )
    assert (fired.alert.pending_at, fired.alert.fired_at) == (NOW, after(60))


def test_without_a_hold_time_it_fires_at_once() -> None:
    assert taken(None, a_condition(hold_s=0), NOW).event is Event.FIRING


def test_a_pending_alert_whose_reason_goes_away_ends_unsent() -> None:
    gone = taken(an_alert(a_condition(hold_s=60), AlertState.PENDING), None, after(30))
    assert (gone.alert.state, gone.event, gone.why) == (
        AlertState.RESOLVED,
        None,
        "went away before it fired",
    )


def test_coming_back_before_anybody_was_told_uses_the_same_episode_with_a_new_hold() -> None:
    dropped = taken(an_alert(a_condition(hold_s=60), AlertState.PENDING), None, after(30)).alert
    again = taken(dropped, a_condition(hold_s=60), after(40)).alert
    assert (again.episode, again.pending_at, again.state) == (1, after(40), AlertState.PENDING)


def test_a_clock_set_back_does_not_keep_a_pending_alert_waiting_for_the_future() -> None:
    pending = an_alert(a_condition(hold_s=60), AlertState.PENDING, pending_at=after(3600))
    moved = taken(pending, a_condition(hold_s=60), NOW).alert
    assert moved.pending_at == NOW
    assert taken(moved, a_condition(hold_s=60), after(60)).event is Event.FIRING


def test_a_firing_alert_that_goes_on_changes_nothing() -> None:
    assert step(an_alert(a_condition(), AlertState.FIRING), a_condition(), after(60), RULES) is None


def test_it_goes_on_firing_until_the_condition_has_been_gone_for_the_keep_time() -> None:
    firing = an_alert(a_condition(), AlertState.FIRING)
    going = taken(firing, None, after(100)).alert
    assert (going.state, going.gone_at) == (AlertState.FIRING, after(100))
    assert step(going, None, after(399), RULES) is None
    over = taken(going, None, after(400))
    assert (over.event, over.alert.state, over.alert.resolved_at) == (
        Event.RESOLVED, AlertState.RESOLVED, after(400),
    )  # fmt: skip
    assert over.alert.gone_at == after(100)


def test_coming_back_within_the_keep_time_is_no_news() -> None:
    going = an_alert(a_condition(), AlertState.FIRING, gone_at=after(100))
    back = taken(going, a_condition(), after(200))
    assert (back.event, back.alert.gone_at, back.alert.state) == (None, None, AlertState.FIRING)


def test_coming_back_after_it_was_resolved_is_a_new_episode_not_acknowledged() -> None:
    over = an_alert(
        a_condition(), AlertState.RESOLVED, acknowledged_at=NOW, acknowledged_by="Lan", told={"n": 4}
    )
    again = taken(over, a_condition(), after(9000))
    assert (again.event, again.alert.episode, again.alert.acknowledged_at) == (Event.FIRING, 2, None)
    assert again.alert.told == {"n": 4}


def test_severity_rises_while_firing_is_told_and_never_falls() -> None:
    firing = an_alert(a_condition(severity=Severity.WARNING), AlertState.FIRING)
    worse = taken(firing, a_condition(severity=Severity.CRITICAL), after(10))
    assert (worse.event, worse.note, worse.alert.severity) == (
        Event.REPEAT, Note.MORE_SEVERE, Severity.CRITICAL,
    )  # fmt: skip
    critical = an_alert(a_condition(severity=Severity.CRITICAL), AlertState.FIRING)
    assert step(critical, a_condition(severity=Severity.INFO), after(10), RULES) is None


def test_a_rate_twice_what_was_told_is_told_again_and_less_is_only_written_down() -> None:
    firing = an_alert(a_hotspot_condition(excess_per_hour=4.0), AlertState.FIRING)
    more = taken(firing, a_hotspot_condition(excess_per_hour=7.9), after(10))
    assert (more.event, more.alert.facts["excess_per_hour"]) == (None, 7.9)
    twice = taken(firing, a_hotspot_condition(excess_per_hour=8.0), after(10))
    assert (twice.event, twice.note, twice.why) == (
        Event.REPEAT, Note.WORSE, "the rate is 2.0 times what was told",
    )  # fmt: skip


def test_less_and_less_used_counts_as_worse_too() -> None:
    firing = an_alert(a_hotspot_condition(excess_per_hour=-4.0), AlertState.FIRING)
    assert taken(firing, a_hotspot_condition(excess_per_hour=-9.0), after(10)).note is Note.WORSE


def test_a_reminder_comes_after_the_repeat_interval_unless_somebody_acknowledged() -> None:
    firing = an_alert(a_condition(), AlertState.FIRING)
    assert step(firing, a_condition(), after(3599), RULES) is None
    assert taken(firing, a_condition(), after(3600)).note is Note.REMINDER
    known = replace(firing, acknowledged_at=after(60), acknowledged_by="Lan")
    assert step(known, a_condition(), after(36_000), RULES) is None
    assert step(firing, a_condition(), after(36_000), Rules(repeat_s=None)) is None


def explained(hold_s: float = 0) -> Condition:
    condition = a_condition("plant_silent", hold_s)
    return replace(condition, facts={**condition.facts, INHIBITED_BY: "broker"})


def test_what_is_explained_by_something_else_never_begins_and_a_pending_one_ends_unsent() -> None:
    assert step(None, explained(), NOW, RULES) is None
    pending = an_alert(a_condition("plant_silent", 60), AlertState.PENDING)
    ended = taken(pending, explained(60), after(60))
    assert (ended.event, ended.alert.state) == (None, AlertState.RESOLVED)
    assert ended.why == "inhibited: explained by broker"


def test_a_firing_alert_that_becomes_explained_is_held_without_a_word() -> None:
    firing = an_alert(a_condition("plant_silent"), AlertState.FIRING, gone_at=after(10))
    held = taken(firing, explained(), after(7200))
    assert (held.event, held.alert.state, held.alert.gone_at) == (None, AlertState.FIRING, None)
    assert step(held.alert, explained(), after(99_999), RULES) is None


def test_a_hotspots_onset_may_be_corrected_while_other_alerts_keep_the_earliest() -> None:
    hotspot = an_alert(a_hotspot_condition(since=NOW), AlertState.FIRING)
    assert taken(hotspot, a_hotspot_condition(since=after(900)), after(901)).alert.since == after(900)
    store = an_alert(a_condition(since=NOW), AlertState.FIRING)
    assert step(store, a_condition(since=after(60)), after(60), RULES) is None


@pytest.mark.parametrize("state", list(AlertState))
def test_a_step_taken_again_at_the_same_instant_changes_nothing(state: AlertState) -> None:
    alert = an_alert(a_condition(hold_s=60), state)
    for condition in (None, a_condition(hold_s=60)):
        first = step(alert, condition, after(10), RULES)
        settled = replace(first.alert, told=told(first, ["mail"], after(10))) if first else alert
        assert step(settled, condition, after(10), RULES) is None


MOMENTS = st.tuples(
    st.integers(0, 400),  # seconds since the last step
    st.sampled_from(["holds", "gone", "explained"]),
    st.sampled_from(list(Severity)),
    st.floats(0.1, 100),
    st.booleans(),  # somebody acknowledges
)


@given(
    st.lists(MOMENTS, max_size=60),
    st.sampled_from([0.0, 30.0, 200.0]),
    st.sampled_from([0.0, 60.0, 300.0]),
    st.sampled_from([None, 100.0, 1000.0]),
)
def test_whatever_happens_nothing_fires_twice_without_a_resolve_and_every_firing_ends_once_or_is_open(
    moments: list[tuple[int, str, Severity, float, bool]],
    hold_s: float,
    keep_s: float,
    repeat_s: float | None,
) -> None:
    rules, alert, now, events = Rules(keep_s=keep_s, repeat_s=repeat_s), None, NOW, ""
    for seconds, what, severity, rate, acknowledges in moments:
        now += timedelta(seconds=seconds)
        condition = replace(a_hotspot_condition(excess_per_hour=rate), severity=severity, hold_s=hold_s)
        if what == "explained":
            condition = replace(condition, facts={**condition.facts, INHIBITED_BY: "broker"})
        transition = step(alert, None if what == "gone" else condition, now, rules)
        if transition is None:
            continue
        alert = transition.alert
        if transition.event:
            alert = replace(alert, told=told(transition, ["mail"], now), notified_at=now)
            events += {"firing": "F", "repeat": "r", "resolved": "E"}[transition.event]
        if acknowledges:
            alert = replace(alert, acknowledged_at=now)
    assert re.fullmatch(r"(Fr*E)*(Fr*)?", events), events
    is_firing = alert is not None and alert.state is AlertState.FIRING
    assert events.count("F") - events.count("E") == is_firing
    assert alert is None or alert.told.get("n", 0) == len(events)
    assert alert is None or alert.episode in (events.count("F"), events.count("F") + 1)
