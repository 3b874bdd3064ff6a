"""What holds now and deserves an alert: open hotspots and trouble of the installation; what explains what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.flow_path import flow_path
from domain.alert import Alert, AlertKind, Condition
from domain.baseline import Severity
from domain.hotspot import Hotspot, HotspotKind
from domain.plant import Plant

#: key of the condition that most of the plant's meters are silent at once
PLANT_SILENT = "plant_silent"
#: key of the condition that most of the plant uses more, or less, since one instant
PLANT_WIDE = "plant_wide"
#: key of the condition that the plant stood still on a day on which it works
PLANT_STILL = "plant_still"
#: troubles that are the plant's own doing: everything can be heard and read meanwhile
OF_THE_PLANT = frozenset({PLANT_WIDE, PLANT_STILL})
#: in a condition's facts: the key of the infrastructure condition that explains it
INHIBITED_BY = "inhibited_by"
#: in a hotspot's facts: the share of the other streams that lean its way since it began [0, 1]
LEANING = "leaning"
#: in a hotspot's facts: the excess of the last 24 hours, in its direction [% of the expected]
LATELY = "lately_pct"
#: a store or broker that is back within this time was restarted, not lost
INFRASTRUCTURE_HOLD_S = 30.0


@dataclass(frozen=True, slots=True)
class Bands:
    """From what on a hotspot is a warning, and from what critical: whichever is reached first.

    Money is the plant's currency. What has lasted is counted up to what was judged last.
    """

    warning: float  # per hour
    critical: float
    warning_total: float = math.inf  # lost since its onset
    critical_total: float = math.inf
    warning_after_s: float = math.inf  # since its onset
    critical_after_s: float = math.inf
    least: float = 0.0  # per hour: what costs less is not told as news
    least_pct: float = 0.0  # of the expected: less use than expected by less than this is no news


#: kinds whose excess costs nothing that could be said
_UNPRICED = (HotspotKind.UNDER_CONSUMPTION, HotspotKind.STUCK_METER)


def hotspot_severity(hotspot: Hotspot, bands: Bands) -> Severity:
    """Return how much a hotspot matters: by its cost per hour, its cost so far, and how long it has lasted.

    Where no cost can be said it is a warning; nothing but time makes that more.
    """
    lasted_s = (hotspot.judged_until - hotspot.since).total_seconds()
    rate, total = hotspot.cost_per_hour, hotspot.cost_total
    if hotspot.kind in _UNPRICED or rate is None:
        return Severity.CRITICAL if lasted_s >= bands.critical_after_s else Severity.WARNING
    lost = 0.0 if total is None else total
    if rate >= bands.critical or lost >= bands.critical_total or lasted_s >= bands.critical_after_s:
        return Severity.CRITICAL
    if rate >= bands.warning or lost >= bands.warning_total or lasted_s >= bands.warning_after_s:
        return Severity.WARNING
    return Severity.INFO


def hotspot_conditions(
    hotspots: Iterable[Hotspot], plant: Plant, bands: Bands, hold_s: float = 0.0
) -> list[Condition]:
    """Return one condition per open hotspot; its key is the hotspot's id.

    The detector has already waited for its evidence, so by default a hotspot fires when it is first seen.
    """
    return [
        Condition(
            kind=AlertKind.HOTSPOT,
            key=hotspot.id,
            severity=hotspot_severity(hotspot, bands),
            since=hotspot.since,
            hold_s=hold_s,
            facts=_hotspot_facts(hotspot, plant) | _too_small(hotspot, bands),
        )
        for hotspot in hotspots
        if hotspot.ended_at is None
    ]


def _too_small(hotspot: Hotspot, bands: Bands) -> dict[str, str]:
    """Return why a hotspot is no news: it is less than what is worth somebody's time, by now."""
    cost, expected = hotspot.cost_per_hour, hotspot.expected_per_hour
    if hotspot.kind is HotspotKind.DRIFT and cost is not None and cost < bands.least:
        return {INHIBITED_BY: "its size: it costs less than the threshold"}
    is_less = hotspot.kind is HotspotKind.UNDER_CONSUMPTION and expected is not None and expected > 0.0
    if is_less and abs(hotspot.excess_per_hour) < bands.least_pct / 100.0 * expected:
        return {INHIBITED_BY: "its size: it is less than the threshold"}
    return {}


