"""MQTT-out: what is open now as retained states, and everything that happens as events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alerts.alert_sheet import alert_link
from alerts.channels.home_assistant import Site, Stream, discovery, stream_state
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import render
from alerts.outbox import items_of
from domain.alert import Alert, OutboxMessage
from domain.errors import BrokerError, NotifyError
from domain.ports import Publisher


class MqttChannel:
    """Publishes `<base>/alert/<fingerprint>/state` (retained, cleared when resolved) and `<base>/event`.

    Who subscribes to the states hears exactly what is open; publishing a message again changes nothing
    there, and an event carries its dedup_key. With streams it also keeps true, from what is open in the
    ledger, `<base>/stream/<process>/<resource>/state`, and tells Home Assistant of them.
    """

    def __init__(
        self,
        name: str,
        publisher: Publisher,
        base: str,
        head: Letterhead,
        streams: Sequence[Stream] = (),
        open_alerts: Callable[[], Sequence[Alert]] = tuple,
        prefix: str = "",
    ) -> None:
        """Raise NotifyError (not retryable) for a base topic that nobody can publish under.

        Args:
            streams: what there is in the plant.
            open_alerts: the open alerts as they stand now.
            prefix: Home Assistant's discovery prefix; "" = it is not told.
        """
        self.name = name
        self._publisher, self._head = publisher, head
        self._base = checked_base(base)
        self._streams, self._open_alerts = streams, open_alerts
        self._site = Site(head.plant, head.currency, self._base, checked_base(prefix)) if prefix else None

    def announce(self) -> None:
        """Tell of every stream, and how it stands: at the start, and now and then, for brokers that forget.

        Raises:
            WorldError: the broker or the ledger is away.
        """
        if self._site is not None:
            for stream in self._streams:
                for topic, entity in discovery(stream, self._site):
                    self._publisher.publish(topic, _payload(entity), retain=True)
        self._publish_streams(self._streams)

    def _publish_streams(self, streams: Sequence[Stream]) -> None:
        alerts = self._open_alerts() if streams else ()
        for stream in streams:
            state = _payload(stream_state(stream, alerts))
            self._publisher.publish(stream.topic(self._base), state, retain=True)

    def send(self, message: OutboxMessage) -> None:
        """Publish every alert's state, then the event; raise NotifyError if one was not taken."""
        rendered = render(message, self._head)
        said = {"title": rendered.title, "text": rendered.body, "at": message.created_at.isoformat()}
        try:
            for item in items_of(message):
                self._publish_state(item, said["at"])
            event = {**said, "event": message.event, "dedup_key": message.dedup_key, "body": message.body}
            self._publisher.publish(f"{self._base}/event", _payload(event), retain=False)
            touched = {
                (item["facts"].get("process"), item["facts"].get("resource")) for item in items_of(message)
            }
            self._publish_streams([one for one in self._streams if (one.process, one.resource) in touched])
        except BrokerError as error:
            raise NotifyError(f"mqtt: {error}", retryable=error.retryable) from error

    def _publish_state(self, item: Mapping[str, Any], at: str) -> None:
        topic = f"{self._base}/alert/{item['fingerprint']}/state"
        is_over = item["event"] == Event.RESOLVED
        state = b"" if is_over else _payload({**item, "at": at, "url": alert_link(item, self._head)})
        self._publisher.publish(topic, state, retain=True)


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
