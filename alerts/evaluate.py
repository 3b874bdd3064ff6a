"""Conditions -> alerts -> outbox, in one ledger transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from alerts.conditions import PLANT_SILENT, explanation, hotspot_figures, inhibited, troubles
from alerts.machine import RANK, Event, Rules, Transition, step
from alerts.outbox import ChannelRule, listeners, messages_for, told
from domain.alert import Alert, AlertKind, AlertState, Condition
from domain.ports import Ledger, LedgerTx

_log = structlog.get_logger(__name__)
_WHO = "alerts.evaluate"
_DONE = {Event.FIRING: "fired", Event.REPEAT: "repeated", Event.RESOLVED: "resolved"}


def evaluate(
    ledger: Ledger,
    conditions: Iterable[Condition],
    now: datetime,
    rules: Rules | None = None,
    channels: Sequence[ChannelRule] = (),
) -> list[Alert]:
    """Return the alerts that changed; their messages are in the outbox. All of it is kept, or nothing.

    Running it again with the same conditions and instant changes nothing and tells nothing.

    Args:
        conditions: everything that holds now, of every kind: what is absent is taken to be gone.
    Raises:
        LedgerError: the ledger is away; nothing is kept, the next evaluation decides afresh.
    """
    with ledger.begin() as tx:
        transitions = _decide(tx, conditions, now, rules or Rules())
        changed = _announce(tx, transitions, now, channels)
    for transition in changed:
        _log_told(transition)
    return [transition.alert for transition in changed]


def _decide(tx: LedgerTx, conditions: Iterable[Condition], now: datetime, rules: Rules) -> list[Transition]:
    given, open_alerts = list(conditions), tx.alerts(open_only=True)
    reasons = troubles(given, open_alerts)
    holding = _by_fingerprint(inhibited(given, reasons))
    latest = {alert.fingerprint: alert for alert in open_alerts}
    if holding.keys() - latest.keys():  # only then is the history of resolved alerts needed
        latest = {alert.fingerprint: alert for alert in tx.alerts() if _matters(alert, holding)}
    steps = [
        taken
        for name in dict.fromkeys([*latest, *holding])
        if name in holding or not _is_unheard(latest[name], reasons)
        if (taken := step(latest.get(name), holding.get(name), now, rules)) is not None
    ]
    steps = [taken for taken in steps if taken.event is None] if _is_burst(tx, steps, now, rules) else steps
    return _with_final_figures(tx, steps)


def _matters(alert: Alert, holding: Mapping[str, Condition]) -> bool:
    return alert.state is not AlertState.RESOLVED or alert.fingerprint in holding


def _is_unheard(alert: Alert, holding: Sequence[str]) -> bool:
    """Return whether a silence cannot be said to be over, because nothing can be heard just now.

    A meter that is back while most of the plant is silent was heard, though.
    """
    return explanation(alert, holding) not in (None, PLANT_SILENT)


def _by_fingerprint(conditions: Iterable[Condition]) -> dict[str, Condition]:
    """Return one condition per fingerprint; of two the more severe."""
    ordered = sorted(conditions, key=lambda item: RANK[item.severity])
    return {item.fingerprint: item for item in ordered}


def _is_burst(tx: LedgerTx, steps: Sequence[Transition], now: datetime, rules: Rules) -> bool:
    """Return whether what is to be told has to wait: much was told just now, so the rest goes as one.

    What waits is simply not decided yet: the alert stays as it is and the step is taken again later.
    """
    events = sum(taken.event is not None for taken in steps)
    if not events:
        return False
    earliest = now - timedelta(seconds=rules.group_wait_s)
    recent = sum(
        alert.notified_at is not None and earliest < alert.notified_at <= now for alert in tx.alerts()
    )
    return recent > 0 and recent + events > rules.burst


def _with_final_figures(tx: LedgerTx, steps: list[Transition]) -> list[Transition]:
    """Return the steps; an ended hotspot's alert gets the hotspot's last totals, for its resolved message."""
    ending = [
        taken.alert
        for taken in steps
        if taken.event is Event.RESOLVED and taken.alert.kind is AlertKind.HOTSPOT
    ]
    if not ending:
        return steps
    earliest = min(alert.since for alert in ending)
    figures = {spot.id: hotspot_figures(spot) for spot in tx.hotspots(since=earliest)}
    names = {alert.fingerprint for alert in ending}
    return [
        replace(
            taken, alert=replace(taken.alert, facts={**taken.alert.facts, **figures.get(taken.alert.key, {})})
        )
        if taken.alert.fingerprint in names
        else taken
        for taken in steps
    ]


def _announce(
    tx: LedgerTx, transitions: Sequence[Transition], now: datetime, channels: Sequence[ChannelRule]
) -> list[Transition]:
    after = [_remembered(taken, now, channels) for taken in transitions]
    for taken in after:
        tx.save_alert(taken.alert)
    pairs = [(before, taken) for before, taken in zip(transitions, after, strict=True) if taken.event]
    for _, taken in pairs:
        _audit(tx, taken, now)
    for channel in channels:
        heard = [pair for pair in pairs if channel in listeners(pair[0], channels)]
        for message in messages_for(channel, heard, now):
            tx.enqueue(message)
    return after


def _remembered(transition: Transition, now: datetime, channels: Sequence[ChannelRule]) -> Transition:
    if transition.event is None:
        return transition
    names = [channel.name for channel in listeners(transition, channels)]
    alert = replace(
        transition.alert,
        told=told(transition, names, now),
        notified_at=now if names else transition.alert.notified_at,
    )
    return replace(transition, alert=alert)


def _audit(tx: LedgerTx, transition: Transition, now: datetime) -> None:
    """Write down who decided what and why. Pending alerts are not: a flapping one would fill the trail."""
    alert = transition.alert
    tx.audit(
        at=now,
        who=_WHO,
        what=f"alert.{transition.event}",
        about=alert.fingerprint,
        why=transition.why,
        details={
            "kind": str(alert.kind),
            "key": alert.key,
            "episode": alert.episode,
            "severity": str(alert.severity),
            "channels": list(alert.told.get("channels", ())),
        },
    )


def _log_told(transition: Transition) -> None:
    if transition.event is not None:
        alert = transition.alert
        _log.info(
            f"alerts.alert_{_DONE[transition.event]}",
            fingerprint=alert.fingerprint,
            episode=alert.episode,
            kind=str(alert.kind),
            key=alert.key,
            severity=str(alert.severity),
            why=transition.why,
        )
