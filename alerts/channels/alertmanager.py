"""Messages in the shape of Alertmanager's webhook, version 4, which karma, Grafana and Keep read.

Source: Prometheus documentation, Alertmanager configuration, <webhook_config>.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.alert_sheet import alert_link, alert_title
from alerts.clean import inert, inert_facts
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import render
from alerts.outbox import items_of
from domain.alert import OutboxMessage

#: what Alertmanager writes for an alert that has not ended
NOT_ENDED = "0001-01-01T00:00:00Z"
_LABELS = ("process", "resource", "meter", "hotspot_kind")


def alertmanager_body(message: OutboxMessage, head: Letterhead) -> dict[str, Any]:
    """Return a message in that shape; a report without alerts has none."""
    alerts = [_alert(inert_facts(item), head) for item in items_of(message)]
    rendered = render(message, head)
    is_over = bool(alerts) and all(alert["status"] == "resolved" for alert in alerts)
    return {
        "version": "4",
        "groupKey": f'{{}}:{{fingerprint="{message.fingerprint}"}}',
        "truncatedAlerts": 0,
        "status": "resolved" if is_over else "firing",
        "receiver": message.channel,
        "groupLabels": {"fingerprint": message.fingerprint},
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": {"summary": rendered.title, "description": rendered.body},
        "externalURL": head.base_url,
        "alerts": alerts,
    }


def _alert(item: Mapping[str, Any], head: Letterhead) -> dict[str, Any]:
    facts, is_over = item["facts"], item["event"] == Event.RESOLVED
    labels = {"alertname": str(item["kind"]), "severity": str(item["severity"]), "plant": inert(head.plant)}
    labels |= {name: str(facts[name]) for name in _LABELS if facts.get(name)}
    labels["fingerprint"] = str(item["fingerprint"])
    figures = ("excess_per_hour", "cost_per_hour", "cost_total", "kg_co2e_per_hour", "currency", "unit")
    return {
        "status": "resolved" if is_over else "firing",
        "labels": labels,
        "annotations": {"summary": alert_title(item, head)}
        | {name: str(facts[name]) for name in figures if facts.get(name) is not None},
        "startsAt": item["since"],
        "endsAt": (item["gone_at"] or item["resolved_at"]) if is_over else NOT_ENDED,
        "generatorURL": alert_link(item, head),
        "fingerprint": item["fingerprint"],
    }


def _common(labels: list[dict[str, str]]) -> dict[str, str]:
    if not labels:
        return {}
    return {
        key: value for key, value in labels[0].items() if all(one.get(key) == value for one in labels[1:])
    }
