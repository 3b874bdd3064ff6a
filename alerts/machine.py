"""The alert's state machine: pending -> firing -> resolved, each step with its reason. Pure.

A firing alert that cannot be judged stands at "no data" or "error" until it can be seen again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.conditions import INHIBITED_BY
from domain.alert import Alert, AlertKind, AlertState, Condition, Sight
from domain.alert_facts import facts_of
from domain.baseline import Severity

#: severities in rising order
RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Event(StrEnum):
    """What people are told about an alert."""

    FIRING = "firing"
    REPEAT = "repeat"
    RESOLVED = "resolved"


class Note(StrEnum):
    """Why an alert is told again."""

    WORSE = "worse"
    MORE_SEVERE = "more_severe"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    SNOOZE_OVER = "snooze_over"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who else is told of an alert that nobody has acknowledged."""

    after_s: float  # since it was first told
    roles: frozenset[str]
    min_severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient alerts are."""

    keep_s: float = 300.0  # a condition must be gone this long before its alert resolves (keep firing)
    repeat_s: float | None = 86_400.0  # a firing alert nobody acknowledged is told again; None = never
    worse_factor: float = 2.0  # ... and at once when its rate has grown this much since it was last told
    group_wait_s: float = 30.0  # after a burst, what comes next waits this long to be told as one message
    burst: int = 5  # told within group_wait_s before they count as a burst
    escalation: tuple[Escalation, ...] = ()  # by after_s


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert as it stands after a step, what is to be told, and why. `event` None: nothing to tell."""

    alert: Alert
    event: Event | None
    why: str
    note: Note | None = None
    withheld: str = ""  # why it is not told although there is something to tell


def step(alert: Alert | None, condition: Condition | None, now: datetime, rules: Rules) -> Transition | None:
    """Return where an alert goes now; None if nothing changes.

    Args:
        alert: the latest episode; None if there was none.
        condition: what holds now under the same fingerprint; None if it does not hold.
    """
    is_open = alert is not None and alert.state is not AlertState.RESOLVED
    if condition is not None and INHIBITED_BY in condition.facts:
        return _inhibit(alert, condition, now) if alert is not None and is_open else None
    if alert is None or not is_open:
        return None if condition is None else _begin(alert, condition, now)
    if alert.state is AlertState.PENDING:
        return _wait(alert, condition, now)
    return _release(alert, now, rules) if condition is None else _hold(alert, condition, now, rules)


def _begin(before: Alert | None, condition: Condition, now: datetime) -> Transition:
    """Start an episode. One that never fired is used again: nobody has heard of it."""
    alert = Alert(
        fingerprint=condition.fingerprint,
        episode=before.episode + (before.fired_at is not None) if before else 1,
        kind=condition.kind,
        key=condition.key,
        severity=condition.severity,
        state=AlertState.PENDING,
        since=condition.since,
        pending_at=now,
        fired_at=None,
        resolved_at=None,
        reason=f"holds; fires when it has held for {condition.hold_s:g} s",
        notified_at=None,
        facts=condition.facts,
        told={"n": int(before.told.get("n", 0))} if before else {},
    )
    return _wait(alert, condition, now) or Transition(alert, None, alert.reason)


def _wait(alert: Alert, condition: Condition | None, now: datetime) -> Transition | None:
    if condition is None:
        return _drop(alert, now, "went away before it fired")
    current = _updated(alert, condition)
    if current.pending_at > now:  # the clock was set back: a start in the future would never be reached
        current = replace(current, pending_at=now)
    if now - current.pending_at >= timedelta(seconds=condition.hold_s):
        why = f"has held for {condition.hold_s:g} s" if condition.hold_s > 0 else "holds"
        fired = replace(current, state=AlertState.FIRING, fired_at=now, reason=why)
        return Transition(fired, Event.FIRING, why)
    return None if current == alert else Transition(current, None, current.reason)


def _inhibit(alert: Alert, condition: Condition, now: datetime) -> Transition | None:
    why = f"inhibited: explained by {condition.facts[INHIBITED_BY]}"
    if alert.state is AlertState.PENDING:
        return _drop(alert, now, why)
    held = replace(alert, gone_at=None, reason=why, state=_SEEN_AS[condition.sight])
    return None if held == alert else Transition(held, None, why)


def _drop(alert: Alert, now: datetime, why: str) -> Transition:
    dropped = replace(alert, state=AlertState.RESOLVED, resolved_at=now, gone_at=now, reason=why)
    return Transition(dropped, None, why)


def _release(alert: Alert, now: datetime, rules: Rules) -> Transition | None:
    gone_at = now if alert.gone_at is None or alert.gone_at > now else alert.gone_at
    if now - gone_at >= timedelta(seconds=rules.keep_s):
        why = f"has been gone for {rules.keep_s:g} s"
        resolved = replace(alert, state=AlertState.RESOLVED, resolved_at=now, gone_at=gone_at, reason=why)
        was_told = "severity" in alert.told
        return Transition(resolved, Event.RESOLVED if was_told else None, why)
    if alert.gone_at == gone_at:
        return None
    why = f"gone; resolves when it has been gone for {rules.keep_s:g} s"
    return Transition(replace(alert, gone_at=gone_at, reason=why), None, why)


