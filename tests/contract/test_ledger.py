"""What every ledger does, SQLite and PostgreSQL: transactions, instants, words, the latest of each thing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from domain.alert import AlertState
from domain.errors import LedgerError
from domain.presence import Presence
from store.ledger import SqlLedger
from tests.store.builders import HOUR, START, a_hotspot, a_snapshot, a_status, an_alert

HANOI = timezone(timedelta(hours=7))


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


def test_the_latest_status_of_every_meter_is_kept(ledger: SqlLedger) -> None:
    back = a_status(status=Presence.ONLINE, since=START + HOUR, why="DDATA of plant/edge/dye2")
    with ledger.begin() as tx:
        assert tx.meter_statuses() == []
        tx.save_meter_status(a_status("b"))
        tx.save_meter_status(a_status())
        tx.save_meter_status(back)
    with ledger.begin() as tx:
        assert tx.meter_statuses() == [a_status("b"), back]


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
