"""Alerts: the list by money per hour, and everything that can be done about one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec

from domain.alert import Alert
from domain.alert_facts import facts_of
from domain.feedback import Verdict
from domain.user import Action
from web.api.endpoint import PAGING, Call, Endpoint, Listing, cut
from web.api.parameters import Parameter
from web.errors import Refusal
from web.pages.alert import AlertDeeds

FINGERPRINT = Parameter("fingerprint", str, "The alert's name: 16 hexadecimal digits.", in_path=True)


class ListAlerts(Protocol):
    """Returns the latest episode of every alert that was told."""

    def __call__(self, *, open_only: bool) -> list[Alert]: ...


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


class Snooze(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when an alert is quiet; until the end of the shift where nothing is said."""

    until: datetime | None = None
    why: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose an alert is; "" = nobody's again."""

    to: Annotated[str, msgspec.Meta(max_length=32)]


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word for the history."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an alert turned out to be."""

    verdict: Literal["confirmed", "fixed", "normal_change", "meter_fault", "false_alarm"]
    why: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Work that is to be done."""

    what: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    due: date | None = None  # the plant's local day


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found and done."""

    outcome: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Taking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose work it was so far; somebody else's is taken only where they are named."""

    instead_of: Annotated[str, msgspec.Meta(max_length=32)] = ""


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes with an action."""

    why: Annotated[str, msgspec.Meta(max_length=1000)] = ""


def alert_endpoints(alerts: ListAlerts, deeds: AlertDeeds) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(call: Call) -> Listing[AlertRow]:
        rows = [alert_row(alert) for alert in alerts(open_only=not call.parameters["all"])]
        rows.sort(key=lambda row: (-(row.cost_per_hour or 0.0), row.since, row.fingerprint))
        return cut(rows, lambda row: row.fingerprint, call)

    everything = Parameter("all", bool, "Resolved ones too.", default=False)
    return (
        Endpoint(
            "/alerts", show, Action.SEE, "Alerts, the dearest per hour first.", Listing[AlertRow],
            parameters=(everything, *PAGING), item=AlertRow,
        ),
        _deed("acknowledge", Action.ACKNOWLEDGE, "Acknowledge an alert.", Note,
              lambda name, who, said: deeds.acknowledge(name, who, said.why)),
        _deed("unacknowledge", Action.ACKNOWLEDGE, "Take an acknowledgement back.", Note,
              lambda name, who, said: deeds.unacknowledge(name, who, said.why)),
        _deed("snooze", Action.SNOOZE, "Keep an alert quiet for a while, seven days at most.", Snooze,
              lambda name, who, said: deeds.snooze(name, who, said.why, _aware(said.until))),
        _deed("unsnooze", Action.SNOOZE, "End a snooze.", Note,
              lambda name, who, said: deeds.unsnooze(name, who, said.why)),
        _deed("assign", Action.ASSIGN, "Say whose an alert is.", Assignment,
              lambda name, who, said: deeds.assign(name, said.to, who)),
        _deed("comment", Action.COMMENT, "Write into an alert's history.", Comment,
              lambda name, who, said: deeds.comment(name, who, said.text)),
        _deed("resolve", Action.RESOLVE, "Say what an alert turned out to be.", Resolution,
              lambda name, who, said: deeds.judge(name, Verdict(said.verdict), who, said.why)),
        _deed("order", Action.ORDER_WORK, "Order work about an alert.", Order,
              lambda name, who, said: deeds.order_work(name, said.what, said.due, who)),
        _deed("take", Action.WORK, "Do the work that was ordered.", Taking,
              lambda name, who, said: deeds.take_work(name, who, said.instead_of)),
        _deed("done", Action.WORK, "Say that the work is done.", Outcome,
              lambda name, who, said: deeds.finish_work(name, said.outcome, who)),
    )  # fmt: skip


def _deed(
    name: str, right: Action, summary: str, takes: type[msgspec.Struct],
    deed: Callable[[str, str, Any], Alert | None],
) -> Endpoint:  # fmt: skip
    """Return the row of a deed: fingerprint, who and what was sent go in."""

    def do(call: Call) -> AlertRow:
        fingerprint = call.parameters["fingerprint"]
        alert = deed(fingerprint, call.visit.user.name, call.body)
        if alert is None:
            raise Refusal(404, f"there is no alert {fingerprint[:40]}")
        return alert_row(alert)

    path = "/alerts/{fingerprint}/" + name
    return Endpoint(path, do, right, summary, AlertRow, method="POST", parameters=(FINGERPRINT,), takes=takes)


def _aware(at: datetime | None) -> datetime | None:
    """Return an instant; UTC where it does not say."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def alert_row(alert: Alert) -> AlertRow:
    """Return an alert as the API shows it."""
    facts = facts_of(alert)
    return AlertRow(
        alert.fingerprint, alert.episode, str(alert.kind), alert.key, str(alert.severity), str(alert.state),
        alert.since, alert.fired_at, alert.resolved_at, alert.acknowledged_at, alert.acknowledged_by,
        facts.process or None, facts.resource or None, facts.unit or None, facts.excess_per_hour,
        facts.cost_per_hour, facts.cost_total, facts.currency or None, facts.kg_co2e_per_hour,
    )  # fmt: skip
