"""The outbox on every ledger: SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import LedgerError
from store.ledger import SqlLedger
from tests.contract.conftest import OpenLedger
from tests.store.builders import HOUR, START, a_message

SECOND = timedelta(seconds=1)


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
