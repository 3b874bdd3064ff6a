"""A message that shows whether a channel works, and looks like a real one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alerts.machine import Event
from domain.alert import AlertKind, OutboxMessage
from domain.baseline import Severity
from domain.hotspot import Cause, HotspotKind

TRIAL = "TEST"


def trial_message(channel: str, plant: str, currency: str, now: datetime) -> OutboxMessage:
    """Return a message about an invented leak whose place is called TEST; it enters no outbox."""
    since = now - timedelta(hours=2)
    key = f"test/1/firing/{channel}/{int(now.timestamp())}"
    facts: dict[str, Any] = {
        "process": TRIAL.lower(), "process_name": f"{TRIAL} · {plant}", "resource": "water",
        "resource_name": "Water", "resource_kind": "water", "path": [], "meters": [], "hotspot": "test",
        "hotspot_kind": str(HotspotKind.DRIFT), "detector": "test", "detected_at": since.isoformat(),
        "since": since.isoformat(), "judged_until": now.isoformat(), "ended_at": None, "unit": "m3",
        "currency": currency, "excess_per_hour": 1.0, "expected_per_hour": 2.0, "pct": 50.0,
        "excess_total": 2.0, "cost_per_hour": None, "cost_total": None, "kg_co2e_per_hour": None,
        "kg_co2e_total": None, "cause": str(Cause.UNKNOWN), "confidence": 0.0, "evidence": {},
    }  # fmt: skip
    body: dict[str, Any] = {
        "event": str(Event.FIRING), "note": "", "dedup_key": key, "n": 1, "fingerprint": "0" * 16,
        "episode": 1, "kind": str(AlertKind.HOTSPOT), "key": "test", "severity": str(Severity.INFO),
        "state": "firing",
        "reason": "test", "since": since.isoformat(), "fired_at": now.isoformat(), "gone_at": None,
        "resolved_at": None, "facts": facts,
    }  # fmt: skip
    return OutboxMessage(key, "0" * 16, 1, 1, channel, str(Event.FIRING), body, now, now)
