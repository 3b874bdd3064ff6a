"""Deduplication and nuisance groups: what people were told already is not told again as news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.machine import RANK, rate_per_hour
from alerts.stages.hold import Hold, group_of
from domain.alert import Alert, AlertKind
from domain.baseline import Severity


@dataclass(frozen=True, slots=True)
class Nuisance:
    """From when on a group that comes and goes is a nuisance.

    Source: ISA-18.2 chattering and fleeting alarms; the shift's length as the window.
    """

    after: int = 3  # told so often ...
    within: timedelta = timedelta(hours=8)  # ... in this time, the next ones wait until it is over
    worse_factor: float = 2.0  # unless they are this much worse


#: what sums over days find is found at least so long after its onset ...
SLOW = timedelta(days=1)
#: ... and, where it counts what was told before, has so long to prove that something is left of it
PROOF = timedelta(days=14)


def duplicate(alert: Alert, others: Iterable[Alert], worse_factor: float = 2.0) -> Hold | None:
    """Return that the same is told already: a hotspot of the same process, resource and direction is open.

    Args:
        others: the open alerts.
    """
    if alert.kind is not AlertKind.HOTSPOT:
        return None
    group = group_of(alert)
    same = [
        one
        for one in others
        if one.fingerprint != alert.fingerprint and one.is_active and was_told(one) and group_of(one) == group
    ]
    if not same or _is_worse(alert, same, worse_factor):
        return None
    return Hold(f"alert {same[0].fingerprint} of the same process and resource is open")


def nuisance(alert: Alert, history: Sequence[Alert], now: datetime, rule: Nuisance) -> Hold | None:
    """Return that its group came and went so often that one more is no news; None while it is.

    Args:
        history: episodes, those of the last `rule.within` among them.
    """
    group, earliest = group_of(alert), now - rule.within
    told = [
        one
        for one in history
        if group_of(one) == group
        and (one.fingerprint, one.episode) != (alert.fingerprint, alert.episode)
        and not one.is_open
        and (at := told_at(one)) is not None
        and earliest < at <= now
    ]
    if len(told) < rule.after or _is_worse(alert, told, rule.worse_factor):
        return None
    until = min(at for one in told if (at := told_at(one)) is not None) + rule.within
    return Hold(f"told {len(told)} times within {rule.within / timedelta(hours=1):g} h already", until)


def echo(alert: Alert, past: Iterable[Alert], worse_factor: float = 2.0) -> Hold | None:
    """Return that it counts what was told before, and is over: it waits until something is left of it.

    A sum over days still holds an excess that has gone, and puts the onset into it.

    Args:
        past: ended episodes of its group, the process, resource and direction.
    """
    detected = alert.facts.get("detected_at")
    if alert.kind is not AlertKind.HOTSPOT or not detected:
        return None
    found_at = datetime.fromisoformat(str(detected))
    same = [one for one in past if was_told(one) and alert.since <= _ended_at(one) <= found_at]
    if found_at - alert.since < SLOW or not same or _is_worse(alert, same, worse_factor):
        return None
    return Hold(f"it counts what alert {same[-1].fingerprint} told, which is over", found_at + PROOF)


def _ended_at(alert: Alert) -> datetime:
    return alert.gone_at or alert.resolved_at or alert.since


def was_told(alert: Alert) -> bool:
    """Return whether people were told of this episode."""
    return "severity" in alert.told


def told_at(alert: Alert) -> datetime | None:
    """Return when this episode was first told; None if it never was."""
    first = alert.told.get("first_at")
    return None if first is None else datetime.fromisoformat(first)


def _is_worse(alert: Alert, others: Iterable[Alert], factor: float) -> bool:
    known = list(others)
    if RANK[alert.severity] > max(RANK[Severity(one.told["severity"])] for one in known):
        return True
    rate = rate_per_hour(alert)
    rates = [float(one.told.get("per_hour") or 0.0) for one in known]
    return bool(rate) and max(rates) > 0 and rate is not None and rate >= factor * max(rates)
