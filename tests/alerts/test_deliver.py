"""The outbox reaches people: at least once, in order, whatever the channel does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.deliver import Delivered, Retry, backoff_s, deliver, ready
from alerts.outbox_health import outbox_health
from domain.alert import OutboxMessage
from domain.errors import BrokerError, LedgerError, NotifyError, WorldError
from tests.alerts.builders import NOW, RecordingChannel, a_message, after
from tests.alerts.memory_ledger import MemoryLedger


def a_ledger(*messages: OutboxMessage) -> MemoryLedger:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        assert all(tx.enqueue(message) for message in messages)
    return ledger


def a_story(fingerprint: str = "f1", channel: str = "mail") -> list[OutboxMessage]:
    return [
        a_message(f"{fingerprint}/1/firing/{channel}", sequence=1),
        a_message(f"{fingerprint}/1/resolved/{channel}", sequence=2, created_at=after(60), due_at=after(60)),
    ]


def a_group(name: str, places: dict[str, int], channel: str = "mail", at_s: float = 0) -> OutboxMessage:
    items = [{"fingerprint": key, "n": place, "event": "firing"} for key, place in places.items()]
    return a_message(
        f"{name}/1/group/{channel}", body={"items": items}, created_at=after(at_s), due_at=after(at_s)
    )


def at(seconds: float, ledger: MemoryLedger, *channels: RecordingChannel) -> Delivered:
    return deliver(
        ledger, {channel.name: channel for channel in channels}, after(seconds), chance=lambda: 0.5
    )


def keys(messages: list[OutboxMessage]) -> list[str]:
    return [message.dedup_key for message in messages]


def always(error: WorldError) -> Callable[[OutboxMessage], WorldError | None]:
    return lambda _: error


def test_what_is_due_is_sent_in_order_and_recorded() -> None:
    ledger, mail = a_ledger(*a_story()), RecordingChannel()
    assert at(60, ledger, mail) == Delivered(sent=2)
    assert keys(mail.taken) == ["f1/1/firing/mail", "f1/1/resolved/mail"]
    assert {(m.attempts, m.sent_at) for m in ledger.tables.outbox.values()} == {(1, after(60))}
    assert at(60, ledger, mail) == Delivered()


def test_what_is_not_due_waits() -> None:
    ledger, mail = a_ledger(*a_story()), RecordingChannel()
    assert at(59, ledger, mail) == Delivered(sent=1)


def test_a_failing_channel_is_tried_again_later_and_the_end_never_overtakes_the_beginning() -> None:
    ledger, mail = a_ledger(*a_story()), RecordingChannel(trouble=always(NotifyError("503")))
    assert at(60, ledger, mail) == Delivered(failed=1)
    assert at(61, ledger, mail) == Delivered()  # not before the back-off is over
    assert at(62, ledger, mail) == Delivered(failed=1)
    assert set(mail.tries) == {"f1/1/firing/mail"}
    mail.trouble = lambda _: None
    assert at(66, ledger, mail) == Delivered(sent=2)
    assert keys(mail.taken) == ["f1/1/firing/mail", "f1/1/resolved/mail"]


def test_a_webhook_down_for_an_hour_is_delivered_within_a_minute_of_its_return() -> None:
    ledger, mail = a_ledger(*a_story()), RecordingChannel(trouble=always(NotifyError("refused")))
    for seconds in range(60, 3660, 10):
        at(seconds, ledger, mail)
    assert mail.taken == []
    assert len(mail.tries) < 100
    mail.trouble = lambda _: None
    for seconds in range(3660, 3721, 10):
        at(seconds, ledger, mail)
    assert keys(mail.taken) == ["f1/1/firing/mail", "f1/1/resolved/mail"]


def test_a_channel_in_trouble_does_not_hold_up_the_others_and_is_not_hammered() -> None:
    stories = [message for number in range(50) for message in a_story(f"f{number}", "sick")]
    ledger = a_ledger(*stories, *a_story("g", "well"))
    sick, well = RecordingChannel("sick", trouble=always(NotifyError("timeout"))), RecordingChannel("well")
    assert at(60, ledger, sick, well) == Delivered(sent=2, failed=2)
    assert (len(sick.tries), len(well.taken)) == (2, 2)


def test_one_poisonous_message_does_not_hold_up_the_other_alerts_of_its_channel() -> None:
    ledger = a_ledger(*a_story("bad"), *a_story("good"))
    mail = RecordingChannel(trouble=lambda m: NotifyError("400") if m.fingerprint == "bad" else None)
    assert at(60, ledger, mail) == Delivered(sent=2, failed=1)


def test_a_channel_that_chokes_on_a_message_is_a_failure_like_any_other() -> None:
    class Choking(RecordingChannel):
        def send(self, message: OutboxMessage) -> None:
            raise KeyError("no such fact")

    ledger = a_ledger(*a_story("a", "mail"), *a_story("b", "other"))
    assert at(0, ledger, Choking(), RecordingChannel("other")) == Delivered(sent=1, failed=1)
    assert "KeyError" in outbox_health(ledger, after(0)).errors["mail"]


def test_what_no_retry_can_help_is_given_up_shown_in_health_and_blocks_nothing() -> None:
    ledger, mail = a_ledger(*a_story()), RecordingChannel()
    mail.trouble = lambda m: NotifyError("no such room", retryable=False) if m.event == "firing" else None
    assert at(60, ledger, mail) == Delivered(sent=1, dead=1)
    health = outbox_health(ledger, after(90))
    assert (health.waiting, health.dead, health.errors) == (0, 1, {"mail": "no such room"})
    assert at(1e6, ledger, mail) == Delivered()
    assert outbox_health(ledger, after(8 * 86_400)).dead == 0


def test_after_three_days_a_message_is_given_up() -> None:
    ledger, mail = a_ledger(a_message()), RecordingChannel(trouble=always(NotifyError("refused")))
    assert at(3 * 86_400 - 1, ledger, mail) == Delivered(failed=1)
    assert at(3 * 86_400 + 60, ledger, mail) == Delivered(dead=1)


def test_a_message_for_a_channel_that_is_not_configured_waits_until_it_is() -> None:
    ledger = a_ledger(*a_story("f1", "pager"), *a_story("f2", "mail"))
    assert at(0, ledger, RecordingChannel("mail")) == Delivered(sent=1, failed=1)
    assert outbox_health(ledger, NOW).errors == {"pager": "no channel of this name is configured"}
    pager = RecordingChannel("pager")
    assert at(60, ledger, pager) == Delivered(sent=2, failed=1)
    assert keys(pager.taken) == ["f1/1/firing/pager", "f1/1/resolved/pager"]


def test_a_broker_that_refuses_for_good_counts_by_its_own_word() -> None:
    ledger = a_ledger(a_message())
    mail = RecordingChannel(trouble=always(BrokerError("not authorised", retryable=False)))
    assert at(0, ledger, mail) == Delivered(dead=1)


def test_a_group_waits_for_the_earlier_messages_of_all_its_alerts_and_they_for_it() -> None:
    first = a_message("f1/1/firing/mail", sequence=1, due_at=after(100))
    group = a_group("g", {"f1": 2, "f2": 1}, at_s=10)
    later = a_message("f2/1/resolved/mail", sequence=2, created_at=after(20), due_at=after(20))
    other = a_message("f3/1/firing/mail", due_at=after(20))
    ledger, mail = a_ledger(first, group, later, other), RecordingChannel()
    at(30, ledger, mail)
    assert keys(mail.taken) == ["f3/1/firing/mail"]
    at(100, ledger, mail)
    assert keys(mail.taken)[1:] == ["f1/1/firing/mail", "g/1/group/mail", "f2/1/resolved/mail"]


def test_order_is_kept_even_when_the_clock_was_set_back_between_two_messages() -> None:
    firing = a_message("f1/1/firing/mail", sequence=1, created_at=after(3600))
    resolved = a_message("f1/1/resolved/mail", sequence=2, created_at=NOW)
    assert ready([resolved, firing], after(3600)) == [firing]


def test_the_same_alert_on_two_channels_has_two_orders() -> None:
    late = a_message("f1/1/firing/sms", channel="sms", due_at=after(99))
    now = a_message("f1/1/resolved/mail", sequence=2)
    assert ready([late, now], NOW) == [now]


def test_no_transaction_is_open_while_a_message_is_being_sent() -> None:
    ledger, depth = a_ledger(a_message()), []
    begin, is_open = ledger.begin, [0]

    def counting():  # type: ignore[no-untyped-def]
        context = begin()

        class Watched:
            def __enter__(self):  # type: ignore[no-untyped-def]
                is_open[0] += 1
                return context.__enter__()

            def __exit__(self, *trouble):  # type: ignore[no-untyped-def]
                is_open[0] -= 1
                return context.__exit__(*trouble)

        return Watched()

    ledger.begin = counting  # type: ignore[method-assign]
    mail = RecordingChannel(trouble=lambda _: depth.append(is_open[0]))
    assert at(0, ledger, mail) == Delivered(sent=1)
    assert depth == [0]


def test_if_the_ledger_goes_away_after_the_send_the_message_comes_once_more_under_its_key() -> None:
    ledger, mail = a_ledger(a_message()), RecordingChannel()
    ledger.fails_at = "save_outbox"
    with pytest.raises(LedgerError):
        at(0, ledger, mail)
    ledger.fails_at = ""
    assert at(10, ledger, mail) == Delivered(sent=1)
    assert keys(mail.taken) == ["f1/1/firing/mail"] * 2


def test_health_says_how_many_wait_and_since_when() -> None:
    assert outbox_health(a_ledger(), NOW).oldest_s == 0.0
    health = outbox_health(a_ledger(*a_story()), after(90))
    assert (health.waiting, health.oldest_s, health.dead, health.errors) == (2, 90.0, 0, {})


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_the_wait_grows_and_never_exceeds_what_a_minute_leaves(attempts: int, chance: float) -> None:
    wait_s = backoff_s(attempts, Retry(), chance)
    assert 1.5 <= wait_s <= 50
    assert backoff_s(attempts + 1, Retry(), 0.5) >= backoff_s(attempts, Retry(), 0.5)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_fails_every_message_arrives_in_order_and_doubles_keep_their_key(
    data: st.DataObject,
) -> None:
    alerts = data.draw(st.integers(1, 4))
    lengths = [data.draw(st.integers(1, 4)) for _ in range(alerts)]
    messages = [
        a_message(
            f"f{alert}/1/e{place}/mail", sequence=place + 1, due_at=after(data.draw(st.integers(0, 50)))
        )
        for alert, length in enumerate(lengths)
        for place in range(length)
    ]
    grouped = a_group("g", {f"f{alert}": length + 1 for alert, length in enumerate(lengths)})
    ledger, mail = a_ledger(*data.draw(st.permutations([*messages, grouped]))), RecordingChannel()
    mail.trouble = lambda _: NotifyError("down") if data.draw(st.integers(0, 2)) == 0 else None
    for turn in range(40):
        ledger.fails_at = data.draw(st.sampled_from(["", "", "save_outbox", "commit"]))
        try:
            at(turn * 10, ledger, mail)
        except LedgerError:
            continue
    ledger.fails_at, mail.trouble = "", lambda _: None
    for turn in range(40, 80):
        at(turn * 10, ledger, mail)
    firsts = list(dict.fromkeys(keys(mail.taken)))
    assert sorted(firsts) == sorted(keys([*messages, grouped]))
    for alert in range(alerts):
        told = [key for key in firsts if key.startswith(f"f{alert}/")]
        assert told == sorted(told)
    assert firsts[-1] == "g/1/group/mail"


def test_a_message_sent_by_somebody_else_meanwhile_is_not_sent_again() -> None:
    message = a_message()
    assert ready([replace(message, sent_at=NOW + timedelta(seconds=1))], after(9)) == []
