"""One alert as it stands, for whoever follows a message's link."""

from __future__ import annotations

from datetime import datetime

from alerts.alert_sheet import alert_sheet
from alerts.clean import inert_facts
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import Rendered, render
from alerts.outbox import alert_body
from alerts.sheet import Sheet
from domain.alert import Alert, AlertState, OutboxMessage


def glance(alert: Alert, head: Letterhead, now: datetime) -> Rendered:
    """Return an alert in words, as a message about it would say now; it is not sent to anybody."""
    return render(about(alert, now), head)


def sheet_of(alert: Alert, head: Letterhead, now: datetime) -> Sheet:
    """Return the parts of what a message about an alert would say now."""
    return alert_sheet(inert_facts(about(alert, now).body), head, now)


def about(alert: Alert, now: datetime) -> OutboxMessage:
    """Return the message that would be made about an alert now; it enters no outbox."""
    event = Event.RESOLVED if alert.state is AlertState.RESOLVED else Event.FIRING
    return OutboxMessage(
        dedup_key="",
        fingerprint=alert.fingerprint,
        episode=alert.episode,
        sequence=0,
        channel="",
        event=str(event),
        body=alert_body(alert, event, "", alert.reason),
        created_at=now,
        due_at=now,
    )
