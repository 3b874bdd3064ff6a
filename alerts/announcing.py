"""Steps of alerts -> history, audit trail and messages: who is told what now, and what is kept for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts.history import history_of
from alerts.machine import Event, Note, Transition, escalation_due
from alerts.outbox import ChannelRule, item_for, told
from alerts.policy import Policy
from alerts.speaking import speak
from alerts.stages.hold import Hold, labels_of
from alerts.stages.quiet import quiet
from alerts.stages.routed import by_shift, heard_by, off_shift, receivers, roles_for
from domain.alert import Alert
from domain.ports import LedgerTx

WHO = "alerts.evaluate"
#: channel's name -> what keeps the message back; absent = that channel is not told
Reach = dict[str, Hold | None]


def announce(
    tx: LedgerTx,
    steps: Sequence[tuple[Alert | None, Transition]],
    now: datetime,
    channels: Sequence[ChannelRule],
    policy: Policy,
) -> list[Transition]:
    """Return the steps as they are kept: alerts, history, audit trail, outbox and held notices."""
    reached = [reach_of(taken, channels, policy, now) for _, taken in steps]
    after = [_remembered(taken, reach, now) for (_, taken), reach in zip(steps, reached, strict=True)]
    for (before, _), taken in zip(steps, after, strict=True):
        tx.save_alert(taken.alert)
        for change in history_of(before, taken, now, WHO):
            tx.add_change(change)
        if taken.event:
            _audit(tx, taken, now)
    told_now = [
        (taken, later, reach)
        for (_, taken), later, reach in zip(steps, after, reached, strict=True)
        if taken.event
    ]
    held = tx.held()
    for channel in channels:
        fresh = [
            (item_for(channel, taken, later), reach[channel.name])
            for taken, later, reach in told_now
            if channel.name in reach
        ]
        speak(tx, channel, fresh, held, now)
    return after


def reach_of(taken: Transition, channels: Sequence[ChannelRule], policy: Policy, now: datetime) -> Reach:
    """Return who is told of a step, and for each what keeps it back."""
    alert, shifts = taken.alert, policy.shifts
    if taken.event is None:
        return {}
    if taken.event is Event.RESOLVED:
        reach: Reach = {one.name: off_shift(one, shifts, now) for one in heard_by(alert, channels)}
    else:
        reach = by_shift(_addressed(taken, channels, policy, now), alert.severity, shifts, now)
    hours = {one.name: one.quiet for one in channels}
    return {
        name: hold or quiet(alert.severity, hours[name], shifts.zone, now) for name, hold in reach.items()
    }


def _addressed(
    taken: Transition, channels: Sequence[ChannelRule], policy: Policy, now: datetime
) -> list[ChannelRule]:
    """Return whom a beginning or a repetition is for, whether they are on shift or not."""
    alert = taken.alert
    if taken.note is Note.ESCALATED:
        due = escalation_due(alert, now, policy.rules)
        return [one for one in channels if due is not None and one.roles & due.roles]
    found = receivers(alert.severity, roles_for(labels_of(alert), policy.routes), channels)
    if taken.event is Event.REPEAT:
        found += [one for one in heard_by(alert, channels) if one not in found]
    return [one for one in channels if one in found]


def _remembered(taken: Transition, reach: Reach, now: datetime) -> Transition:
    if taken.event is None:
        return taken
    alert = replace(
        taken.alert,
        told=told(taken, reach, now),
        notified_at=now if reach else taken.alert.notified_at,
    )
    return replace(taken, alert=alert)


def _audit(tx: LedgerTx, taken: Transition, now: datetime) -> None:
    """Write down who decided what and why. Pending alerts are not: a flapping one would fill the trail."""
    alert = taken.alert
    tx.audit(
        at=now,
        who=WHO,
        what=f"alert.{taken.event}",
        about=alert.fingerprint,
        why=taken.why,
        details={
            "kind": str(alert.kind),
            "key": alert.key,
            "episode": alert.episode,
            "severity": str(alert.severity),
            "channels": list(alert.told.get("channels", ())),
        },
    )
