"""Alerts as pages show them: in the words that messages have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from alerts.figures import Letterhead
from alerts.glance import glance
from domain.alert import Alert
from domain.ports import Clock, Ledger
from web.pages.alert import AlertWords
from web.pages.now import AlertLine

HeadOf = Callable[[str], Letterhead]  # language -> for whom it is written


class AlertReader:
    """Reads alerts for pages."""

    def __init__(self, ledger: Ledger, clock: Clock, head_of: HeadOf) -> None:
        self._ledger, self._clock, self._head_of = ledger, clock, head_of

    def read(self, fingerprint: str, language: str) -> AlertWords | None:
        """Return the latest episode of an alert in words; None where there is none."""
        with self._ledger.begin() as tx:
            found = [alert for alert in tx.alerts() if alert.fingerprint == fingerprint]
        if not found:
            return None
        shown = glance(found[0], self._head_of(language), self._clock.now())
        return AlertWords(found[0], shown.title, shown.body)

    def open(self, language: str) -> Sequence[AlertLine]:
        """Return the open alerts that were told, the dearest per hour first."""
        with self._ledger.begin() as tx:
            alerts = [alert for alert in tx.alerts(open_only=True) if alert.fired_at is not None]
        lines = [self._line(alert, language) for alert in alerts]
        return sorted(lines, key=lambda line: (-(line.cost_per_hour or 0.0), line.since, line.fingerprint))

    def _line(self, alert: Alert, language: str) -> AlertLine:
        cost = alert.facts.get("cost_per_hour")
        title = glance(alert, self._head_of(language), self._clock.now()).title
        return AlertLine(
            alert.fingerprint, title, str(alert.severity), alert.since,
            float(cost) if isinstance(cost, int | float) else None, alert.acknowledged_by, alert.assigned_to,
            snoozed_until(alert, self._clock.now()), str(alert.state),
        )  # fmt: skip


def snoozed_until(alert: Alert, now: datetime) -> datetime | None:
    """Return until when an alert is snoozed; None when it is not."""
    return alert.snoozed_until if alert.snoozed_until is not None and alert.snoozed_until > now else None
