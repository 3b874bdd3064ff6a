"""MQTT-out: what is open now as retained states, and everything that happens as events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from alerts.alert_sheet import alert_link
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import render
from alerts.outbox import GROUP
from domain.alert import OutboxMessage
from domain.errors import BrokerError, NotifyError
from domain.ports import Publisher


class MqttChannel:
    """Publishes `<base>/alert/<fingerprint>/state` (retained, cleared when resolved) and `<base>/event`.

    Who subscribes to the states hears exactly what is open; publishing a message again changes nothing
    there, and an event carries its dedup_key.
    """

    def __init__(self, name: str, publisher: Publisher, base: str, head: Letterhead) -> None:
        self.name = name
        self._publisher, self._head = publisher, head
        self._base = checked_base(base)

    def send(self, message: OutboxMessage) -> None:
        """Publish every alert's state, then the event; raise NotifyError if one was not taken."""
        rendered = render(message, self._head)
        said = {"title": rendered.title, "text": rendered.body, "at": message.created_at.isoformat()}
        try:
            for item in _items(message):
                self._publish_state(item, said["at"])
            event = {**said, "event": message.event, "dedup_key": message.dedup_key, "body": message.body}
            self._publisher.publish(f"{self._base}/event", _payload(event), retain=False)
        except BrokerError as error:
            raise NotifyError(f"mqtt: {error}", retryable=error.retryable) from error

    def _publish_state(self, item: Mapping[str, Any], at: str) -> None:
        topic = f"{self._base}/alert/{item['fingerprint']}/state"
        is_over = item["event"] == Event.RESOLVED
        state = b"" if is_over else _payload({**item, "at": at, "url": alert_link(item, self._head)})
        self._publisher.publish(topic, state, retain=True)


def _items(message: OutboxMessage) -> Sequence[Mapping[str, Any]]:
    if message.event == GROUP:
        items: Sequence[Mapping[str, Any]] = message.body["items"]
        return items
    return [message.body] if "fingerprint" in message.body else []


def _payload(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="replace")


def checked_base(base: str) -> str:
    """Return a base topic that can be published under; raise NotifyError with the reason if it cannot.

    >>> checked_base("wastenot/hall_1/")
    'wastenot/hall_1'
    """
    topic = base.rstrip("/")
    if not topic or topic.startswith("$") or any(sign in topic for sign in "+#\0"):
        raise NotifyError(f"mqtt: {base!r} cannot be a base topic: no +, # or leading $", retryable=False)
    return topic
