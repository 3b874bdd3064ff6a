"""Conditions -> alerts -> outbox, in one ledger transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from alerts.announcing import announce
from alerts.conditions import (
    PLANT_SILENT,
    PLANT_STILL,
    PLANT_WIDE,
    explanation,
    hotspot_figures,
    infrastructure_condition,
    troubles,
)
from alerts.machine import RANK, Event, Rules, Transition, step, unheard
from alerts.outbox import ChannelRule
from alerts.policy import Policy, planned
from alerts.stages.explained import with_explanations
from alerts.stages.hold import Hold, group_of
from alerts.stages.plant_wide import with_plant_wide
from alerts.stages.repeated import duplicate, echo, nuisance
from alerts.stages.sight import with_sight
from alerts.stages.silenced import silenced
from domain.alert import Alert, AlertKind, AlertState, Condition
from domain.ports import Ledger, LedgerTx
from domain.silence import Silence

_log = structlog.get_logger(__name__)
_DONE = {Event.FIRING: "fired", Event.REPEAT: "repeated", Event.RESOLVED: "resolved"}

#: fingerprints of the alerts that the whole plant uses more, or less, and that it stood still
PLANT_WIDE_NAMES = tuple(
    infrastructure_condition(key, datetime.min.replace(tzinfo=UTC), {}).fingerprint
    for key in (PLANT_WIDE, PLANT_STILL)
)
#: what a disturbance left behind, or an alert that is over, may stay open for so long
REMEMBERED = timedelta(days=30)
#: where an alert stood (None: it is new), and the step it takes
Step = tuple[Alert | None, Transition]


def evaluate(
    ledger: Ledger,
    conditions: Iterable[Condition],
    now: datetime,
    rules: Rules | None = None,
    channels: Sequence[ChannelRule] = (),
    policy: Policy | None = None,
) -> list[Alert]:
    """Return the alerts that changed; their messages are in the outbox. All of it is kept, or nothing.

    Running it again with the same conditions and instant changes nothing and tells nothing.

    Args:
        conditions: everything that holds now, of every kind: what is absent is taken to be gone.
        rules: of the state machine; instead of the policy's.
        policy: how the plant wants its alerts.
    Raises:
        LedgerError: the ledger is away; nothing is kept, the next evaluation decides afresh.
    """
    policy = policy or Policy()
    if rules is not None:
        policy = replace(policy, rules=rules)
    with ledger.begin() as tx:
        steps = _decide(tx, conditions, now, policy)
        changed = announce(tx, steps, now, channels, policy)
    for transition in changed:
        _log_told(transition)
    return [transition.alert for transition in changed]


def _decide(tx: LedgerTx, conditions: Iterable[Condition], now: datetime, policy: Policy) -> list[Step]:
    open_alerts = tx.alerts(open_only=True)
    past = [
        alert
        for name in PLANT_WIDE_NAMES
        for alert in tx.alert_episodes(fingerprint=name, since=now - REMEMBERED)
    ]
    given = with_plant_wide(conditions, len(policy.meters), policy.plant_wide, past, now)
    reasons = troubles(given, open_alerts)
    given = with_sight(with_explanations(given, reasons, policy.before, policy.mains), reasons, policy.meters)
    holding = _by_fingerprint(given)
    latest = {alert.fingerprint: alert for alert in open_alerts}
    if holding.keys() - latest.keys():  # only then is the history of resolved alerts needed
        latest = {
            alert.fingerprint: alert for alert in tx.alerts() if alert.is_open or _is_in(alert, holding)
        }
    steps = [
        (latest.get(name), taken)
        for name in dict.fromkeys([*latest, *holding])
        if (taken := _step(latest.get(name), holding.get(name), reasons, now, policy.rules)) is not None
    ]
    if _is_burst(tx, steps, now, policy.rules):
        steps = [(before, taken) for before, taken in steps if taken.event is None]
    return _with_final_figures(tx, _kept_back(tx, steps, open_alerts, now, policy))


def _is_in(alert: Alert, holding: Mapping[str, Condition]) -> bool:
    return alert.fingerprint in holding


def _step(
    alert: Alert | None, condition: Condition | None, reasons: Sequence[str], now: datetime, rules: Rules
) -> Transition | None:
    """Return the step of one alert; a silence cannot be said to be over while nothing can be heard.

    A meter that is back while most of the plant is silent was heard, though.
    """
    if alert is not None and condition is None:
        trouble = explanation(alert, reasons)
        if trouble not in {None, PLANT_SILENT}:
            return unheard(alert, str(trouble)) if alert.state is not AlertState.PENDING else None
    return step(alert, condition, now, rules)


def _by_fingerprint(conditions: Iterable[Condition]) -> dict[str, Condition]:
    """Return one condition per fingerprint; of two the more severe."""
    ordered = sorted(conditions, key=lambda item: RANK[item.severity])
    return {item.fingerprint: item for item in ordered}


def _is_burst(tx: LedgerTx, steps: Sequence[Step], now: datetime, rules: Rules) -> bool:
    """Return whether what is to be told has to wait: much was told just now, so the rest goes as one.

    What waits is simply not decided yet: the alert stays as it is and the step is taken again later.
    """
    events = sum(taken.event is not None for _, taken in steps)
    if not events:
        return False
    earliest = now - timedelta(seconds=rules.group_wait_s)
    recent = sum(
        alert.notified_at is not None and earliest < alert.notified_at <= now for alert in tx.alerts()
    )
    return recent > 0 and recent + events > rules.burst


def _kept_back(
    tx: LedgerTx, steps: Sequence[Step], open_alerts: Sequence[Alert], now: datetime, policy: Policy
) -> list[Step]:
    """Return the steps; what a silence or a nuisance group keeps from being told has no event any more."""
    if not any(taken.event in {Event.FIRING, Event.REPEAT} for _, taken in steps):
        return list(steps)
    silences = [*tx.silences(since=now), *planned(policy.maintenance, policy.shifts.zone, now)]
    past: dict[str, list[Alert]] = {}
    for one in tx.alert_episodes(since=now - REMEMBERED):
        if not one.is_open:
            past.setdefault(group_of(one), []).append(one)
    kept: list[Step] = []
    for before, taken in steps:
        hold = _hold(taken, silences, open_alerts, past.get(group_of(taken.alert), ()), now, policy)
        kept.append((before, taken if hold is None else _withheld(taken, hold)))
    return [(before, taken) for before, taken in kept if taken.event or taken.alert != before]


def _hold(
    taken: Transition,
    silences: Sequence[Silence],
    open_alerts: Sequence[Alert],
    past: Sequence[Alert],
    now: datetime,
    policy: Policy,
) -> Hold | None:
    """Return why a step is not told; an end is always told to those who heard the beginning.

    Args:
        past: the ended episodes of its group.
    """
    if taken.event not in {Event.FIRING, Event.REPEAT}:
        return None
    hold = silenced(taken.alert, silences, now)
    if hold is not None or taken.event is Event.REPEAT:
        return hold
    factor = policy.rules.worse_factor
    same = duplicate(taken.alert, open_alerts, factor) or echo(taken.alert, past, factor)
    if same is not None and (same.until is None or now < same.until):
        return same
    return nuisance(taken.alert, past, now, policy.nuisance)


def _withheld(taken: Transition, hold: Hold) -> Transition:
    alert = replace(taken.alert, told={**taken.alert.told, "withheld": hold.why})
    return replace(taken, alert=alert, event=None, note=None, withheld=hold.why)


def _with_final_figures(tx: LedgerTx, steps: Sequence[Step]) -> list[Step]:
    """Return the steps; an ended hotspot's alert gets the hotspot's last totals, for its resolved message."""
    ending = [
        taken.alert
        for _, taken in steps
        if taken.event is Event.RESOLVED and taken.alert.kind is AlertKind.HOTSPOT
    ]
    if not ending:
        return list(steps)
    earliest = min(alert.since for alert in ending)
    figures = {spot.id: hotspot_figures(spot) for spot in tx.hotspots(since=earliest)}
    names = {alert.fingerprint for alert in ending}
    return [
        (before, _with_figures(taken, figures.get(taken.alert.key, {})))
        if taken.alert.fingerprint in names
        else (before, taken)
        for before, taken in steps
    ]


def _with_figures(taken: Transition, figures: Mapping[str, object]) -> Transition:
    return replace(taken, alert=replace(taken.alert, facts={**taken.alert.facts, **figures}))


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
