"""What every ledger keeps about alerts: histories that only grow, silences, feedback, held notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from domain.alert import AlertState
from domain.alert_change import AlertChange, Change
from domain.feedback import Feedback, Verdict
from domain.notice import Notice, Quota
from domain.photo import Photo, photo_id
from domain.silence import Matcher, Silence, SilenceKind
from store.ledger import SqlLedger
from tests.store.builders import HOUR, START, an_alert

SECOND = timedelta(seconds=1)


def a_change(change: Change = Change.FIRING, hours: float = 0.0, fingerprint: str = "f00d") -> AlertChange:
    return AlertChange(
        fingerprint, 1, START + hours * HOUR, "Lan", change, "pending", "firing", "giữ 60 s", {"n": 1}
    )


def a_silence(hours: float = 1.0, **changes: object) -> Silence:
    silence = Silence(
        SilenceKind.MAINTENANCE, (Matcher("process", "=~", "dye_.*"), Matcher("meter", "!=", "")),
        START, START + hours * HOUR, "Lan", "thay van", START,
    )  # fmt: skip
    return replace(silence, **changes)  # type: ignore[arg-type]


def some_feedback(hours: float = 0.0) -> Feedback:
    return Feedback(
        "f00d", 2, START + hours * HOUR, "Lan", Verdict.FALSE_ALARM, "vệ sinh", "dye", "water", "night"
    )


def a_notice(key: str = "a", seconds: float = 0.0, **changes: object) -> Notice:
    made = START + seconds * SECOND
    notice = Notice(key, "phone", "f00d", 1, "firing", {"n": 1}, made, made + HOUR, "quiet hours")
    return replace(notice, **changes)  # type: ignore[arg-type]


def test_steps_come_back_in_order_with_who_when_and_why(ledger: SqlLedger) -> None:
    steps = [a_change(Change.PENDING), a_change(hours=1), a_change(Change.RESOLVED, hours=2)]
    with ledger.begin() as tx:
        for one in [*steps, a_change(fingerprint="beef", hours=3)]:
            tx.add_change(one)
    with ledger.begin() as tx:
        found = tx.changes(fingerprint="f00d")
        assert [replace(one, id=0) for one in found] == steps
        assert [one.id for one in found] == sorted({one.id for one in found})
        assert [one.fingerprint for one in tx.changes(since=START + 2 * HOUR)] == ["f00d", "beef"]


@pytest.mark.parametrize("table", ["alert_change", "feedback"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET who = 'nobody'", "DELETE FROM {}"])
def test_the_tables_themselves_let_nobody_rewrite_what_happened(
    ledger: SqlLedger, table: str, verb: str
) -> None:
    with ledger.begin() as tx:
        tx.add_change(a_change())
        tx.add_feedback(some_feedback())
    with pytest.raises(DatabaseError, match="can only grow"), ledger._engine.begin() as connection:
        connection.execute(text(verb.format(table)))


def test_every_episode_is_kept_and_found_by_alert_and_time(ledger: SqlLedger) -> None:
    first = an_alert(episode=1, state=AlertState.RESOLVED, resolved_at=START + 3 * HOUR)
    second = an_alert(
        episode=2, pending_at=START + 5 * HOUR, snoozed_until=START + 8 * HOUR, snoozed_by="Lan",
        assigned_to="Minh",
    )  # fmt: skip
    other = an_alert("beef", pending_at=START + 6 * HOUR)
    with ledger.begin() as tx:
        for alert in (second, other, first):
            tx.save_alert(alert)
    with ledger.begin() as tx:
        assert tx.alert_episodes() == [first, second, other]
        assert tx.alert_episodes(fingerprint="f00d") == [first, second]
        assert tx.alert_episodes(since=START + 4 * HOUR) == [second, other]


def test_silences_are_numbered_found_by_their_end_and_can_be_ended(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        short, long = tx.save_silence(a_silence(1)), tx.save_silence(a_silence(9))
    assert short == a_silence(1, id=short.id)
    assert 0 < short.id < long.id
    with ledger.begin() as tx:
        assert tx.silences(since=START + HOUR) == [long]
        ended = replace(long, ends_at=START + 2 * HOUR, ended_by="Minh")
        assert tx.save_silence(ended) == ended
    with ledger.begin() as tx:
        assert tx.silences() == [short, ended]


def test_feedback_is_kept_in_the_order_in_which_it_was_said(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        first, second = tx.add_feedback(some_feedback()), tx.add_feedback(some_feedback(1))
    assert first.id < second.id
    with ledger.begin() as tx:
        assert tx.feedback() == [first, second]
        assert tx.feedback(since=START + HOUR) == [second]


def test_a_notice_is_held_once_and_leaves_once(ledger: SqlLedger) -> None:
    first, second = a_notice("a", 1), a_notice("b", 0)
    with ledger.begin() as tx:
        assert [tx.hold(first), tx.hold(second), tx.hold(first)] == [True, True, False]
    with ledger.begin() as tx:
        assert tx.held() == [second, first]
        tx.release(["a"], "group/1")
        tx.release(["a"], "group/2")
        assert tx.held() == [second]
        assert not tx.hold(first)


def test_a_photo_is_kept_once_as_it_was(ledger: SqlLedger) -> None:
    data = bytes(range(256)) * 1000
    photo = Photo(photo_id(data), START, "lan", data)
    with ledger.begin() as tx:
        tx.save_photo(photo)
        tx.save_photo(replace(photo, who="another"))
    with ledger.begin() as tx:
        assert tx.photo(photo.id) == photo
        assert tx.photo("nothing") is None


def test_a_quota_is_replaced(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_quota(Quota("phone", 3.0, START))
        tx.save_quota(Quota("phone", 2.5, START + HOUR))
        tx.save_quota(Quota("mail", 1.0, START))
        assert tx.quotas() == {
            "phone": Quota("phone", 2.5, START + HOUR),
            "mail": Quota("mail", 1.0, START),
        }
