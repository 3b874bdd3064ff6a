"""Outbox -> one channel or all: at least once, in order per alert, with back-off, outside any transaction."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from alerts.outbox import subjects
from domain.alert import OutboxMessage, Receipt
from domain.errors import WorldError
from domain.ports import Ledger, Notifier

_log = structlog.get_logger(__name__)
_NOBODY = "no channel of this name is configured"
#: an answer that asks for more patience than this is not believed
LONGEST_REST_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Retry:
    """How a channel that fails is tried again. The longest wait leaves a recovery noticed within a minute."""

    first_s: float = 2.0
    longest_s: float = 40.0
    jitter: float = 0.25  # share of the wait, either way
    give_up_s: float = 3 * 86_400.0  # a message older than this is news to nobody
    failures: int = 2  # in one run, after which a channel is left alone until the next


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did, in messages."""

    sent: int = 0
    failed: int = 0  # will be tried again
    dead: int = 0  # given up


@dataclass(frozen=True, slots=True)
class Pace:
    """The clock of a run, and the rule and the chance by which a failure is tried again.

    Args:
        chance: a random number in [0, 1), for the jitter of the back-off.
        stopping: whether to leave the rest for another time.
    """

    clock: Callable[[], datetime]
    retry: Retry = Retry()
    chance: Callable[[], float] = random.random
    stopping: Callable[[], bool] = lambda: False


def deliver(
    ledger: Ledger,
    notifiers: Mapping[str, Notifier],
    now: datetime,
    *,
    retry: Retry | None = None,
    chance: Callable[[], float] = random.random,
) -> Delivered:
    """Return what was sent, after trying every message that is due, one channel after the other.

    Run it, or `alerts.couriers`, from one place at a time.

    Args:
        notifiers: channel name -> channel. A message to a name that is not there waits.
    Raises:
        LedgerError: the ledger is away; what was sent but not recorded is sent again.
    """
    pace = Pace(lambda: now, retry or Retry(), chance)
    with ledger.begin() as tx:
        channels = sorted({message.channel for message in tx.outbox_unsent()})
    runs = [deliver_to(channel, notifiers.get(channel), ledger, pace) for channel in channels]
    return Delivered(*(sum(getattr(run, name) for run in runs) for name in ("sent", "failed", "dead")))


def deliver_to(channel: str, notifier: Notifier | None, ledger: Ledger, pace: Pace) -> Delivered:
    """Return what one channel was sent, after trying its messages that are due and whose turn it is.

    A message is sent between two transactions and recorded after it: a crash in between sends it once
    more, under the same dedup_key. A channel that fails is left alone after `retry.failures`, or at once
    when it asked for a pause.

    Raises:
        LedgerError: the ledger is away; what was sent but not recorded is sent again.
    """
    tally = Counter[str]()
    while batch := _ready(channel, ledger, pace.clock()):
        for message in batch:
            if pace.stopping():
                return _delivered(tally)
            after, rest_until = _attempt(message, notifier, pace)
            with ledger.begin() as tx:
                tx.save_outbox(after)
            tally[outcome(after)] += 1
            _log_attempt(after)
            if rest_until is not None:
                _rest(channel, ledger, rest_until)
                return _delivered(tally)
            if tally["failed"] >= pace.retry.failures:
                return _delivered(tally)
    return _delivered(tally)


def _delivered(tally: Counter[str]) -> Delivered:
    return Delivered(tally["sent"], tally["failed"], tally["dead"])


def _ready(channel: str, ledger: Ledger, now: datetime) -> list[OutboxMessage]:
    with ledger.begin() as tx:
        unsent = tx.outbox_unsent()
    return ready((message for message in unsent if message.channel == channel), now)


def _rest(channel: str, ledger: Ledger, until: datetime) -> None:
    """Let everything else for this channel wait, too: what it asked for holds after a restart."""
    with ledger.begin() as tx:
        for message in tx.outbox_unsent():
            if message.channel == channel and message.dead_at is None and message.due_at < until:
                tx.save_outbox(replace(message, due_at=until))


