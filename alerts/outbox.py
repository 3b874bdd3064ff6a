"""What goes into the outbox: what is said about each alert, one by one or several as one message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import blake2b
from typing import Any

from alerts.machine import RANK, Event, Note, Transition, rate_per_hour
from alerts.stages.limited import Limit
from domain.alert import Alert, OutboxMessage
from domain.baseline import Severity

#: events of messages that speak of more than one alert
GROUP = "group"
DIGEST = "digest"
HANDOVER = "handover"


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What one channel is told, and when. `name` is the notifier's."""

    name: str
    min_severity: Severity = Severity.INFO
    group_above: int = 5  # more than this many alerts in one evaluation become one message
    digest: bool = True  # gets the daily report
    weekly: bool = False  # gets the weekly report
    handover: bool = False  # gets what is open when its shift begins
    person: str = ""  # user name of who reads it; "" = whoever is near
    roles: frozenset[str] = frozenset()  # "operator" ...; none = every alert is for it
    shifts: frozenset[str] = frozenset()  # names of the shifts in which somebody reads it; none = always
    quiet: tuple[time, time] | None = None  # local time in which only critical alerts are told
    limit: Limit | None = None  # None = as many as there are


@dataclass(frozen=True, slots=True)
class Item:
    """One alert as one channel is told it."""

    dedup_key: str
    body: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """Return whose story it belongs to."""
        return str(self.body["fingerprint"])

    @property
    def is_critical(self) -> bool:
        """Return whether it cannot wait."""
        return bool(self.body["severity"] == Severity.CRITICAL and self.body["event"] != Event.RESOLVED)

    @property
    def group(self) -> str:
        """Return what it is told together with: the same process and resource, or nothing else."""
        facts = self.body["facts"]
        if facts.get("process") and facts.get("resource"):
            return f"{facts['process']}\n{facts['resource']}"
        return self.fingerprint


def told(transition: Transition, channels: Iterable[str], now: datetime) -> dict[str, Any]:
    """Return what the alert remembers of being told: how often, how bad it was, and to whom."""
    alert, before = transition.alert, transition.alert.told
    is_new = transition.event is Event.FIRING
    earlier = set() if is_new else set(before.get("channels", ()))
    return {
        "n": int(before.get("n", 0)) + 1,
        "at": now.isoformat(),
        "first_at": now.isoformat() if is_new else before.get("first_at", now.isoformat()),
        "severity": str(alert.severity),
        "per_hour": rate_per_hour(alert),
        "channels": sorted(earlier | set(channels)),
        "level": int(before.get("level", 0)) + (transition.note is Note.ESCALATED) if not is_new else 0,
    }


def item_for(channel: ChannelRule, before: Transition, after: Transition) -> Item:
    """Return what one channel is told of a transition.

    Args:
        before: as it was decided; its `told` says who had heard of the alert by then.
        after: the same with `told` brought up to date.
    """
    alert, event = after.alert, after.event
    if event is None:
        raise ValueError(f"nothing to tell about {alert.fingerprint}")
    if event is Event.REPEAT and channel.name not in before.alert.told.get("channels", ()):
        event = Event.FIRING  # this channel has not heard of it: severity or shift has only now reached it
    key = f"{alert.fingerprint}/{alert.episode}/{event}/{channel.name}"
    if event is Event.REPEAT:
        key += f"/{alert.told['n']}"
    return Item(key, alert_body(alert, event, key, after.why, after.note))


def alert_body(alert: Alert, event: Event, key: str, why: str, note: Note | None = None) -> dict[str, Any]:
    """Return what a message says about one alert, as JSON values."""
    return {
        "event": str(event),
        "note": str(note) if note and (event is Event.REPEAT or note is Note.ESCALATED) else "",
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


def messages_for(channel: ChannelRule, items: Sequence[Item], now: datetime) -> list[OutboxMessage]:
    """Return the messages of one evaluation for one channel.

    More than `group_above` alerts are one message that lists them all; fewer are one message each, save
    that what concerns the same process and resource is told together.
    """
    if len(items) > channel.group_above:
        return [group_message(channel, items, now)]
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    return [
        _single(channel, found[0], now) if len(found) == 1 else group_message(channel, found, now)
        for found in groups.values()
    ]


def _single(channel: ChannelRule, item: Item, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        dedup_key=item.dedup_key,
        fingerprint=item.fingerprint,
        episode=int(item.body["episode"]),
        sequence=int(item.body["n"]),
        channel=channel.name,
        event=str(item.body["event"]),
        body=item.body,
        created_at=now,
        due_at=now,
        receiver=channel.person,
    )


def group_message(channel: ChannelRule, items: Sequence[Item], now: datetime) -> OutboxMessage:
    """Return one message that lists several alerts, the dearest first, each alert's story in its order."""
    if len(items) == 1:
        return _single(channel, items[0], now)
    keys = "\n".join(sorted(item.dedup_key for item in items))
    name = blake2b(keys.encode(), digest_size=8).hexdigest()
    return OutboxMessage(
        dedup_key=f"{name}/1/{GROUP}/{channel.name}",
        fingerprint=name,
        episode=1,
        sequence=1,
        channel=channel.name,
        event=GROUP,
        body={"items": [item.body for item in _ranked(items)]},
        created_at=now,
        due_at=now,
        receiver=channel.person,
    )


def _ranked(items: Sequence[Item]) -> list[Item]:
    stories: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda one: int(one.body["n"])):
        stories.setdefault(item.fingerprint, []).append(item)
    return [item for story in sorted(stories.values(), key=_rank) for item in story]


def _rank(story: Sequence[Item]) -> tuple[bool, int, float, str]:
    bodies = [item.body for item in story]
    is_over = all(body["event"] == Event.RESOLVED for body in bodies)
    severity = max(RANK[Severity(body["severity"])] for body in bodies)
    cost = max(float(body["facts"].get("cost_per_hour") or 0.0) for body in bodies)
    return (is_over, -severity, -cost, str(bodies[0]["key"]))


def subjects(message: OutboxMessage) -> dict[str, int]:
    """Return the alerts a message speaks of, each with the message's place in that alert's order.

    Where it tells several things about one alert, the first of them is its place.
    """
    if message.event not in {GROUP, HANDOVER}:
        return {message.fingerprint: message.sequence}
    places: dict[str, int] = {}
    for item in message.body["items"]:
        name, place = str(item["fingerprint"]), int(item["n"])
        places[name] = min(place, places.get(name, place))
    return places


def items_of(message: OutboxMessage) -> Sequence[Mapping[str, Any]]:
    """Return what a message says about each alert that it tells; nothing for a report or a hand-over."""
    if message.event == GROUP:
        items: Sequence[Mapping[str, Any]] = message.body["items"]
        return items
    return [message.body] if "fingerprint" in message.body else []
