"""One channel's messages: what may go now, what is kept for later, and what was kept and goes now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from alerts.outbox import GROUP, ChannelRule, Item, group_message, messages_for
from alerts.stages.hold import Hold
from alerts.stages.limited import may_send, next_token, refilled, taken
from domain.alert import OutboxMessage
from domain.notice import Notice
from domain.ports import LedgerTx


def speak(
    tx: LedgerTx,
    channel: ChannelRule,
    fresh: Sequence[tuple[Item, Hold | None]],
    held: Sequence[Notice],
    now: datetime,
) -> list[OutboxMessage]:
    """Return the messages put into the outbox for one channel; the rest is kept as notices.

    Nothing about an alert overtakes what is kept back about it, unless it is critical: then that goes
    along. What a full bucket keeps back leaves as one summary with its next token.

    Args:
        fresh: what there is to say, and what keeps each back.
        held: the notices kept back so far, of every channel.
    """
    kept = [one for one in held if one.channel == channel.name]
    if not fresh and not any(one.due_at <= now for one in kept):
        return []
    going, waiting = _sorted_out(fresh, kept)
    urgent = {item.fingerprint for item in going if item.is_critical}
    leaving = [one for one in kept if one.due_at <= now or one.fingerprint in urgent]
    items = [*(Item(one.dedup_key, one.body) for one in leaving), *going]
    messages, late = _within_limit(tx, channel, items, now)
    known = {one.dedup_key for one in kept}
    for item, hold in [*waiting, *((item, hold) for item, hold in late if item.dedup_key not in known)]:
        tx.hold(_notice(channel, item, hold, now))
    for message in messages:
        tx.enqueue(message)
        if gone := known & set(_told_in(message)):
            tx.release(sorted(gone), message.dedup_key)
    return messages


def _sorted_out(
    fresh: Iterable[tuple[Item, Hold | None]], kept: Sequence[Notice]
) -> tuple[list[Item], list[tuple[Item, Hold]]]:
    """Return what may go now, and what waits: for its own reason, or behind what waits already."""
    due: dict[str, datetime] = {}
    for one in kept:
        due[one.fingerprint] = max(one.due_at, due.get(one.fingerprint, one.due_at))
    going: list[Item] = []
    waiting: list[tuple[Item, Hold]] = []
    for item, hold in fresh:
        earlier = due.get(item.fingerprint)
        if hold is None and (earlier is None or item.is_critical):
            going.append(item)
            continue
        until = hold.until if hold is not None else earlier
        if until is not None and earlier is not None:
            until = max(until, earlier)
        waiting.append((item, Hold(hold.why if hold else "after what is kept back", until)))
    return going, waiting


def _within_limit(
    tx: LedgerTx, channel: ChannelRule, items: Sequence[Item], now: datetime
) -> tuple[list[OutboxMessage], list[tuple[Item, Hold]]]:
    """Return the messages that the channel's bucket lets go, and what it keeps back."""
    messages = messages_for(channel, items, now) if items else []
    limit = channel.limit
    if limit is None or not messages:
        return messages, []
    quota = refilled(tx.quotas().get(channel.name), channel.name, limit, now)
    late: list[Item] = []
    if quota.tokens < len(messages):
        urgent = {item.fingerprint for item in items if item.is_critical}
        if quota.tokens >= 1.0:
            messages = [group_message(channel, items, now)]
        elif urgent and may_send(quota, limit, is_critical=True):
            late = [item for item in items if item.fingerprint not in urgent]
            messages = [group_message(channel, [item for item in items if item not in late], now)]
        else:
            messages, late = [], list(items)
    quota = taken(quota, len(messages))
    tx.save_quota(quota)
    return messages, [(item, Hold("rate limit", next_token(quota, limit))) for item in late]


def _told_in(message: OutboxMessage) -> list[str]:
    if message.event != GROUP:
        return [message.dedup_key]
    return [str(item["dedup_key"]) for item in message.body["items"]]


def _notice(channel: ChannelRule, item: Item, hold: Hold, now: datetime) -> Notice:
    return Notice(
        dedup_key=item.dedup_key,
        channel=channel.name,
        fingerprint=item.fingerprint,
        episode=int(item.body["episode"]),
        event=str(item.body["event"]),
        body=item.body,
        made_at=now,
        due_at=hold.until or now,
        why=hold.why,
    )
