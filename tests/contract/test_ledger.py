"""What every ledger does: SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from domain.alert import AlertState
from domain.baseline import BaselineStatus
from domain.errors import LedgerError
from domain.hotspot import HotspotKind
from domain.presence import Presence
from store.ledger import SqlLedger
from tests.contract.conftest import OpenLedger
from tests.store.builders import (
    HOUR,
    START,
    a_baseline,
    a_hotspot,
    a_message,
    a_snapshot,
    a_status,
    an_alert,
)

HANOI = timezone(timedelta(hours=7))
APPROVED, SUPERSEDED = BaselineStatus.APPROVED, BaselineStatus.SUPERSEDED
SECOND = timedelta(seconds=1)


class StopError(Exception):
    """What a test raises to leave a block."""


def test_it_answers_a_ping_and_can_be_brought_up_to_date_again(ledger: SqlLedger) -> None:
    ledger.migrate()
    ledger.ping()


def test_a_block_that_ends_is_kept_and_one_that_raises_is_not(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot("kept"))

    def begin_and_stop() -> None:
        with ledger.begin() as tx:
            tx.save_hotspot(a_hotspot("lost"))
            tx.save_snapshot(a_snapshot())
            assert len(tx.hotspots()) == 2  # the transaction itself sees what it did
            raise StopError

    with pytest.raises(StopError):
        begin_and_stop()
    with ledger.begin() as tx:
        assert [hotspot.id for hotspot in tx.hotspots()] == ["kept"]
        assert tx.snapshot("dye_line_2", "water") is None


def test_a_refusal_that_is_swallowed_does_not_become_half_a_transaction(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(5))

    def swallow() -> None:
        with ledger.begin() as tx:
            tx.save_hotspot(a_hotspot())
            with suppress(LedgerError):
                tx.save_snapshot(a_snapshot(4))
            tx.save_alert(an_alert())

    with pytest.raises(LedgerError, match="another analyser"):
        swallow()
    with ledger.begin() as tx:
        assert tx.hotspots() == []
        assert tx.alerts() == []


def test_a_statement_that_fails_is_a_ledger_error_where_it_happens(ledger: SqlLedger) -> None:
    def go_on() -> None:
        with ledger.begin() as tx:
            with pytest.raises(LedgerError):
                tx.save_hotspot(a_hotspot(process=None))
            with suppress(LedgerError):  # PostgreSQL takes nothing more after a failure
                tx.save_hotspot(a_hotspot())

    with pytest.raises(LedgerError) as caught:
        go_on()
    assert not caught.value.retryable
    with ledger.begin() as tx:
        assert tx.hotspots() == []


# -- baselines


def test_a_baseline_comes_back_as_it_was(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        saved = tx.save_baseline(a_baseline())
        without = tx.save_baseline(a_baseline(cross_validated=None, findings=(), variables=()))
    with ledger.begin() as tx:
        assert tx.baselines() == [saved, without]
    assert saved == a_baseline(version=1)
    assert saved.findings[0].start is not None
    assert saved.findings[0].start.utcoffset() == timedelta(0)


def test_versions_are_counted_per_process_and_resource(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        numbers = [tx.save_baseline(a_baseline()).version for _ in range(3)]
        numbers.append(tx.save_baseline(a_baseline(resource="gas")).version)
        numbers.append(tx.save_baseline(a_baseline(version=7)).version)
        numbers.append(tx.save_baseline(a_baseline()).version)
    assert numbers == [1, 2, 3, 1, 7, 8]


def test_baselines_are_listed_oldest_first_by_process_and_resource(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        for process, resource in (("b", "water"), ("a", "water"), ("a", "gas"), ("a", "water")):
            tx.save_baseline(a_baseline(process=process, resource=resource))

        def listed(process: str | None, resource: str | None) -> list[tuple[str, str, int]]:
            return [(b.process, b.resource, b.version) for b in tx.baselines(process, resource)]

        assert listed(None, None) == [
            ("a", "gas", 1),
            ("a", "water", 1),
            ("a", "water", 2),
            ("b", "water", 1),
        ]
        assert listed("a", "water") == [("a", "water", 1), ("a", "water", 2)]
        assert listed(None, "water") == [("a", "water", 1), ("a", "water", 2), ("b", "water", 1)]
        assert listed("a", None) == [("a", "gas", 1), ("a", "water", 1), ("a", "water", 2)]


def test_an_approved_baseline_supersedes_its_predecessor(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        assert tx.approved_baseline("dye_line_2", "water") is None
        tx.save_baseline(a_baseline(status=APPROVED))
        other = tx.save_baseline(a_baseline(status=APPROVED, process="kiln"))
        tx.save_baseline(a_baseline())
        assert tx.approved_baseline("dye_line_2", "water") == a_baseline(status=APPROVED, version=1)
        second = tx.save_baseline(a_baseline(status=APPROVED, version=2, author="a person"))
    with ledger.begin() as tx:
        assert tx.approved_baseline("dye_line_2", "water") == second
        assert tx.approved_baseline("kiln", "water") == other
        assert [b.status for b in tx.baselines("dye_line_2", "water")] == [SUPERSEDED, APPROVED]


def test_an_older_version_can_be_put_in_force_again(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        first = tx.save_baseline(a_baseline(status=APPROVED))
        tx.save_baseline(a_baseline(status=APPROVED))
        tx.save_baseline(first)
        assert [b.status for b in tx.baselines()] == [APPROVED, SUPERSEDED]


def test_a_saved_version_keeps_its_model_for_ever(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        saved = tx.save_baseline(a_baseline())
    changes: list[dict[str, Any]] = [
        {"model": "another"},
        {"variables": ()},
        {"coefficients": {"base": 0.31, "hours": [1.0, 2.5e-17]}},
        {"period_end": START + HOUR},
        {"interval_s": 3600},
    ]
    for change in changes:
        with pytest.raises(LedgerError, match="frozen") as caught, ledger.begin() as tx:
            tx.save_baseline(replace(saved, **change))
        assert not caught.value.retryable
    with ledger.begin() as tx:
        assert tx.baselines() == [saved]
        tx.save_baseline(replace(saved, status=APPROVED, reason="seen", author="me"))


def test_two_who_save_at_once_get_two_numbers_and_one_is_in_force(open_ledger: OpenLedger) -> None:
    ledgers = [open_ledger() for _ in range(4)]
    together = threading.Barrier(4)

    def save(ledger: SqlLedger) -> int:
        together.wait(10)
        with ledger.begin() as tx:
            return tx.save_baseline(a_baseline(status=APPROVED)).version

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(save, ledgers))
    with ledgers[0].begin() as tx:
        in_force = [b for b in tx.baselines() if b.status is APPROVED]
    assert numbers == [1, 2, 3, 4]
    assert len(in_force) == 1


# -- snapshots


def test_a_snapshot_is_replaced_and_its_bytes_are_exact(ledger: SqlLedger) -> None:
    state = bytes(range(256)) * 400
    with ledger.begin() as tx:
        assert tx.snapshot("dye_line_2", "water") is None
        tx.save_snapshot(a_snapshot(1))
        tx.save_snapshot(a_snapshot(2, state=state, baseline_version=3, format=2))
        tx.save_snapshot(a_snapshot(9, resource="gas"))
    with ledger.begin() as tx:
        assert tx.snapshot("dye_line_2", "water") == a_snapshot(2, state=state, baseline_version=3, format=2)
        assert tx.snapshot("dye_line_2", "gas") == a_snapshot(9, resource="gas")


def test_a_watermark_never_goes_back(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(2))
    with pytest.raises(LedgerError, match="another analyser") as caught, ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(2 - 1 / 3600_000_000))  # a microsecond
    assert caught.value.retryable
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(2, state=b"the same instant again"))
        assert tx.snapshot("dye_line_2", "water") == a_snapshot(2, state=b"the same instant again")


def test_two_analysers_never_judge_one_interval_twice(open_ledger: OpenLedger) -> None:
    """Each reads the watermark, judges one hour and saves; together they judge each hour exactly once."""
    ledgers = [open_ledger() for _ in range(3)]
    judged: list[int] = []
    together = threading.Barrier(3)

    def analyse(ledger: SqlLedger) -> None:
        together.wait(10)
        for _ in range(8):
            with ledger.begin() as tx:
                kept = tx.snapshot("dye_line_2", "water")
                hour = round((kept.watermark - START) / HOUR) if kept else 0
                tx.save_snapshot(a_snapshot(hour + 1, state=str(hour).encode()))
            judged.append(hour)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(analyse, ledgers))
    assert sorted(judged) == list(range(24))


# -- hotspots


def test_a_hotspot_comes_back_as_it_was_and_is_replaced_by_id(ledger: SqlLedger) -> None:
    full = a_hotspot(kg_co2e_per_hour=0.1 + 0.2, kg_co2e_total=1e-300, ended_at=START + 9 * HOUR)
    bare = a_hotspot("b", kind=HotspotKind.STUCK_METER, cost_per_hour=None, cost_total=None, evidence={})
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot())
        tx.save_hotspot(full)
        tx.save_hotspot(bare)
    with ledger.begin() as tx:
        assert tx.hotspots() == [full, bare]


def test_hotspots_are_listed_by_since_and_can_be_narrowed(ledger: SqlLedger) -> None:
    spots = {
        "ended": a_hotspot("ended", since=START, ended_at=START + 2 * HOUR),
        "open": a_hotspot("open", since=START - HOUR),
        "later": a_hotspot("later", since=START + 5 * HOUR, ended_at=START + 6 * HOUR),
    }
    with ledger.begin() as tx:
        for spot in spots.values():
            tx.save_hotspot(spot)

        def named(**asked: Any) -> list[str]:
            return [spot.id for spot in tx.hotspots(**asked)]

        assert named() == ["open", "ended", "later"]
        assert named(open_only=True) == ["open"]
        assert named(since=START + HOUR) == ["open", "ended", "later"]
        assert named(since=START + 2 * HOUR) == ["open", "later"]  # at its end it was open no more
        assert named(since=START + 9 * HOUR) == ["open"]
        assert named(open_only=True, since=START + 9 * HOUR) == ["open"]


def test_what_is_not_a_number_is_refused_not_kept_as_unknown(ledger: SqlLedger) -> None:
    nan, infinity = float("nan"), float("inf")
    fields: list[dict[str, Any]] = [
        {"excess_per_hour": nan},
        {"cost_total": infinity},
        {"evidence": {"deep": [nan]}},
        {"evidence": {"deep": object()}},
    ]
    for field in fields:
        with pytest.raises(LedgerError) as caught, ledger.begin() as tx:
            tx.save_hotspot(a_hotspot(**field))
        assert not caught.value.retryable
    with ledger.begin() as tx:
        assert tx.hotspots() == []


# -- instants and words


def test_instants_are_kept_to_the_microsecond_and_come_back_in_utc(ledger: SqlLedger) -> None:
    local = START.astimezone(HANOI) + timedelta(microseconds=1)
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot(since=local))
        tx.save_alert(an_alert(fired_at=START.replace(year=1999), gone_at=START.replace(year=9999)))
    with ledger.begin() as tx:
        (hotspot,), (alert,) = tx.hotspots(), tx.alerts()
    assert hotspot.since == local
    assert hotspot.since.isoformat() == "2026-03-01T00:00:00.000001+00:00"
    assert alert.fired_at is not None
    assert alert.fired_at.isoformat() == "1999-03-01T00:00:00+00:00"
    assert alert.gone_at is not None
    assert alert.gone_at.isoformat() == "9999-03-01T00:00:00+00:00"


def test_an_instant_without_a_time_zone_is_refused(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerError, match="time zone"), ledger.begin() as tx:
        tx.save_hotspot(a_hotspot(since=START.replace(tzinfo=None)))


def test_any_words_are_kept_as_they_are(ledger: SqlLedger) -> None:
    many = ["Nước rò rỉ", "'; DROP TABLE alert; --", '"', "😀", "%s %(x)s :y ?", "a\\b", "two\nlines", ""]
    alerts = [
        an_alert(f"f{number}", reason=words, key=words, facts={words: [words]}, told={"n": 1})
        for number, words in enumerate(many)
    ]
    with ledger.begin() as tx:
        for alert in alerts:
            tx.save_alert(alert)
    with ledger.begin() as tx:
        assert tx.alerts() == alerts


# -- alerts


def test_the_latest_episode_of_every_alert_is_listed_by_pending_at(ledger: SqlLedger) -> None:
    resolved = an_alert("a", state=AlertState.RESOLVED, resolved_at=START + 3 * HOUR)
    again = an_alert("a", 2, pending_at=START + 9 * HOUR, told={"n": 3, "channels": ["console"]})
    gone = an_alert("b", 4, state=AlertState.RESOLVED, pending_at=START + 2 * HOUR)
    with ledger.begin() as tx:
        for alert in (again, resolved, gone, an_alert("b", 3), an_alert("c")):
            tx.save_alert(alert)
    with ledger.begin() as tx:
        assert tx.alerts() == [an_alert("c"), gone, again]
        assert tx.alerts(open_only=True) == [an_alert("c"), again]
        tx.save_alert(replace(again, acknowledged_at=START, acknowledged_by="Lan"))
        assert tx.alerts()[2].acknowledged_by == "Lan"


# -- meters that tell whether they can be heard


def test_the_latest_status_of_every_meter_is_kept(ledger: SqlLedger) -> None:
    back = a_status(status=Presence.ONLINE, since=START + HOUR, why="DDATA of plant/edge/dye2")
    with ledger.begin() as tx:
        assert tx.meter_statuses() == []
        tx.save_meter_status(a_status("b"))
        tx.save_meter_status(a_status())
        tx.save_meter_status(back)
    with ledger.begin() as tx:
        assert tx.meter_statuses() == [a_status("b"), back]


# -- outbox


def test_a_message_enters_the_outbox_once(ledger: SqlLedger) -> None:
    message = a_message()
    with ledger.begin() as tx:
        assert tx.enqueue(message)
        assert not tx.enqueue(replace(message, body={"another": "body"}))
    with ledger.begin() as tx:
        assert not tx.enqueue(message)
        assert tx.outbox_unsent() == [message]
        assert tx.outbox_due(START) == [message]


def test_two_who_enqueue_the_same_message_at_once_enqueue_it_once(open_ledger: OpenLedger) -> None:
    ledgers = [open_ledger() for _ in range(4)]
    together = threading.Barrier(4)

    def enqueue(ledger: SqlLedger) -> int:
        together.wait(10)
        with ledger.begin() as tx:
            return sum(tx.enqueue(a_message(number)) for number in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(enqueue, ledgers)) == 5


def test_a_message_waits_for_its_time_and_for_its_predecessor(ledger: SqlLedger) -> None:
    first, second = a_message(1, due_at=START + SECOND), a_message(2, event="resolved")
    other_channel, other_alert = a_message(2, "mail"), a_message(2, fingerprint="beef")
    with ledger.begin() as tx:
        for message in (second, other_alert, first, other_channel):
            tx.enqueue(message)
        assert {m.dedup_key for m in tx.outbox_due(START)} == {other_channel.dedup_key, other_alert.dedup_key}
        assert first in tx.outbox_due(START + SECOND)
        assert second not in tx.outbox_due(START + 9 * HOUR)
        tx.save_outbox(replace(first, sent_at=START + SECOND, attempts=1))
        assert second in tx.outbox_due(START + SECOND)
        assert first not in tx.outbox_due(START + SECOND)


def test_a_dead_message_is_never_due_and_holds_up_nobody(ledger: SqlLedger) -> None:
    first, second = a_message(1), a_message(2)
    with ledger.begin() as tx:
        tx.enqueue(first)
        tx.enqueue(second)
        assert tx.outbox_due(START + HOUR) == [first]
        dead = replace(first, dead_at=START, attempts=9, last_error="410 gone")
        tx.save_outbox(dead)
        assert tx.outbox_due(START + HOUR) == [second]
        assert tx.outbox_unsent() == [dead, second]


def test_the_outbox_is_listed_oldest_first_and_up_to_a_limit(ledger: SqlLedger) -> None:
    messages = [
        a_message(1, fingerprint=f"f{number}", created_at=START - number * SECOND) for number in range(9)
    ]
    with ledger.begin() as tx:
        for message in messages:
            tx.enqueue(message)
        assert tx.outbox_unsent() == messages[::-1]
        assert tx.outbox_due(START, limit=4) == messages[::-1][:4]


def test_delivery_changes_only_what_delivery_is_about(ledger: SqlLedger) -> None:
    message = a_message()
    later = replace(message, attempts=2, due_at=START + HOUR, last_error="timeout")
    with ledger.begin() as tx:
        tx.enqueue(message)
        tx.save_outbox(replace(later, body={"forged": True}, event="resolved"))
        assert tx.outbox_unsent() == [later]
    with pytest.raises(LedgerError, match="not in the outbox"), ledger.begin() as tx:
        tx.save_outbox(a_message(99))


# -- audit trail


def test_the_audit_trail_is_read_newest_first(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        for number in range(5):
            tx.audit(
                at=START + number * HOUR, who="Lan", what="approved", about=f"baseline/{number % 2}",
                why="seen", details={"n": number},
            )  # fmt: skip
    with ledger.begin() as tx:
        assert [line["details"]["n"] for line in tx.audit_trail()] == [4, 3, 2, 1, 0]
        assert [line["details"]["n"] for line in tx.audit_trail("baseline/1")] == [3, 1]
        assert [line["details"]["n"] for line in tx.audit_trail(limit=2)] == [4, 3]
        assert tx.audit_trail(limit=1) == [
            {
                "at": START + 4 * HOUR,
                "who": "Lan",
                "what": "approved",
                "about": "baseline/0",
                "why": "seen",
                "details": {"n": 4},
            }
        ]
