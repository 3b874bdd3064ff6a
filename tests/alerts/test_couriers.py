"""Couriers: a channel that is slow, silent or away holds up nobody but itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels.web_call import Target
from alerts.channels.webhook import WebhookChannel
from alerts.couriers import Couriers
from alerts.deliver import Delivered, deliver
from alerts.outbox_health import outbox_health
from domain.alert import OutboxMessage, Receipt
from domain.errors import LedgerError, NotifyError
from domain.ports import Ledger
from store.ledger import SqlLedger
from tests.alerts.builders import NOW, RecordingChannel, a_hotspot_condition, a_letterhead, a_message, after
from tests.alerts.channels.receivers import a_webhook
from tests.alerts.ledgers import ledger, ledger_url, postgres
from tests.alerts.messages import told
from tests.alerts.test_deliver import a_ledger, a_story, keys

__all__ = ["ledger", "ledger_url", "postgres"]


class Silent(RecordingChannel):
    """A channel that answers when it is let go."""

    released: threading.Event

    def send(self, message: OutboxMessage) -> None:
        self.tries.append(message.dedup_key)
        self.released.wait(30)
        self.taken.append(message)


@contextmanager
def a_silent_channel(name: str = "slow") -> Iterator[Silent]:
    channel = Silent(name)
    channel.released = threading.Event()
    try:
        yield channel
    finally:
        channel.released.set()


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_a_silent_channel_holds_up_nobody_and_is_not_asked_twice_at_a_time() -> None:
    ledger, mail = a_ledger(*a_story("a", "slow"), *a_story("b", "mail")), RecordingChannel("mail")
    with a_silent_channel() as slow:
        couriers = Couriers(ledger, {"slow": slow, "mail": mail}, lambda: after(60))
        assert couriers.run() == 2
        assert soon(lambda: len(mail.taken) == 2)
        assert soon(lambda: couriers.busy() == {"slow": after(60)})
        assert couriers.run() == 0
        assert slow.tries == ["a/1/firing/slow"]
        slow.released.set()
        assert couriers.wait(10)
    assert keys(slow.taken) == ["a/1/firing/slow", "a/1/resolved/slow"]
    assert outbox_health(ledger, after(60)).waiting == 0


def test_after_stop_nothing_more_is_begun_and_what_is_under_way_is_waited_for() -> None:
    ledger = a_ledger(*a_story("a", "slow"))
    with a_silent_channel() as slow:
        couriers = Couriers(ledger, {"slow": slow}, lambda: after(60))
        couriers.run()
        assert soon(lambda: bool(slow.tries))
        assert not couriers.stop(0.05)
        slow.released.set()
        assert couriers.stop(10)
        couriers.run()
    assert keys(slow.taken) == ["a/1/firing/slow"]  # its end is for the next start


def test_a_ledger_that_goes_away_under_a_courier_is_said_by_the_next_run_and_then_it_goes_on() -> None:
    ledger, mail = a_ledger(*a_story("a", "mail")), RecordingChannel("mail")
    couriers = Couriers(ledger, {"mail": mail}, lambda: after(60))
    ledger.fails_at = "save_outbox"
    couriers.run()
    assert couriers.wait(10)
    with pytest.raises(LedgerError):
        couriers.run()
    ledger.fails_at = ""
    couriers.run()
    assert couriers.wait(10)
    assert keys(mail.taken) == ["a/1/firing/mail", "a/1/firing/mail", "a/1/resolved/mail"]


def test_every_channel_has_its_courier_on_a_real_ledger(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    channels = [RecordingChannel(f"c{number}") for number in range(8)]
    with ledger.begin() as tx:
        for message in (
            m for c in channels for name in ("a", "b") for m in a_story(f"{name}{c.name}", c.name)
        ):
            tx.enqueue(message)
    couriers = Couriers(ledger, {channel.name: channel for channel in channels}, lambda: after(60))
    couriers.run()
    assert couriers.wait(30)
    assert {len(channel.taken) for channel in channels} == {4}
    assert all(keys(c.taken).index(f"a{c.name}/1/firing/{c.name}") == 0 for c in channels)
    ledger.close()


class Asking(RecordingChannel):
    """A channel that asks for a pause of a quarter of an hour."""

    def send(self, message: OutboxMessage) -> None:
        self.tries.append(message.dedup_key)
        raise NotifyError("HTTP 429: slow down", retry_after_s=900.0)


def test_a_pause_that_is_asked_for_holds_for_the_whole_channel_and_after_a_restart() -> None:
    ledger, pager = a_ledger(*a_story("a"), *a_story("b")), Asking("mail")
    assert at(ledger, pager, 60) == Delivered(failed=1)
    for seconds in range(62, 958, 5):
        assert at(ledger, pager, seconds) == Delivered()
    assert pager.tries == ["a/1/firing/mail"]
    calm = RecordingChannel("mail")
    assert at(ledger, calm, 960) == Delivered(sent=4)


def at(ledger: Ledger, channel: RecordingChannel, seconds: float) -> Delivered:
    return deliver(ledger, {channel.name: channel}, after(seconds), chance=lambda: 0.5)


def test_what_a_service_answers_is_kept_and_a_failing_channel_says_since_when_and_with_what() -> None:
    class Answering(RecordingChannel):
        def send(self, message: OutboxMessage) -> Receipt:
            return Receipt("HTTP 201: made", "WO-7")

    ledger = a_ledger(a_message("f1/1/firing/mail"))
    sick = RecordingChannel("mail", trouble=lambda _: NotifyError("HTTP 503: closed"))
    for seconds in (0, 10, 30):
        at(ledger, sick, seconds)
    standing = outbox_health(ledger, after(40), channels=["mail", "idle"]).channels
    assert (standing["mail"].failing_since, standing["mail"].last_error) == (NOW, "HTTP 503: closed")
    assert standing["mail"].next_try == after(38)
    assert (standing["idle"].is_failing, standing["idle"].last_sent) == (False, None)
    at(ledger, Answering("mail"), 40)
    (message,) = ledger.tables.outbox.values()
    assert (message.answer, message.reference, message.failing_since) == ("HTTP 201: made", "WO-7", None)
    calm = outbox_health(ledger, after(50), channels=["mail"]).channels["mail"]
    assert (calm.is_failing, calm.last_sent) == (False, after(40))


def test_a_message_given_up_is_the_channels_trouble_until_something_gets_through() -> None:
    ledger = a_ledger(a_message("f1/1/firing/mail"), a_message("f2/1/firing/mail", due_at=after(60)))
    at(ledger, RecordingChannel("mail", trouble=lambda _: NotifyError("HTTP 404", retryable=False)), 0)
    assert outbox_health(ledger, after(10)).channels["mail"].failing_since == NOW
    at(ledger, RecordingChannel("mail"), 60)
    assert not outbox_health(ledger, after(70)).channels["mail"].is_failing


@pytest.mark.fault(33)
def test_a_webhook_down_for_an_hour_gets_everything_in_order_within_a_minute_of_its_return(
    ledger: SqlLedger,
) -> None:
    head, clock = a_letterhead(), [NOW]
    stories = [told(a_hotspot_condition(f"h{number}"), over_after_s=600) for number in range(6)]
    firing = [told(a_hotspot_condition(f"h{number}")) for number in range(6)]
    with ledger.begin() as tx:
        for message in [*firing, *stories]:
            tx.enqueue(message)
    with a_webhook() as hook:
        channel = WebhookChannel("mail", Target(hook.url, timeout_s=2), head)
        couriers = Couriers(ledger, {"mail": channel}, lambda: clock[0], chance=lambda: 0.99)
        hook.status = 503
        run_for(couriers, clock, timedelta(hours=1), step_s=10)
        assert hook.keys() == []
        assert len(hook.requests) < 6 * 100
        hook.status = 200
        run_for(couriers, clock, timedelta(seconds=60), step_s=2)
        keys_in_order = hook.keys()
    assert sorted(keys_in_order) == sorted(message.dedup_key for message in [*firing, *stories])
    for first, last in zip(firing, stories, strict=True):
        assert keys_in_order.index(first.dedup_key) < keys_in_order.index(last.dedup_key)


def run_for(couriers: Couriers, clock: list[datetime], time_passed: timedelta, step_s: float) -> None:
    until = clock[0] + time_passed
    while clock[0] < until:
        couriers.run()
        assert couriers.wait(30)
        clock[0] += timedelta(seconds=step_s)
