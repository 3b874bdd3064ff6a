"""The alert's state machine: pending -> firing -> resolved, each step with its reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.conditions import INHIBITED_BY
from domain.alert import Alert, AlertKind, AlertState, Condition
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


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient alerts are."""

    keep_s: float = 300.0  # a condition must be gone this long before its alert resolves (keep firing)
    repeat_s: float | None = 86_400.0  # a firing alert nobody acknowledged is told again; None = never
    worse_factor: float = 2.0  # ... and at once when its rate has grown this much since it was last told
    group_wait_s: float = 30.0  # after a burst, what comes next waits this long to be told as one message
    burst: int = 5  # told within group_wait_s before they count as a burst


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert as it stands after a step, what is to be told, and why. `event` None: nothing to tell."""

    alert: Alert
    event: Event | None
    why: str
    note: Note | None = None


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
    held = replace(alert, gone_at=None, reason=why)
    return None if held == alert else Transition(held, None, why)


def _drop(alert: Alert, now: datetime, why: str) -> Transition:
    dropped = replace(alert, state=AlertState.RESOLVED, resolved_at=now, gone_at=now, reason=why)
    return Transition(dropped, None, why)


def _release(alert: Alert, now: datetime, rules: Rules) -> Transition | None:
    gone_at = now if alert.gone_at is None or alert.gone_at > now else alert.gone_at
    if now - gone_at >= timedelta(seconds=rules.keep_s):
        why = f"has been gone for {rules.keep_s:g} s"
        resolved = replace(alert, state=AlertState.RESOLVED, resolved_at=now, gone_at=gone_at, reason=why)
        return Transition(resolved, Event.RESOLVED, why)
    if alert.gone_at == gone_at:
        return None
    why = f"gone; resolves when it has been gone for {rules.keep_s:g} s"
    return Transition(replace(alert, gone_at=gone_at, reason=why), None, why)


def _hold(alert: Alert, condition: Condition, now: datetime, rules: Rules) -> Transition | None:
    current = replace(_updated(alert, condition), gone_at=None)
    note, why = _reason_to_repeat(current, now, rules)
    if note is not None:
        return Transition(replace(current, reason=why), Event.REPEAT, why, note)
    if alert.gone_at is not None:
        current = replace(current, reason="came back before it was resolved")
    return None if current == alert else Transition(current, None, current.reason)


def _updated(alert: Alert, condition: Condition) -> Alert:
    """Return the alert with the condition's facts; a severity only rises within an episode."""
    severity = max(alert.severity, condition.severity, key=RANK.__getitem__)
    since = condition.since if alert.kind is AlertKind.HOTSPOT else min(alert.since, condition.since)
    return replace(alert, severity=severity, since=since, facts=condition.facts)


def _reason_to_repeat(alert: Alert, now: datetime, rules: Rules) -> tuple[Note | None, str]:
    told_severity, told_rate = alert.told.get("severity"), alert.told.get("per_hour")
    if told_severity is not None and RANK[alert.severity] > RANK[Severity(told_severity)]:
        return Note.MORE_SEVERE, f"{told_severity} has become {alert.severity}"
    rate = rate_per_hour(alert)
    if rate and told_rate and rate >= rules.worse_factor * told_rate:
        return Note.WORSE, f"the rate is {rate / told_rate:.1f} times what was told"
    if _is_reminder_due(alert, now, rules):
        return Note.REMINDER, f"not acknowledged for {rules.repeat_s:g} s"
    return None, alert.reason


def _is_reminder_due(alert: Alert, now: datetime, rules: Rules) -> bool:
    if rules.repeat_s is None or alert.acknowledged_at is not None or alert.notified_at is None:
        return False
    return now - alert.notified_at >= timedelta(seconds=rules.repeat_s)


def rate_per_hour(alert: Alert) -> float | None:
    """Return the size of the alert's excess per hour, either direction; None where there is none."""
    rate = alert.facts.get("excess_per_hour")
    return abs(float(rate)) if isinstance(rate, int | float) else None