def ready(unsent: Iterable[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    """Return the messages that may be sent now: due, and first in the order of every alert they speak of.

    A message about many alerts waits for the earlier messages of each of them, and they for it, so that
    nothing is resolved before it fired. Dead messages hold up nobody.
    """
    alive = [message for message in unsent if message.dead_at is None and message.sent_at is None]
    first: dict[tuple[str, str], int] = {}
    for message in alive:
        for fingerprint, place in subjects(message).items():
            key = (message.channel, fingerprint)
            first[key] = min(place, first.get(key, place))
    return [message for message in alive if message.due_at <= now and _is_first(message, first)]


def _is_first(message: OutboxMessage, first: Mapping[tuple[str, str], int]) -> bool:
    return all(first[message.channel, name] == place for name, place in subjects(message).items())


def _attempt(
    message: OutboxMessage, notifier: Notifier | None, pace: Pace
) -> tuple[OutboxMessage, datetime | None]:
    """Return the message after one attempt, and until when the channel asks to be left alone."""
    if notifier is None:
        return _failed(message, _NOBODY, pace.clock(), pace)
    again = replace(message, attempts=message.attempts + 1)
    try:
        receipt = notifier.send(message) or Receipt()
    except WorldError as error:
        now = pace.clock()
        if not error.retryable:
            return _dead(again, str(error), now), None
        return _failed(again, str(error), now, pace, error.retry_after_s)
    except Exception as error:  # noqa: BLE001 - one message that a channel chokes on must not stop all others
        return _failed(again, f"{type(error).__name__}: {error}", pace.clock(), pace)
    sent = replace(again, sent_at=pace.clock(), last_error="", failing_since=None)
    return replace(sent, answer=receipt.answer, reference=receipt.reference), None


def _failed(
    message: OutboxMessage, error: str, now: datetime, pace: Pace, asked_s: float | None = None
) -> tuple[OutboxMessage, datetime | None]:
    if now - message.created_at >= timedelta(seconds=pace.retry.give_up_s):
        return _dead(message, error, now), None
    wait_s = backoff_s(message.attempts, pace.retry, pace.chance())
    rest_until = None
    if asked_s is not None:
        rest_s = min(max(asked_s, 0.0), LONGEST_REST_S)
        rest_until = now + timedelta(seconds=rest_s)
        wait_s = max(wait_s, rest_s)
    since = message.failing_since or now
    waiting = replace(message, due_at=now + timedelta(seconds=wait_s), last_error=error, failing_since=since)
    return waiting, rest_until


def _dead(message: OutboxMessage, error: str, now: datetime) -> OutboxMessage:
    return replace(message, dead_at=now, last_error=error, failing_since=message.failing_since or now)


def backoff_s(attempts: int, rule: Retry, chance: float) -> float:
    """Return how long to wait after so many attempts [s]: doubling, bounded, spread by `chance` in [0, 1).

    >>> [round(backoff_s(n, Retry(), 0.5)) for n in (1, 2, 3, 6, 500)]
    [2, 4, 8, 40, 40]
    """
    wait_s = min(rule.longest_s, rule.first_s * 2.0 ** min(max(attempts - 1, 0), 32))
    return wait_s * (1.0 + rule.jitter * (2.0 * chance - 1.0))


def outcome(message: OutboxMessage) -> str:
    """Return what became of a message: sent, failed (to be tried again), dead, or waiting for its turn."""
    if message.sent_at is not None:
        return "sent"
    if message.dead_at is not None:
        return "dead"
    return "failed" if message.last_error else "waiting"


def _log_attempt(message: OutboxMessage) -> None:
    said = outcome(message)
    write = {"sent": _log.info, "failed": _log.warning, "dead": _log.error}[said]
    write(
        f"alerts.message_{said}",
        channel=message.channel,
        dedup_key=message.dedup_key,
        attempts=message.attempts,
        answer=message.answer or None,
        reference=message.reference or None,
        error=message.last_error or None,
    )