def unheard(alert: Alert, trouble: str) -> Transition | None:
    """Return where a firing alert goes that nothing is known of; None if it stands there already.

    Args:
        trouble: why: the key of an infrastructure trouble.
    """
    state = AlertState.ERROR if trouble.partition(" ")[0] == "store" else AlertState.NO_DATA
    if not alert.is_active or alert.state is state:
        return None
    why = f"unknown while there is trouble with {trouble}"
    return Transition(replace(alert, state=state, gone_at=None, reason=why), None, why)


def _hold(alert: Alert, condition: Condition, now: datetime, rules: Rules) -> Transition | None:
    state = _SEEN_AS[condition.sight]
    current = replace(_updated(alert, condition), gone_at=None, state=state)
    if state is not alert.state:
        current = replace(current, reason=_SEEN_WHY[state])
    elif alert.gone_at is not None:
        current = replace(current, reason="came back before it was resolved")
    is_back = alert.snoozed_until is not None and alert.snoozed_until <= now
    if is_back:
        current = replace(current, snoozed_until=None, snoozed_by="")
    if "severity" not in alert.told:  # something kept it from being told when it fired
        return Transition(current, Event.FIRING, current.reason)
    note, why = _reason_to_repeat(current, now, rules, is_back=is_back)
    if note is not None:
        return Transition(replace(current, reason=why), Event.REPEAT, why, note)
    return None if current == alert else Transition(current, None, current.reason)


_SEEN_AS = {
    Sight.SEEN: AlertState.FIRING,
    Sight.NO_DATA: AlertState.NO_DATA,
    Sight.ERROR: AlertState.ERROR,
}
_SEEN_WHY = {
    AlertState.FIRING: "can be judged again, and still holds",
    AlertState.NO_DATA: "its meters are silent: whether it still holds is unknown",
    AlertState.ERROR: "cannot be evaluated: whether it still holds is unknown",
}


def _updated(alert: Alert, condition: Condition) -> Alert:
    """Return the alert with the condition's facts; a severity only rises within an episode."""
    severity = max(alert.severity, condition.severity, key=RANK.__getitem__)
    since = condition.since if alert.kind is AlertKind.HOTSPOT else min(alert.since, condition.since)
    return replace(alert, severity=severity, since=since, facts=condition.facts)


Reason = tuple[Note, str]


def _reason_to_repeat(
    alert: Alert, now: datetime, rules: Rules, *, is_back: bool = False
) -> tuple[Note | None, str]:
    """Return why an alert is told again, the gravest reason first; no reason while it cannot be seen."""
    found = _more_severe(alert)
    if alert.snoozed_until is not None:
        found = found if alert.severity is Severity.CRITICAL else None
    else:
        found = found or _worse(alert, rules)
        if found is None and is_back:
            found = Note.SNOOZE_OVER, "the snooze is over, and it still holds"
        found = found or _escalated(alert, now, rules) or _reminder(alert, now, rules)
    return found if found is not None and alert.state is AlertState.FIRING else (None, alert.reason)


def _more_severe(alert: Alert) -> Reason | None:
    before = alert.told.get("severity")
    if before is None or RANK[alert.severity] <= RANK[Severity(before)]:
        return None
    return Note.MORE_SEVERE, f"{before} has become {alert.severity}"


def _worse(alert: Alert, rules: Rules) -> Reason | None:
    rate, before = rate_per_hour(alert), alert.told.get("per_hour")
    if not rate or not before or rate < rules.worse_factor * before:
        return None
    return Note.WORSE, f"the rate is {rate / before:.1f} times what was told"


def _escalated(alert: Alert, now: datetime, rules: Rules) -> Reason | None:
    due = escalation_due(alert, now, rules)
    return None if due is None else (Note.ESCALATED, f"not acknowledged for {due.after_s:g} s")


def _reminder(alert: Alert, now: datetime, rules: Rules) -> Reason | None:
    if not _is_reminder_due(alert, now, rules):
        return None
    return Note.REMINDER, f"not acknowledged for {rules.repeat_s:g} s"


def escalation_due(alert: Alert, now: datetime, rules: Rules) -> Escalation | None:
    """Return the next step of the escalation if its time has come; None if not, or if there is none."""
    first, level = alert.told.get("first_at"), int(alert.told.get("level", 0))
    if alert.acknowledged_at is not None or first is None or level >= len(rules.escalation):
        return None
    due = rules.escalation[level]
    if RANK[alert.severity] < RANK[due.min_severity]:
        return None
    is_time = now - datetime.fromisoformat(first) >= timedelta(seconds=due.after_s)
    return due if is_time else None


def _is_reminder_due(alert: Alert, now: datetime, rules: Rules) -> bool:
    if rules.repeat_s is None or alert.acknowledged_at is not None or alert.notified_at is None:
        return False
    return now - alert.notified_at >= timedelta(seconds=rules.repeat_s)


def rate_per_hour(alert: Alert) -> float | None:
    """Return the size of the alert's excess per hour, either direction; None where there is none."""
    rate = facts_of(alert).excess_per_hour
    return None if rate is None else abs(rate)
