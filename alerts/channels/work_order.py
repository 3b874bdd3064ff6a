"""Work orders in a maintenance system: one per alert and episode, which also hears that its alert is over.

A retry never makes a second order or says a thing twice: the key goes along as Idempotency-Key, and where the
system can be asked, it is asked first for an order with our key, and for a comment with our mark in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from alerts.channels.maintenance_systems import SYSTEMS, Request
from alerts.channels.web_call import Answer, Target, WebCall
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import render
from alerts.outbox import items_of
from alerts.work_order_facts import order_facts
from domain.alert import AlertKind, OutboxMessage, Receipt
from domain.baseline import Severity
from domain.errors import NotifyError

_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_PRIORITIES = ("low", "medium", "high")
AtEnd = Literal["comment", "close", "nothing"]


@dataclass(frozen=True, slots=True)
class OrderBook:
    """What a plant says of its orders.

    Args:
        template: of the body that makes an order, instead of the system's own.
        end_template: of the body that says that the alert is over; needed beside a template of one's own,
            since nobody else knows how such a system wants to hear it.
        assets: process -> what the system calls it.
        at_end: what becomes of the order when its alert is over; one whose loss goes on is not closed.
    """

    template: str | None = None
    end_template: str | None = None
    assets: Mapping[str, str] = field(default_factory=dict)
    at_end: AtEnd = "comment"


class WorkOrderChannel:
    """Makes an order when an alert fires, and tells it of the end; reminders and reports do nothing."""

    def __init__(
        self,
        name: str,
        url: str,
        key: str,
        head: Letterhead,
        *,
        system: str = "generic",
        book: OrderBook | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Prepare; raise NotifyError (not retryable) for an address or a template that cannot work."""
        self.name = name
        self._head, self._book, self._system = head, book or OrderBook(), SYSTEMS[system]
        self._url = url.rstrip("/")
        auth, value = self._system.auth
        own = {**({auth: value.format(key=key)} if key else {}), **(headers or {})}
        self._call = WebCall(Target(self._url, own, frozenset({key} - {""}), timeout_s))
        self._make = _own(self._system.make, self._book.template)
        self._comment = _own(self._system.comment, self._book.end_template)
        self._tells_end = self._book.at_end != "nothing" and (
            self._book.template is None or self._book.end_template is not None
        )
        for one in (self._make, self._comment):
            _template(one.body)

    def send(self, message: OutboxMessage) -> Receipt:
        """Make the orders of a message, and tell those whose alert is over, in the message's order.

        Raises:
            NotifyError: one was not taken; those that were are found again by their key.
        """
        done: list[Receipt] = []
        for item in items_of(message):
            if item["kind"] == AlertKind.INFRASTRUCTURE:
                continue
            if item["event"] == Event.FIRING:
                done.append(self._order(self._facts(item, message)))
            elif item["event"] == Event.RESOLVED and self._tells_end:
                done.append(self._end(self._facts(item, message)))
        if not done:
            return Receipt("nothing to order")
        return Receipt(done[-1].answer, ", ".join(one.reference for one in done if one.reference))

    def _order(self, facts: Mapping[str, Any]) -> Receipt:
        number = self._number(self._system.find, facts)
        if number:
            return Receipt("was made before", number)
        answer = self._ask(self._make, facts, str(facts["key"]))
        return self._receipt(answer, _found(answer.body, self._make.reference))

    def _end(self, facts: Mapping[str, Any]) -> Receipt:
        """Say in the order that its alert is over, and close it where that is wanted and nothing goes on."""
        order = self._number(self._system.find, facts)
        if self._system.find is not None and not order:
            return Receipt("there is no order to tell of the end")
        known = {**facts, "order": order, "mark": f"[{facts['key']} over]"}
        receipt = Receipt("was told before", order)
        if not self._was_said(known):
            receipt = self._receipt(self._ask(self._comment, known, f"{facts['key']}/over"), order)
        if not facts["close"] or self._system.close is None:
            return receipt
        stage = self._number(self._system.stage, known)
        if self._system.stage is not None and not stage:
            return receipt  # nobody has said which stage is the last: a person closes it
        return self._receipt(self._ask(self._system.close, {**known, "stage": stage}), order)

    def _was_said(self, facts: Mapping[str, Any]) -> bool:
        asked = self._system.said
        return asked is not None and str(facts["mark"]) in self._ask(asked, facts).body

    def _number(self, asked: Request | None, facts: Mapping[str, Any]) -> str:
        """Return the number that the system answers with; "" where there is none, or nobody to ask."""
        return "" if asked is None else _found(self._ask(asked, facts).body, asked.reference)

    def _ask(self, asked: Request, facts: Mapping[str, Any], key: str = "") -> Answer:
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        url = self._url + _template(asked.path).render(**facts)
        return self._call.send(asked.method, _filled(_template(asked.body), facts), headers, url)

    def _receipt(self, answer: Answer, number: str) -> Receipt:
        return Receipt(f"HTTP {answer.status}: {self._call.target.clean(answer.body)}", number)

    def _facts(self, item: Mapping[str, Any], message: OutboxMessage) -> dict[str, Any]:
        single = {**item, "note": item.get("note", "")}
        shown = render(_about(single, message), self._head)
        rank = _RANKS[Severity(item["severity"])]
        facts = order_facts(single, self._head)
        asset = self._book.assets.get(str(item["facts"].get("process") or ""), "")
        words = {"title": shown.title, "text": shown.body, "asset": asset, "event": str(item["event"])}
        closes = self._book.at_end == "close" and not facts["goes_on"]
        return facts | words | {"rank": rank, "priority": _PRIORITIES[rank], "close": closes}


def _own(request: Request, body: str | None) -> Request:
    return request if body is None else Request(request.path, body, request.reference, request.method)


def _filled(template: Any, facts: Mapping[str, Any]) -> bytes:
    try:
        text = template.render(**facts)
        json.loads(text)
    except (TemplateError, ValueError, TypeError) as wrong:
        raise NotifyError(f"the body's template gives no JSON: {wrong}", retryable=False) from None
    return str(text).encode(errors="replace")


def _about(item: Mapping[str, Any], message: OutboxMessage) -> OutboxMessage:
    """Return a message about one alert of a message."""
    return OutboxMessage(
        dedup_key=str(item["dedup_key"]),
        fingerprint=str(item["fingerprint"]),
        episode=int(item["episode"]),
        sequence=0,
        channel=message.channel,
        event=str(item["event"]),
        body=item,
        created_at=message.created_at,
        due_at=message.due_at,
    )


def _template(text: str) -> Any:
    """Return a template that can reach nothing but its values; raise NotifyError where it cannot be read."""
    # the body is JSON: every value goes through `tojson`, so nothing is to be escaped for HTML
    sandbox = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    sandbox.filters["urlencode"] = quote
    try:
        return sandbox.from_string(text)
    except TemplateError as wrong:
        raise NotifyError(f"the body's template: {wrong}", retryable=False) from None


def _found(answer: str, keys: tuple[str, ...]) -> str:
    """Return what stands at a place of a JSON answer; "" where there is nothing.

    >>> _found('{"content": [{"id": 7}]}', ("content", "0", "id")), _found("[]", ("0", "id"))
    ('7', '')
    """
    try:
        value = json.loads(answer)
        for key in keys:
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return str(value)[:100] if isinstance(value, str | int) and not isinstance(value, bool) else ""
