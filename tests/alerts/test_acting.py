"""What people do about alerts: once, by somebody, for a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from alerts.acting import (
    acknowledge,
    alert_named,
    assign,
    comment,
    snooze,
    unacknowledge,
    unsnooze,
)
from domain.alert import Alert, AlertState, Standing
from domain.errors import RefusedError
from domain.ports import LedgerTx
from tests.alerts.builders import NOW, a_condition, a_hotspot_condition, after, an_alert
from tests.alerts.memory_ledger import MemoryLedger

FIRING = an_alert(a_hotspot_condition(), AlertState.FIRING)


def a_ledger(*alerts: Alert) -> MemoryLedger:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        for alert in alerts or (FIRING,):
            tx.save_alert(alert)
    return ledger


def history(ledger: MemoryLedger) -> list[tuple[str, str, str]]:
    return [(one.change.value, one.who, one.why) for one in ledger.tables.changes]


def test_the_first_acknowledgement_counts_and_a_second_changes_nothing() -> None:
    ledger = a_ledger()
    with ledger.begin() as tx:
        first = acknowledge(tx, FIRING.fingerprint, "Lan", "đang xem", after(60))
        second = acknowledge(tx, FIRING.fingerprint[:6], "Minh", "", after(90))
    assert first == second
    assert (first.acknowledged_by, first.acknowledged_at) == ("Lan", after(60))
    assert first.standing is Standing.ACTIVE_ACKNOWLEDGED
    assert history(ledger) == [("acknowledged", "Lan", "đang xem")]
    assert [line["what"] for line in ledger.tables.audits] == ["alert.acknowledged"]


def test_an_acknowledgement_can_be_taken_back() -> None:
    ledger = a_ledger()
    with ledger.begin() as tx:
        acknowledge(tx, FIRING.fingerprint, "Lan", "", after(60))
        unknown = unacknowledge(tx, FIRING.fingerprint, "Lan", "nhầm", after(90))
    assert unknown.standing is Standing.ACTIVE_UNACKNOWLEDGED
    assert [change for change, _, _ in history(ledger)] == ["acknowledged", "unacknowledged"]


def test_what_is_over_can_still_be_acknowledged() -> None:
    over = replace(FIRING, state=AlertState.RESOLVED, resolved_at=after(10))
    assert over.standing is Standing.CLEARED_UNACKNOWLEDGED
    with a_ledger(over).begin() as tx:
        known = acknowledge(tx, over.fingerprint, "Lan", "", after(60))
    assert known.standing is Standing.CLEARED_ACKNOWLEDGED


def test_an_old_link_does_not_touch_a_new_episode() -> None:
    with a_ledger(replace(FIRING, episode=2)).begin() as tx:
        with pytest.raises(RefusedError, match=r"episode 1 of alert .* is over"):
            acknowledge(tx, FIRING.fingerprint, "Lan", "", NOW, episode=1)
        assert acknowledge(tx, FIRING.fingerprint, "Lan", "", NOW, episode=2).acknowledged_by == "Lan"


def test_a_snooze_has_an_end_within_a_week_and_can_be_ended() -> None:
    ledger = a_ledger()
    with ledger.begin() as tx:
        quiet = snooze(tx, FIRING.fingerprint, after(3600), "Lan", "hết ca", NOW)
        assert (quiet.snoozed_until, quiet.snoozed_by) == (after(3600), "Lan")
        assert unsnooze(tx, FIRING.fingerprint, "Lan", "", after(60)).snoozed_until == after(60)
    assert [change for change, _, _ in history(ledger)] == ["snoozed", "unsnoozed"]


REFUSALS: list[tuple[str, Alert, Callable[[LedgerTx, str], object]]] = [
    ("there is no alert 'nobody'", FIRING, lambda tx, _: alert_named(tx, "nobody")),
    ("there is no alert 'abc'", FIRING, lambda tx, _: alert_named(tx, "abc")),
    ("nobody said who", FIRING, lambda tx, name: acknowledge(tx, name, " ", "", NOW)),
    ("within 7 days", FIRING, lambda tx, name: snooze(tx, name, NOW, "Lan", "", NOW)),
    ("within 7 days", FIRING, lambda tx, name: snooze(tx, name, after(8 * 86400), "Lan", "", NOW)),
    ("1 to 2000 letters", FIRING, lambda tx, name: comment(tx, name, "  ", "Lan", NOW)),
    ("at most 2000", FIRING, lambda tx, name: acknowledge(tx, name, "Lan", "x" * 2001, NOW)),
    (
        "has not fired",
        an_alert(a_condition(hold_s=60), AlertState.PENDING),
        lambda tx, name: acknowledge(tx, name, "Lan", "", NOW),
    ),
    (
        "is over",
        an_alert(a_condition(), AlertState.RESOLVED),
        lambda tx, name: snooze(tx, name, after(60), "Lan", "", NOW),
    ),
]


@pytest.mark.parametrize(("message", "alert", "verb"), REFUSALS)
def test_what_cannot_be_meant_is_refused_with_what_is_allowed(
    message: str, alert: Alert, verb: Callable[[LedgerTx, str], object]
) -> None:
    ledger = a_ledger(alert)
    with ledger.begin() as tx, pytest.raises(RefusedError, match=message):
        verb(tx, alert.fingerprint)
    assert history(ledger) == []


def test_a_beginning_of_two_names_is_no_name() -> None:
    twins = (replace(FIRING, fingerprint="abcdef01"), replace(FIRING, fingerprint="abcdef02"))
    with a_ledger(*twins).begin() as tx, pytest.raises(RefusedError, match="abcdef01, abcdef02"):
        alert_named(tx, "abcdef")


def test_assignments_and_comments_stand_in_the_history() -> None:
    ledger = a_ledger()
    with ledger.begin() as tx:
        assert assign(tx, FIRING.fingerprint, "Minh", "Lan", "gần đó", NOW).assigned_to == "Minh"
        assign(tx, FIRING.fingerprint, "Minh", "Lan", "gần đó", NOW)
        comment(tx, FIRING.fingerprint, "van V-212 kẹt", "Minh", after(60))
    assert history(ledger) == [("assigned", "Lan", "gần đó"), ("commented", "Minh", "van V-212 kẹt")]
