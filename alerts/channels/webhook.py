"""Webhooks: each message as JSON, signed, in our own shape or in Alertmanager's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.alert_sheet import alert_link
from alerts.channels.alertmanager import alertmanager_body
from alerts.channels.web_call import Target, WebCall
from alerts.clean import inert
from alerts.figures import Letterhead
from alerts.message import render
from alerts.outbox import items_of
from alerts.signing import signed_headers
from domain.alert import OutboxMessage, Receipt

Shape = Callable[[OutboxMessage, Letterhead], Mapping[str, Any]]


def wastenot_body(message: OutboxMessage, head: Letterhead) -> dict[str, Any]:
    """Return a message in our own shape: the words, and every alert it speaks of with its facts."""
    rendered = render(message, head)
    return {
        "version": "1",
        "dedup_key": message.dedup_key,
        "event": message.event,
        "at": message.created_at.isoformat(),
        "plant": inert(head.plant),
        "title": rendered.title,
        "text": rendered.body,
        "alerts": [{**item, "url": alert_link(item, head)} for item in items_of(message)],
        **({} if items_of(message) else {"report": message.body}),
    }


SHAPES: Mapping[str, Shape] = {"wastenot": wastenot_body, "alertmanager": alertmanager_body}


class WebhookChannel:
    """Posts JSON to one address, with the dedup key as Idempotency-Key, signed where there is a secret."""

    def __init__(
        self,
        name: str,
        target: Target,
        head: Letterhead,
        *,
        secret: str = "",
        shape: str = "wastenot",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raise NotifyError (not retryable) for an address or headers that cannot work."""
        self.name = name
        self._call, self._head, self._secret = WebCall(target), head, secret
        self._shape, self._clock = SHAPES[shape], clock

    def send(self, message: OutboxMessage) -> Receipt:
        """Post the message; return the answer; raise NotifyError with the answer if it was not taken."""
        body = as_json(self._shape(message, self._head))
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.dedup_key}
        if self._secret:
            headers |= signed_headers(self._secret, body, self._clock())
        answer = self._call.send("POST", body, headers)
        said = self._call.target.clean(answer.body)
        return Receipt(f"HTTP {answer.status}: {said}" if said else f"HTTP {answer.status}")


def as_json(value: Mapping[str, Any]) -> bytes:
    """Return a body; a text that is no Unicode is shown with question marks."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="replace")
