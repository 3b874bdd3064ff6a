"""The list of work: open alerts, and what was ordered about any alert lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from alerts.figures import Letterhead
from alerts.glance import sheet_of
from domain.alert import Alert
from domain.alert_facts import facts_of
from domain.ports import Clock, Ledger
from domain.work import WorkOrder, work_orders
from web.pages.work import WorkLine

#: work that was ordered before is no longer listed, whatever became of it; its alert's page still tells
KEPT = timedelta(days=400)


def work_list(
    ledger: Ledger, clock: Clock, head_of: Callable[[str], Letterhead]
) -> Callable[[str], Sequence[WorkLine]]:
    """Return language -> every line."""

    def lines(language: str) -> list[WorkLine]:
        now = clock.now()
        with ledger.begin() as tx:
            latest = {alert.fingerprint: alert for alert in tx.alerts() if alert.fired_at is not None}
            orders = work_orders(tx.changes(since=now - KEPT))
        head = head_of(language)
        found = []
        for alert in latest.values():
            order = orders.get((alert.fingerprint, alert.episode))
            if alert.is_open or order is not None:
                found.append(_line(alert, order, sheet_of(alert, head, now).title))
        return found

    return lines


def _line(alert: Alert, order: WorkOrder | None, title: str) -> WorkLine:
    facts = facts_of(alert)
    return WorkLine(
        alert.fingerprint, title, facts.process, facts.process_name or facts.process, alert.since,
        not alert.is_open, facts.cost_per_hour, facts.cost_total, alert.assigned_to, order,
    )  # fmt: skip
