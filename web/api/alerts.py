"""Alerts: the list by money per hour, and acknowledging one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Protocol

import msgspec

from domain.alert import Alert
from domain.user import Action
from web.api.endpoint import PAGING, Call, Endpoint, Listing, cut
from web.api.parameters import Parameter
from web.errors import Refusal

FINGERPRINT = Parameter("fingerprint", str, "The alert's name: 16 hexadecimal digits.", in_path=True)


class ListAlerts(Protocol):
    """Returns the latest episode of every alert that was told."""

    def __call__(self, *, open_only: bool) -> list[Alert]: ...


#: fingerprint, who, why -> the alert; None where there is none
Acknowledge = Callable[[str, str, str], Alert | None]


class AlertRow(msgspec.Struct, frozen=True):
    """An alert. Unknown figures are null."""

    fingerprint: str
    episode: int
    kind: str
    key: str
    severity: str
    state: str
    since: datetime
    fired_at: datetime | None
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    process: str | None
    resource: str | None
    unit: str | None
    excess_per_hour: float | None  # [unit per hour]
    cost_per_hour: float | None  # [currency per hour]
    cost_total: float | None  # [currency]
    currency: str | None
    kg_co2e_per_hour: float | None


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes with an action."""

    why: Annotated[str, msgspec.Meta(max_length=1000)] = ""


def alert_endpoints(alerts: ListAlerts, acknowledge: Acknowledge) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(call: Call) -> Listing[AlertRow]:
        rows = [alert_row(alert) for alert in alerts(open_only=not call.parameters["all"])]
        rows.sort(key=lambda row: (-(row.cost_per_hour or 0.0), row.since, row.fingerprint))
        return cut(rows, lambda row: row.fingerprint, call)

    def take(call: Call) -> AlertRow:
        name = call.parameters["fingerprint"]
        alert = acknowledge(name, call.visit.user.name, call.body.why)
        if alert is None:
            raise Refusal(404, f"there is no alert {name[:40]}")
        return alert_row(alert)

    everything = Parameter("all", bool, "Resolved ones too.", default=False)
    return (
        Endpoint(
            "/alerts", show, Action.SEE, "Alerts, the dearest per hour first.", Listing[AlertRow],
            parameters=(everything, *PAGING), item=AlertRow,
        ),
        Endpoint(
            "/alerts/{fingerprint}/acknowledge", take, Action.ACKNOWLEDGE, "Acknowledge an alert.", AlertRow,
            method="POST", parameters=(FINGERPRINT,), takes=Note,
        ),
    )  # fmt: skip


def alert_row(alert: Alert) -> AlertRow:
    """Return an alert as the API shows it."""

    def number(name: str) -> float | None:
        value: Any = alert.facts.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def text(name: str) -> str | None:
        value: Any = alert.facts.get(name)
        return value if isinstance(value, str) and value else None

    return AlertRow(
        alert.fingerprint, alert.episode, str(alert.kind), alert.key, str(alert.severity), str(alert.state),
        alert.since, alert.fired_at, alert.resolved_at, alert.acknowledged_at, alert.acknowledged_by,
        text("process"), text("resource"), text("unit"), number("excess_per_hour"), number("cost_per_hour"),
        number("cost_total"), text("currency"), number("kg_co2e_per_hour"),
    )  # fmt: skip
