"""How delivery stands: what waits, and which channel fails, since when and with what last answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.alert import OutboxMessage
from domain.ports import Ledger


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How one channel stands."""

    waiting: int  # messages
    dead: int  # messages given up
    failing_since: datetime | None  # None = its last message was taken
    last_error: str  # the last answer of the other side while it fails; "" = it does not
    next_try: datetime | None
    last_sent: datetime | None  # None = it never took one

    @property
    def is_failing(self) -> bool:
        """Return whether its last message was not taken."""
        return self.failing_since is not None


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How delivery stands: what waits and since when [s], what was given up, each channel's last error."""

    waiting: int
    oldest_s: float
    dead: int
    errors: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, ChannelHealth] = field(default_factory=dict)


def outbox_health(
    ledger: Ledger, now: datetime, dead_days: float = 7.0, channels: Iterable[str] = ()
) -> OutboxHealth:
    """Return how delivery stands; messages given up longer than `dead_days` ago are history.

    Args:
        channels: those that are shown although nothing waits for them.
    """
    with ledger.begin() as tx:
        unsent, sent = tx.outbox_unsent(), tx.outbox_sent()
    waiting = [message for message in unsent if message.dead_at is None]
    horizon = now - timedelta(days=dead_days)
    dead = [message for message in unsent if message.dead_at is not None and message.dead_at > horizon]
    names = sorted({*channels, *(message.channel for message in (*waiting, *dead))})
    standing = {name: _channel(name, waiting, dead, sent.get(name)) for name in names}
    return OutboxHealth(
        waiting=len(waiting),
        oldest_s=_oldest_s(waiting, now),
        dead=len(dead),
        errors={message.channel: message.last_error for message in [*dead, *waiting] if message.last_error},
        channels=standing,
    )


def _channel(
    name: str, waiting: Sequence[OutboxMessage], dead: Sequence[OutboxMessage], sent: datetime | None
) -> ChannelHealth:
    mine = [message for message in waiting if message.channel == name]
    lost = [message for message in dead if message.channel == name]
    failing = [message for message in mine if message.last_error]
    # a message given up is the channel's trouble only as long as nothing later got through
    failing += [m for m in lost if sent is None or (m.dead_at is not None and m.dead_at > sent)]
    failing.sort(key=lambda message: (message.failing_since or message.created_at, message.dedup_key))
    return ChannelHealth(
        waiting=len(mine),
        dead=len(lost),
        failing_since=(failing[0].failing_since or failing[0].created_at) if failing else None,
        last_error=failing[-1].last_error if failing else "",
        next_try=min((message.due_at for message in mine if message.last_error), default=None),
        last_sent=sent,
    )


def _oldest_s(waiting: Sequence[OutboxMessage], now: datetime) -> float:
    return max(((now - message.created_at).total_seconds() for message in waiting), default=0.0)
