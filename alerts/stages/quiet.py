"""Quiet hours: what is not critical waits until they are over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.shifts import span
from alerts.stages.hold import Hold
from domain.baseline import Severity

Hours = tuple[time, time]


def quiet(severity: Severity, hours: Hours | None, zone: ZoneInfo, now: datetime) -> Hold | None:
    """Return until when a message waits; None when it may go now.

    Args:
        hours: local times, half-open, over midnight where the end is at or before the start.
    """
    if hours is None or severity is Severity.CRITICAL:
        return None
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        start, end = span(day, *hours, zone)
        if start <= now < end:
            return Hold("quiet hours", end)
    return None
