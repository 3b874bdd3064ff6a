"""A disturbance of the whole plant: when most of it moves at once, that is no process's fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.conditions import INHIBITED_BY, PLANT_WIDE, infrastructure_condition
from domain.alert import Alert, AlertKind, Condition
from domain.baseline import Severity
from domain.hotspot import HotspotKind


@dataclass(frozen=True, slots=True)
class PlantWide:
    """When hotspots count as one disturbance."""

    at_least: int = 3  # hotspots of one direction ...
    share: float = 0.25  # ... and of this share of all processes and resources ...
    within: timedelta = timedelta(hours=3)  # ... whose onsets lie this close together
    wait: timedelta = timedelta(hours=6)  # two or more wait so long for whether the others follow
    after: timedelta = timedelta(hours=24)  # what began in it is explained so long after its end, and on
    least_pct: float = 10.0  # as long as it moves by less than this of what is expected, since its onset


def with_plant_wide(
    conditions: Iterable[Condition],
    streams: int,
    rule: PlantWide | None = None,
    past: Sequence[Alert] = (),
    now: datetime | None = None,
) -> list[Condition]:
    """Return the conditions; where most of the plant moved together, one more that says so explains them.

    Detectors notice it one after the other, and let go of it so. Therefore two that began together wait
    whether others follow, and what began in a disturbance is explained by it for some time after.

    Args:
        streams: how many processes and resources are judged in all; 0 = unknown, nothing is plant-wide.
        past: the latest alerts of this kind.
        now: needed to say for how long a disturbance is over.
    """
    rule, given = rule or PlantWide(), list(conditions)
    if not streams:
        return given
    needed = max(rule.at_least, rule.share * streams)
    spans = [span for alert in past if (span := _span(alert, rule, now)) is not None]
    moving = [one for one in given if not _is_faint(one, rule)]
    clusters = [_largest(kind, rule.within) for kind in _kinds(moving)]
    together = [one for found in clusters if len(_streams(found)) >= needed for one in found]
    waiting = {one.key for found in clusters if 2 <= len(_streams(found)) < needed for one in found}
    keys = {one.key for one in together} | {one.key for one in given if _began_in(one, spans, rule)}
    shown = [_shown(one, keys, waiting, rule) if _is_hotspot(one) else one for one in given]
    return [*shown, _disturbance(together, streams)] if together else shown


Span = tuple[datetime, datetime, str, bool]  # from, to, direction ("" = both), over for long


def _span(alert: Alert, rule: PlantWide, now: datetime | None) -> Span | None:
    """Return a disturbance as it explains what began in it; None for one that never was told of."""
    if alert.fired_at is None or now is None:
        return None
    end = alert.gone_at or alert.resolved_at
    is_past = end is not None and now - end > rule.after
    return alert.since - rule.within, end or now, str(alert.facts.get("direction", "")), is_past


def _began_in(condition: Condition, spans: Iterable[Span], rule: PlantWide) -> bool:
    """Return whether a hotspot is what a disturbance left behind: young, or too faint to be a fault."""
    kind = str(condition.facts.get("hotspot_kind"))
    return _is_hotspot(condition) and any(
        start <= condition.since <= end
        and direction in {"", kind}
        and (not is_past or _is_faint(condition, rule))
        for start, end, direction, is_past in spans
    )


def _is_faint(condition: Condition, rule: PlantWide) -> bool:
    pct = condition.facts.get("pct")
    return pct is not None and abs(float(pct)) < rule.least_pct


def _shown(condition: Condition, explained: set[str], waiting: set[str], rule: PlantWide) -> Condition:
    if condition.key in explained and INHIBITED_BY not in condition.facts:
        return replace(condition, facts={**condition.facts, INHIBITED_BY: PLANT_WIDE})
    if condition.key in waiting:
        return replace(condition, hold_s=max(condition.hold_s, rule.wait.total_seconds()))
    return condition


def _is_hotspot(condition: Condition) -> bool:
    """Return whether a condition is a judge's: a rule speaks of one meter alone, and at once."""
    kinds = {HotspotKind.DRIFT, HotspotKind.UNDER_CONSUMPTION}
    return condition.kind is AlertKind.HOTSPOT and condition.facts.get("hotspot_kind") in kinds


def _kinds(given: Sequence[Condition]) -> list[list[Condition]]:
    """Return the hotspots that nothing explains yet, by direction, in the order of their onsets."""
    free = [one for one in given if _is_hotspot(one) and INHIBITED_BY not in one.facts]
    kinds = sorted({str(one.facts.get("hotspot_kind")) for one in free})
    return [
        sorted((one for one in free if str(one.facts.get("hotspot_kind")) == kind), key=lambda one: one.since)
        for kind in kinds
    ]


def _largest(ordered: Sequence[Condition], within: timedelta) -> list[Condition]:
    """Return the largest set of streams whose onsets lie together."""
    best: list[Condition] = []
    for first in range(len(ordered)):
        limit = ordered[first].since + within
        found = [one for one in ordered[first:] if one.since <= limit]
        if len(_streams(found)) > len(_streams(best)):
            best = found
    return best


def _streams(found: Iterable[Condition]) -> set[tuple[object, object]]:
    return {(one.facts.get("process"), one.facts.get("resource")) for one in found}


def _disturbance(together: Sequence[Condition], streams: int) -> Condition:
    since: datetime = min(one.since for one in together)
    kinds = {str(one.facts.get("hotspot_kind")) for one in together}
    facts = {
        "problem": PLANT_WIDE,
        "text": "",
        "moved": len(_streams(together)),
        "judged": streams,
        "direction": kinds.pop() if len(kinds) == 1 else "",
        "processes": sorted({str(one.facts.get("process")) for one in together}),
    }
    condition = infrastructure_condition(PLANT_WIDE, since, facts)
    return replace(condition, severity=Severity.WARNING, hold_s=0.0)