def hotspot_figures(hotspot: Hotspot) -> dict[str, Any]:
    """Return what changes during a hotspot's life, as JSON values: rates per hour, totals, instants.

    `pct` is the excess over the expected rate [%]; null where nothing was expected.
    """
    expected = _finite(hotspot.expected_per_hour)
    excess = _finite(hotspot.excess_per_hour)
    ended = hotspot.ended_at
    return {
        "since": hotspot.since.isoformat(),
        "judged_until": hotspot.judged_until.isoformat(),
        "ended_at": None if ended is None else ended.isoformat(),
        "excess_per_hour": excess,
        "expected_per_hour": expected,
        "pct": 100.0 * excess / expected if excess is not None and expected and expected > 0 else None,
        "excess_total": _finite(hotspot.excess_total),
        "cost_per_hour": _finite(hotspot.cost_per_hour),
        "cost_total": _finite(hotspot.cost_total),
        "kg_co2e_per_hour": _finite(hotspot.kg_co2e_per_hour),
        "kg_co2e_total": _finite(hotspot.kg_co2e_total),
        "cause": str(hotspot.cause),
        "confidence": _finite(hotspot.confidence),
        "evidence": _finite_values(hotspot.evidence),
    }


def _hotspot_facts(hotspot: Hotspot, plant: Plant) -> dict[str, Any]:
    return {
        **place_facts(plant, hotspot.process, hotspot.resource),
        "hotspot": hotspot.id,
        "hotspot_kind": str(hotspot.kind),
        "detector": hotspot.detector,
        "detected_at": hotspot.detected_at.isoformat(),
        "unit": hotspot.unit,
        "currency": hotspot.currency,
        **hotspot_figures(hotspot),
    }


def place_facts(plant: Plant, process: str, resource: str) -> dict[str, Any]:
    """Return where it is: ids and names of process and resource, and the resource's kind."""
    known, used, stream = plant.processes.get(process), plant.resources.get(resource), (process, resource)
    return {
        "process": process,
        "process_name": known.name if known else process,
        "resource": resource,
        "resource_name": used.name if used else resource,
        "resource_kind": str(used.kind) if used else "",
        "path": flow_path(plant, process),
        "meters": [meter.id for meter in plant.meters.values() if (meter.process, meter.resource) == stream],
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _finite_values(value: Any) -> Any:
    """Return JSON values with null for NaN and infinities, which JSON has not and PostgreSQL refuses."""
    if isinstance(value, Mapping):
        return {key: _finite_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite_values(item) for item in value]
    return _finite(value) if isinstance(value, float) else value


def infrastructure_conditions(problems: Iterable[tuple[str, str]], now: datetime) -> list[Condition]:
    """Return one condition per (key, text): "store", "broker", "spool" ..., and what is wrong in words."""
    return [infrastructure_condition(key, now, {"problem": key, "text": text}) for key, text in problems]


def infrastructure_condition(key: str, since: datetime, facts: Mapping[str, Any]) -> Condition:
    """Return the condition of one trouble of the installation itself."""
    return Condition(
        kind=AlertKind.INFRASTRUCTURE,
        key=key,
        severity=Severity.CRITICAL,
        since=since,
        hold_s=INFRASTRUCTURE_HOLD_S,
        facts=facts,
    )


def troubles(conditions: Iterable[Condition], open_alerts: Iterable[Alert]) -> list[str]:
    """Return the keys of the infrastructure troubles that hold, or whose alert is still open, sorted."""
    found: list[Condition | Alert] = [*conditions, *open_alerts]
    return sorted({item.key for item in found if item.kind is AlertKind.INFRASTRUCTURE})


def explanation(about: Condition | Alert, holding: Sequence[str]) -> str | None:
    """Return the trouble that explains a silence; None for everything else.

    A silent meter is explained by any trouble of the installation, the silence of the whole plant by any
    other one. That the whole plant uses more or less, or stood still, explains no silence.
    """
    is_plant = about.key == PLANT_SILENT and about.kind is AlertKind.INFRASTRUCTURE
    if about.kind is not AlertKind.SILENT_METER and not is_plant:
        return None
    roots = [key for key in holding if key != PLANT_SILENT and key not in OF_THE_PLANT]
    silent = [key for key in holding if key == PLANT_SILENT]
    return next(iter([*roots, *(() if is_plant else silent)]), None)
