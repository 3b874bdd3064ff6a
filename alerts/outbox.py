"""What goes into the outbox: which transitions are told to which channel, one by one or as one message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from alerts.machine import RANK, Event, Note, Transition, rate_per_hour
from domain.alert import Alert, OutboxMessage
from domain.baseline import Severity

#: events of messages that speak of more than one alert
GROUP = "group"
DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What one channel is told. `name` is the notifier's."""

    name: str
    min_severity: Severity = Severity.INFO
    group_above: int = 5  # more than this many alerts in one evaluation become one message
    digest: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One alert as one channel is told it."""

    alert: Alert
    event: Event
    dedup_key: str
    body: Mapping[str, Any]


def told(transition: Transition, channels: Iterable[str], now: datetime) -> dict[str, Any]:
    """Return what the alert remembers of being told: how often, how bad it was, and to whom."""
    alert = transition.alert
    earlier = set() if transition.event is Event.FIRING else set(alert.told.get("channels", ()))
    return {
        "n": int(alert.told.get("n", 0)) + 1,
        "at": now.isoformat(),
        "severity": str(alert.severity),
        "per_hour": rate_per_hour(alert),
        "channels": sorted(earlier | set(channels)),
    }


def listeners(transition: Transition, channels: Sequence[ChannelRule]) -> list[ChannelRule]:
    """Return the channels that are to hear of it: by severity; of an end, those that heard the beginning."""
    if transition.event is Event.RESOLVED:
        heard = transition.alert.told.get("channels", ())
        return [channel for channel in channels if channel.name in heard]
    rank = RANK[transition.alert.severity]
    return [channel for channel in channels if rank >= RANK[channel.min_severity]]


def messages_for(
    channel: ChannelRule, transitions: Sequence[tuple[Transition, Transition]], now: datetime
) -> list[OutboxMessage]:
    """Return the messages of one evaluation for one channel: one per alert, or one that lists them all.

    Args:
        transitions: (before it was told, after) pairs, the second with `told` brought up to date.
    """
    items = [_item(channel, before, after) for before, after in transitions]
    if len(items) > channel.group_above:
        return [_group(channel, items, now)]
    return [_single(channel, item, now) for item in items]


def _item(channel: ChannelRule, before: Transition, after: Transition) -> Item:
    alert, event = after.alert, after.event
    if event is None:
        raise ValueError(f"nothing to tell about {alert.fingerprint}")
    if event is Event.REPEAT and channel.name not in before.alert.told.get("channels", ()):
        event = Event.FIRING  # this channel has not heard of it: severity has only now reached it
    key = f"{alert.fingerprint}/{alert.episode}/{event}/{channel.name}"
    if event is Event.REPEAT:
        key += f"/{alert.told['n']}"
    return Item(alert, event, key, alert_body(alert, event, key, after.why, after.note))


def alert_body(alert: Alert, event: Event, key: str, why: str, note: Note | None = None) -> dict[str, Any]:
    """Return what a message says about one alert, as JSON values."""
    return {
        "event": str(event),
        "note": str(note) if note and event is Event.REPEAT else "",
        "dedup_key": key,
        "n": alert.told.get("n", 0),
        "fingerprint": alert.fingerprint,
        "episode": alert.episode,
        "kind": str(alert.kind),
        "key": alert.key,
        "severity": str(alert.severity),
        "state": str(alert.state),
        "reason": why,
        "since": alert.since.isoformat(),
        "fired_at": _iso(alert.fired_at),
        "gone_at": _iso(alert.gone_at),
        "resolved_at": _iso(alert.resolved_at),
        "facts": dict(alert.facts),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _single(channel: ChannelRule, item: Item, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        dedup_key=item.dedup_key,
        fingerprint=item.alert.fingerprint,
        episode=item.alert.episode,
        sequence=int(item.body["n"]),
        channel=channel.name,
        event=str(item.event),
        body=item.body,
        created_at=now,
        due_at=now,
    )


def _group(channel: ChannelRule, items: Sequence[Item], now: datetime) -> OutboxMessage:
    keys = "\n".join(sorted(item.dedup_key for item in items))
    name = blake2b(keys.encode(), digest_size=8).hexdigest()
    ranked = sorted(items, key=_rank)
    return OutboxMessage(
        dedup_key=f"{name}/1/{GROUP}/{channel.name}",
        fingerprint=name,
        episode=1,
        sequence=1,
        channel=channel.name,
        event=GROUP,
        body={"items": [item.body for item in ranked]},
        created_at=now,
        due_at=now,
    )


def _rank(item: Item) -> tuple[bool, int, float, str]:
    cost = item.alert.facts.get("cost_per_hour") or 0.0
    return (item.event is Event.RESOLVED, -RANK[item.alert.severity], -float(cost), item.alert.key)


def subjects(message: OutboxMessage) -> dict[str, int]:
    """Return the alerts a message speaks of, each with the message's place in that alert's order."""
    if message.event == GROUP:
        return {str(item["fingerprint"]): int(item["n"]) for item in message.body["items"]}
    return {message.fingerprint: message.sequence}
