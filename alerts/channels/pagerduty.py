"""PagerDuty's Events API v2: one incident per alert and episode, closed when the alert resolves.

Source: PagerDuty, Events API v2, "Send an alert event".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alerts.alert_sheet import alert_link, alert_title
from alerts.channels.web_call import Target, WebCall
from alerts.channels.webhook import as_json
from alerts.clean import inert, inert_facts
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.outbox import items_of
from domain.alert import OutboxMessage, Receipt

EVENTS_API = "https://events.pagerduty.com/v2/enqueue"
_SEVERITIES = {"critical": "critical", "warning": "warning", "info": "info"}
_DETAILS = (
    "process_name", "resource_name", "excess_per_hour", "expected_per_hour", "unit", "cost_per_hour",
    "cost_total", "currency", "kg_co2e_per_hour", "cause", "confidence", "meter", "problem", "text",
)  # fmt: skip
_LONGEST_SUMMARY = 1024


class PagerDutyChannel:
    """Triggers and resolves. Reports and alerts that are only reminded of change nothing there."""

    def __init__(self, name: str, routing_key: str, head: Letterhead, url: str = EVENTS_API) -> None:
        """Raise NotifyError (not retryable) for an address that cannot work."""
        self.name = name
        self._key, self._head = routing_key, head
        self._call = WebCall(Target(url, secrets=frozenset({routing_key})))

    def send(self, message: OutboxMessage) -> Receipt:
        """Send an event for every alert of the message.

        Raises:
            NotifyError: one was not taken. All are sent again then, which their keys make harmless.
        """
        answers = []
        for item in items_of(message):
            event = self.event(inert_facts(item))
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(item["dedup_key"])}
            answer = self._call.send("POST", as_json(event), headers)
            answers.append(f"HTTP {answer.status}: {self._call.target.clean(answer.body)}")
        return Receipt(answers[-1] if answers else "a report: nothing for PagerDuty")

    def event(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event of one alert; its dedup_key is the same from trigger to resolve."""
        event = {
            "routing_key": self._key,
            "event_action": "resolve" if item["event"] == Event.RESOLVED else "trigger",
            "dedup_key": f"{item['fingerprint']}/{item['episode']}",
        }
        if item["event"] == Event.RESOLVED:
            return event
        head, facts = replace(self._head), item["facts"]
        link = alert_link(item, head)
        return event | {
            "client": "Wastenot",
            "client_url": link,
            "links": [{"href": link, "text": alert_title(item, head)}] if link else [],
            "payload": {
                "summary": alert_title(item, head)[:_LONGEST_SUMMARY],
                "source": inert(head.plant),
                "severity": _SEVERITIES[item["severity"]],
                "timestamp": item["since"],
                "component": str(facts.get("process") or facts.get("meter") or facts.get("problem") or ""),
                "group": str(facts.get("resource") or ""),
                "class": str(item["kind"]),
                "custom_details": {name: facts[name] for name in _DETAILS if facts.get(name) is not None},
            },
        }
