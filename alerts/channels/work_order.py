"""Work orders in a maintenance system: one per alert and episode, from a Jinja template of its body.

A retry never makes a second one: the key goes along as Idempotency-Key, and where the system can be asked,
it is asked first whether it already has one with our key in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from alerts.channels.web_call import Target, WebCall
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import render
from alerts.outbox import items_of
from alerts.work_order_facts import order_facts
from domain.alert import AlertKind, OutboxMessage, Receipt
from domain.baseline import Severity
from domain.errors import NotifyError


@dataclass(frozen=True, slots=True)
class System:
    """How one maintenance system takes an order.

    Args:
        path: after the address of the settings; where orders are made.
        body: Jinja template of the JSON body; values go in by `| tojson`.
        auth: header and value; "{key}" is the API key.
        found: path and body of the question for orders that carry our key; "" = it cannot be asked.
        reference: where in the answer the number of the order stands, as keys; () = it is the answer itself.
    """

    path: str
    body: str
    auth: tuple[str, str]
    found_path: str = ""
    found_body: str = ""
    found_reference: tuple[str, ...] = ()
    reference: tuple[str, ...] = ("id",)
    headers: Mapping[str, str] = field(default_factory=dict)


GENERIC = System(
    path="",
    body="""{
      "title": {{ title | tojson }},
      "description": {{ text | tojson }},
      "priority": {{ priority | tojson }},
      "key": {{ key | tojson }},
      "process": {{ process | tojson }},
      "resource": {{ resource | tojson }},
      "cost_per_hour": {{ cost_per_hour | tojson }},
      "currency": {{ currency | tojson }},
      "url": {{ url | tojson }}
    }""",
    auth=("Authorization", "Bearer {key}"),
)
#: Source: Odoo documentation, External JSON-2 API; model maintenance.request
ODOO = System(
    path="/json/2/maintenance.request/create",
    body="""{
      "vals_list": [{
        "name": {{ (title ~ " [" ~ key ~ "]") | tojson }},
        "description": {{ text | tojson }},
        "maintenance_type": "corrective",
        "priority": {{ ["1", "2", "3"][rank] | tojson }}
        {% if asset %}, "equipment_id": {{ asset | int }}{% endif %}
      }]
    }""",
    auth=("Authorization", "bearer {key}"),
    found_path="/json/2/maintenance.request/search_read",
    found_body="""{
      "domain": [["name", "ilike", {{ ("[" ~ key ~ "]") | tojson }}]], "fields": ["id"], "limit": 1
    }""",
    found_reference=("0", "id"),
    reference=("0",),
)
#: Source: Atlas CMMS, REST API: POST /work-orders, POST /work-orders/search
ATLAS = System(
    path="/work-orders",
    body="""{
      "title": {{ (title ~ " [" ~ key ~ "]") | tojson }},
      "description": {{ text | tojson }},
      "priority": {{ ["LOW", "MEDIUM", "HIGH"][rank] | tojson }}
      {% if asset %}, "asset": {"id": {{ asset | int }}}{% endif %}
    }""",
    auth=("x-api-key", "{key}"),
    found_path="/work-orders/search",
    found_body="""{
      "filterFields": [{"field": "title", "operation": "cn", "value": {{ ("[" ~ key ~ "]") | tojson }}}],
      "pageSize": 1, "pageNum": 0
    }""",
    found_reference=("content", "0", "id"),
)
SYSTEMS: Mapping[str, System] = {"generic": GENERIC, "odoo": ODOO, "atlas": ATLAS}
_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_PRIORITIES = ("low", "medium", "high")


class WorkOrderChannel:
    """Makes an order when an alert fires; reminders, ends and reports make none."""

    def __init__(
        self,
        name: str,
        url: str,
        key: str,
        head: Letterhead,
        *,
        system: str = "generic",
        template: str | None = None,
        assets: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        """Prepare; raise NotifyError (not retryable) for an address or a template that cannot work.

        Args:
            template: of the body, instead of the system's own.
            assets: process -> what the system calls it.
        """
        self.name = name
        self._head, self._assets, self._system = head, assets or {}, SYSTEMS[system]
        self._url = url.rstrip("/")
        auth, value = self._system.auth
        secret = {auth: value.format(key=key)} if key else {}
        own = {**self._system.headers, **secret, **(headers or {})}
        self._call = WebCall(Target(self._url + self._system.path, own, frozenset({key} - {""}), timeout_s))
        self._body = _template(template if template is not None else self._system.body)
        self._question = _template(self._system.found_body)

    def send(self, message: OutboxMessage) -> Receipt:
        """Make the orders of a message.

        Raises:
            NotifyError: one was not taken; those that were are found again by their key.
        """
        made = [self._order(item, message) for item in items_of(message) if _wants_work(item)]
        if not made:
            return Receipt("nothing to order")
        return Receipt(made[-1].answer, ", ".join(one.reference for one in made if one.reference))

    def _order(self, item: Mapping[str, Any], message: OutboxMessage) -> Receipt:
        facts = self._facts(item, message)
        number = self._known(facts)
        if number:
            return Receipt("was made before", number)
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(facts["key"])}
        answer = self._call.send("POST", self._filled(self._body, facts), headers)
        found = _found(answer.body, self._system.reference)
        return Receipt(f"HTTP {answer.status}: {self._call.target.clean(answer.body)}", found)

    def _known(self, facts: Mapping[str, Any]) -> str:
        """Return the number of the order that carries our key; "" where there is none, or nobody to ask."""
        if not self._system.found_path:
            return ""
        url = self._url + self._system.found_path
        headers = {"Content-Type": "application/json"}
        answer = self._call.send("POST", self._filled(self._question, facts), headers, url)
        return _found(answer.body, self._system.found_reference)

    def _facts(self, item: Mapping[str, Any], message: OutboxMessage) -> dict[str, Any]:
        single = {**item, "note": item.get("note", "")}
        shown = render(_about(single, message), self._head)
        rank = _RANKS[Severity(item["severity"])]
        facts = order_facts(single, self._head)
        asset = self._assets.get(str(item["facts"].get("process") or ""), "")
        words = {"title": shown.title, "text": shown.body, "asset": asset}
        return facts | words | {"rank": rank, "priority": _PRIORITIES[rank]}

    def _filled(self, template: Any, facts: Mapping[str, Any]) -> bytes:
        try:
            text = template.render(**facts)
            json.loads(text)
        except (TemplateError, ValueError, TypeError) as wrong:
            raise NotifyError(f"the body's template gives no JSON: {wrong}", retryable=False) from None
        return str(text).encode(errors="replace")


def _wants_work(item: Mapping[str, Any]) -> bool:
    return bool(item["event"] == Event.FIRING and item["kind"] != AlertKind.INFRASTRUCTURE)


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
