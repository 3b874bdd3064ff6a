"""Silences and maintenance windows: the alert is kept and shown, nobody is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alerts.stages.hold import Hold, labels_of
from domain.alert import Alert
from domain.silence import Silence


def silenced(alert: Alert, silences: Iterable[Silence], now: datetime) -> Hold | None:
    """Return why an alert is silent just now, by the silence that ends last; None when none matches."""
    labels = labels_of(alert)
    found = [one for one in silences if one.holds(now) and one.matches(labels)]
    if not found:
        return None
    last = max(found, key=lambda one: (one.ends_at, one.id))
    name = f"{last.kind.value} {last.id}" if last.id else last.kind.value
    return Hold(f"{name} of {last.who}: {last.comment}", last.ends_at)
