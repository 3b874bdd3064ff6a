"""A disturbance of the whole plant: when most of it moves at once, that is no process's fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.conditions import INHIBITED_BY, LATELY, LEANING, PLANT_WIDE, infrastructure_condition
from domain.alert import Alert, AlertKind, Condition
from domain.baseline import Severity
from domain.hotspot import HotspotKind

_A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PlantWide:
    """When hotspots count as one disturbance, and what a disturbance explains.

    Args:
        at_least: so many hotspots of one direction ...
        share: ... and of this share of all processes and resources, whose onsets lie `within` each other.
        wait: two or more wait so long whether others follow; and one whose way ...
        leaning: ... this share of the other processes and resources leans already.
        leaning_all: one whose way this share leans is a disturbance by itself.
        after: what began in it is explained so long after its end ...
        least_pct: ... and on, as long as it moves by less than this of what is expected, since its onset or
            in the last 24 hours: detectors let go of a large move slowly.
        looks_back: a sum over days still holds a disturbance so long after its end ...
        echo: ... and what is faint and was found by it has so long to prove that it stays.
    """

    at_least: int = 3
    share: float = 0.25
    within: timedelta = timedelta(hours=3)
    wait: timedelta = timedelta(hours=6)
    after: timedelta = timedelta(hours=24)
    least_pct: float = 10.0
    looks_back: timedelta = timedelta(days=1)
    echo: timedelta = timedelta(days=14)
    leaning: float = 0.5
    leaning_all: float = 0.75


def with_plant_wide(
    conditions: Iterable[Condition],
    streams: int,
    rule: PlantWide | None = None,
    past: Sequence[Alert] = (),
    now: datetime | None = None,
) -> list[Condition]:
    """Return the conditions; where most of the plant moved together, one more that says so explains them.

    Detectors notice it one after the other, and let go of it so. Therefore two that began together wait
    whether others follow, as does one whose way most of the others lean already; and what began in a
    disturbance is explained by it for some time after. So is what is faint and was found because of it: sums
    over days cross their limit by what it added, however far back they put the onset. Less use that comes
    back after a disturbance waits a day: it costs nothing, and a day off is known by then.

    Args:
        streams: how many processes and resources are judged in all; 0 = unknown, nothing is plant-wide.
        past: the latest alerts of this kind, and those that the plant stood still.
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
    together += [one for one in moving if _leaning(one) >= rule.leaning_all and one not in together]
    waiting = {one.key for found in clusters if 2 <= len(_streams(found)) < needed for one in found}
    waiting |= {one.key for one in moving if _leaning(one) >= rule.leaning}
    left = {one.key for one in given if _is_left_behind(spans, one, rule)}
    keys = left | {one.key for one in together}
    back = {one.key for one in given if _is_less(one) and any(_is_in(span, one) for span in spans)}
    shown = [_later(one, rule.after) if one.key in back - keys else one for one in given]
    shown = [_shown(one, keys, waiting, rule) if _is_hotspot(one) else one for one in shown]
    return [*shown, _disturbance(together, streams)] if together else shown


@dataclass(frozen=True, slots=True)
class _Span:
    """A disturbance as it explains what it left behind; `over_for` is None while it is on."""

    start: datetime
    end: datetime
    direction: str  # "" = both
    over_for: timedelta | None


def _span(alert: Alert, rule: PlantWide, now: datetime | None) -> _Span | None:
    """Return the span of a disturbance; None for one that never was told of."""
    if alert.fired_at is None or now is None:
        return None
    until = alert.facts.get("until")  # known by itself: it was told when it was over
    end = datetime.fromisoformat(until) if until else alert.gone_at or alert.resolved_at
    direction = str(alert.facts.get("direction", ""))
    return _Span(alert.since - rule.within, end or now, direction, None if end is None else now - end)


def _is_left_behind(spans: Iterable[_Span], condition: Condition, rule: PlantWide) -> bool:
    """Return whether a hotspot is what a disturbance left behind: begun in it, or found because of it."""
    kind = condition.facts.get("hotspot_kind")
    fitting = [one for one in spans if one.direction in {"", kind}] if _is_hotspot(condition) else []
    quiet_for = min((one.over_for or timedelta(0) for one in fitting), default=timedelta(0))
    return any(_is_left_by(span, condition, quiet_for, rule) for span in fitting)


def _is_left_by(span: _Span, condition: Condition, quiet_for: timedelta, rule: PlantWide) -> bool:
    """Return whether a disturbance left it behind.

    Args:
        quiet_for: how long the latest disturbance is over.
    """
    over_for, lately = span.over_for or timedelta(0), condition.facts.get(LATELY)
    if quiet_for < _A_DAY:  # the last day still holds a disturbance
        lately = None
    is_gone = lately is not None and lately < rule.least_pct
    is_faint = _is_faint(condition, rule) and (is_gone or lately is None)
    found_at = _found_at(condition)
    is_found = span.start <= found_at <= span.end + rule.looks_back
    # what a sum over days finds begins with a day
    earlier = rule.looks_back if is_found and found_at - condition.since >= _A_DAY else timedelta(0)
    if span.start - earlier <= condition.since <= span.end:
        return is_faint or is_gone or quiet_for <= rule.after
    return is_found and (is_faint or is_gone) and over_for <= rule.echo


def _found_at(condition: Condition) -> datetime:
    text = condition.facts.get("detected_at")
    return datetime.fromisoformat(str(text)) if text else condition.since


def _is_faint(condition: Condition, rule: PlantWide) -> bool:
    pct = condition.facts.get("pct")
    return pct is not None and abs(float(pct)) < rule.least_pct


def _leaning(condition: Condition) -> float:
    is_free = _is_hotspot(condition) and INHIBITED_BY not in condition.facts
    return float(condition.facts.get(LEANING) or 0.0) if is_free else 0.0


def _is_less(condition: Condition) -> bool:
    return condition.facts.get("hotspot_kind") == HotspotKind.UNDER_CONSUMPTION


def _is_in(span: _Span, condition: Condition) -> bool:
    return span.start <= condition.since <= span.end


def _later(condition: Condition, wait: timedelta) -> Condition:
    return replace(condition, hold_s=max(condition.hold_s, wait.total_seconds()))


def _shown(condition: Condition, explained: set[str], waiting: set[str], rule: PlantWide) -> Condition:
    if condition.key in explained and INHIBITED_BY not in condition.facts:
        return replace(condition, facts={**condition.facts, INHIBITED_BY: PLANT_WIDE})
    if condition.key in waiting:
        return _later(condition, rule.wait)
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
    lean = round(max(map(_leaning, together)) * (streams - 1)) + 1
    facts = {
        "problem": PLANT_WIDE,
        "text": "",
        "moved": max(len(_streams(together)), lean),
        "judged": streams,
        "direction": kinds.pop() if len(kinds) == 1 else "",
        "processes": sorted({str(one.facts.get("process")) for one in together}),
    }
    condition = infrastructure_condition(PLANT_WIDE, since, facts)
    return replace(condition, severity=Severity.WARNING, hold_s=0.0)
