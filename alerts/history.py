"""What a step leaves in the alert's history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from alerts.machine import RANK, Note, Transition
from domain.alert import Alert, AlertState
from domain.alert_change import AlertChange, Change

_STATES = {
    AlertState.FIRING: Change.FIRING,
    AlertState.NO_DATA: Change.NO_DATA,
    AlertState.ERROR: Change.ERROR,
    AlertState.RESOLVED: Change.RESOLVED,
}


def history_of(before: Alert | None, taken: Transition, now: datetime, who: str) -> Iterator[AlertChange]:
    """Yield the changes of one step, in order.

    What waits is written down when it fires, with the instant at which it began to wait: one that goes
    away unheard, again and again, must not fill the history. Its last wait stands in the alert's own row.
    """
    after = taken.alert
    if after.fired_at is None:
        return
    known = before if before is not None and before.episode == after.episode and before.fired_at else None
    if known is None and after.pending_at < after.fired_at:
        yield _change(after, after.pending_at, who, Change.PENDING, ("", AlertState.PENDING), "holds")
    came_from = "" if known is None else str(known.state)
    if known is None or known.state is not after.state:
        yield _change(after, now, who, _STATES[after.state], (came_from, after.state), after.reason)
    if known is not None and RANK[after.severity] > RANK[known.severity]:
        why = f"{known.severity} has become {after.severity}"
        yield _change(after, now, who, Change.MORE_SEVERE, (came_from, after.state), why)
    if known is not None and known.snoozed_until is not None and after.snoozed_until is None:
        yield _change(after, now, who, Change.UNSNOOZED, (came_from, after.state), "the snooze is over")
    yield from _said(known, taken, now, who)


def _said(known: Alert | None, taken: Transition, now: datetime, who: str) -> Iterator[AlertChange]:
    after, state = taken.alert, taken.alert.state
    if taken.event is not None:
        change = Change.ESCALATED if taken.note is Note.ESCALATED else Change.TOLD
        details = {
            "event": str(taken.event),
            "note": str(taken.note or ""),
            "channels": list(after.told.get("channels", ())),
        }
        yield _change(after, now, who, change, (state, state), taken.why, details)
    was_known = known is not None and known.told.get("withheld") == taken.withheld
    if taken.withheld and not was_known:
        yield _change(after, now, who, Change.WITHHELD, (state, state), taken.withheld)


def _change(
    alert: Alert,
    at: datetime,
    who: str,
    change: Change,
    states: tuple[str, str],
    why: str,
    details: Mapping[str, object] | None = None,
) -> AlertChange:
    before, after = (str(state) for state in states)
    return AlertChange(alert.fingerprint, alert.episode, at, who, change, before, after, why, details or {})
