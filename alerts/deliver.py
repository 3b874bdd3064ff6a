"""Outbox -> channels: at least once, in order per alert, with back-off, outside any transaction."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from alerts.outbox import subjects
from domain.alert import OutboxMessage
from domain.errors import WorldError
from domain.ports import Ledger, Notifier

_log = structlog.get_logger(__name__)


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
class OutboxHealth:
    """How delivery stands: what waits and since when [s], what was given up, each channel's last error."""

    waiting: int
    oldest_s: float
    dead: int
    errors: Mapping[str, str] = field(default_factory=dict)


def deliver(
    ledger: Ledger,
    notifiers: Mapping[str, Notifier],
    now: datetime,
    *,
    retry: Retry | None = None,
    chance: Callable[[], float] = random.random,
) -> Delivered:
    """Return what was sent, after trying every message that is due and whose predecessors are sent.

    A message is sent between two transactions and recorded after it: a crash in between sends it once
    more, under the same dedup_key. Run it from one place at a time.

    Args:
        notifiers: channel name -> channel. A message to a name that is not there waits.
        chance: a random number in [0, 1), for the jitter of the back-off.
    Raises:
        LedgerError: the ledger is away; what was sent but not recorded is sent again.
    """
    rule, tally, troubled = retry or Retry(), Counter[str](), Counter[str]()
    while batch := _ready(ledger, now, _given_rest(troubled, rule)):
        for message in batch:
            if message.channel in _given_rest(troubled, rule):
                continue
            after = _attempt(message, notifiers, now, rule, chance)
            with ledger.begin() as tx:
                tx.save_outbox(after)
            outcome = _outcome(after)
            tally[outcome] += 1
            troubled[message.channel] += outcome == "failed"
            _log_attempt(after, outcome)
    return Delivered(tally["sent"], tally["failed"], tally["dead"])


def _given_rest(troubled: Counter[str], rule: Retry) -> set[str]:
    return {channel for channel, failures in troubled.items() if failures >= rule.failures}


def _ready(ledger: Ledger, now: datetime, resting: set[str]) -> list[OutboxMessage]:
    with ledger.begin() as tx:
        unsent = tx.outbox_unsent()
    return [message for message in ready(unsent, now) if message.channel not in resting]


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
    message: OutboxMessage,
    notifiers: Mapping[str, Notifier],
    now: datetime,
    rule: Retry,
    chance: Callable[[], float],
) -> OutboxMessage:
    notifier = notifiers.get(message.channel)
    if notifier is None:
        return _failed(message, "no channel of this name is configured", now, rule, chance)
    try:
        notifier.send(message)
    except WorldError as error:
        again = replace(message, attempts=message.attempts + 1)
        if not error.retryable:
            return _dead(again, str(error), now)
        return _failed(again, str(error), now, rule, chance)
    except Exception as error:  # noqa: BLE001 - one message that a channel chokes on must not stop all others
        again = replace(message, attempts=message.attempts + 1)
        return _failed(again, f"{type(error).__name__}: {error}", now, rule, chance)
    return replace(message, attempts=message.attempts + 1, sent_at=now, last_error="")


def _failed(
    message: OutboxMessage, error: str, now: datetime, rule: Retry, chance: Callable[[], float]
) -> OutboxMessage:
    if now - message.created_at >= timedelta(seconds=rule.give_up_s):
        return _dead(message, error, now)
    wait_s = backoff_s(message.attempts, rule, chance())
    return replace(message, due_at=now + timedelta(seconds=wait_s), last_error=error)


def _dead(message: OutboxMessage, error: str, now: datetime) -> OutboxMessage:
    return replace(message, dead_at=now, last_error=error)


def backoff_s(attempts: int, rule: Retry, chance: float) -> float:
    """Return how long to wait after so many attempts [s]: doubling, bounded, spread by `chance` in [0, 1).

    >>> [round(backoff_s(n, Retry(), 0.5)) for n in (1, 2, 3, 6, 500)]
    [2, 4, 8, 40, 40]
    """
    wait_s = min(rule.longest_s, rule.first_s * 2.0 ** min(max(attempts - 1, 0), 32))
    return wait_s * (1.0 + rule.jitter * (2.0 * chance - 1.0))


def _outcome(message: OutboxMessage) -> str:
    if message.sent_at is not None:
        return "sent"
    return "dead" if message.dead_at is not None else "failed"


def _log_attempt(message: OutboxMessage, outcome: str) -> None:
    write = {"sent": _log.info, "failed": _log.warning, "dead": _log.error}[outcome]
    write(
        f"alerts.message_{outcome}",
        channel=message.channel,
        dedup_key=message.dedup_key,
        attempts=message.attempts,
        error=message.last_error or None,
    )


def outbox_health(ledger: Ledger, now: datetime, dead_days: float = 7.0) -> OutboxHealth:
    """Return how delivery stands; messages given up longer than `dead_days` ago are history."""
    with ledger.begin() as tx:
        unsent = tx.outbox_unsent()
    waiting = [message for message in unsent if message.dead_at is None]
    horizon = now - timedelta(days=dead_days)
    dead = [message for message in unsent if message.dead_at is not None and message.dead_at > horizon]
    return OutboxHealth(
        waiting=len(waiting),
        oldest_s=_oldest_s(waiting, now),
        dead=len(dead),
        errors={message.channel: message.last_error for message in [*dead, *waiting] if message.last_error},
    )


def _oldest_s(waiting: Sequence[OutboxMessage], now: datetime) -> float:
    return max(((now - message.created_at).total_seconds() for message in waiting), default=0.0)
