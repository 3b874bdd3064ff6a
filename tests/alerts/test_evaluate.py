"""Conditions to alerts to outbox: one transaction, no doubles."""

from __future__ import annotations

from collections import Counter

import pytest

from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from domain.alert import Alert, AlertKind, AlertState, Condition, OutboxMessage
from domain.baseline import Severity
from domain.errors import LedgerError
from tests.alerts.builders import NOW, PROMPT, a_condition, a_hotspot, a_hotspot_condition, after, elsewhere
from tests.alerts.memory_ledger import MemoryLedger

MAIL = (ChannelRule("mail"),)


def outbox(ledger: MemoryLedger) -> list[OutboxMessage]:
    return list(ledger.tables.outbox.values())


def only(alerts: list[Alert]) -> Alert:
    assert len(alerts) == 1
    return alerts[0]


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


def test_what_was_told_in_a_group_is_resolved_after_it_and_repeated_after_it() -> None:
    ledger = MemoryLedger()
    many = [elsewhere(f"h{number}", excess_per_hour=1.0) for number in range(6)]
    evaluate(ledger, many, NOW, PROMPT, MAIL)
    evaluate(ledger, many[:5], after(10), PROMPT, MAIL)
    group, single = outbox(ledger)
    assert (group.event, single.event, single.sequence) == ("group", "resolved", 2)
    assert [item["n"] for item in group.body["items"]] == [1] * 6


def test_of_two_conditions_with_one_fingerprint_the_more_severe_counts() -> None:
    low, high = a_condition(severity=Severity.INFO), a_condition(severity=Severity.CRITICAL)
    changed = only(evaluate(MemoryLedger(), [high, low], NOW, PROMPT, MAIL))
    assert changed.severity is Severity.CRITICAL


def test_a_silent_meter_and_trouble_in_one_evaluation_tells_only_the_trouble() -> None:
    ledger = MemoryLedger()
    silent = Condition(AlertKind.SILENT_METER, "silent/m1", Severity.WARNING, NOW, 0, {"meter": "m1"})
    evaluate(ledger, [silent, a_condition("broker")], NOW, PROMPT, MAIL)
    assert [message.body["key"] for message in outbox(ledger)] == ["broker"]


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
