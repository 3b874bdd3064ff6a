"""What a backtest found, as a JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.baseline import Refusal
from analytics.frames import Stream
from app.backtest_learning import Periods
from app.baselines import acceptance_json, finding_json
from domain.baseline import Baseline, FitStatistics
from domain.hotspot import Hotspot
from domain.plant import Plant


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What the backtest found for one process and resource."""

    stream: Stream
    baseline: Baseline | Refusal
    out_of_sample: FitStatistics | None
    hotspots: tuple[Hotspot, ...]


def document_of(
    plant: Plant, results: list[StreamResult], ruled: list[Hotspot], periods: Periods, seconds: float
) -> dict[str, Any]:
    """Return the results as the backtest's JSON document; what the rules found stands beside the judge's."""
    days = (periods.report[1] - periods.report[0]).total_seconds() / 86400
    return {
        "baselines": [_baseline_row(plant, result) for result in results],
        "hotspots": [hotspot_row(hotspot) for result in results for hotspot in result.hotspots],
        "rule_hotspots": [hotspot_row(hotspot) for hotspot in ruled],
        "summary": {
            "plant": plant.name,
            "meters": len(results),
            "meter_days": round(days * len(results)),
            "hotspots": sum(len(result.hotspots) for result in results),
            "seconds": round(seconds, 2),
        },
    }


def _baseline_row(plant: Plant, result: StreamResult) -> dict[str, Any]:
    """Return one row of "baselines"; figures are null where there is no baseline, with the findings why."""
    names: dict[str, Any] = {"process": result.stream.process, "resource": result.stream.resource}
    baseline = result.baseline
    findings = [finding_json(finding) for finding in baseline.findings]
    accepted = (
        None if isinstance(baseline, Refusal) else baseline.accepted_by(plant.profile_of(baseline.process))
    )
    names |= {"acceptance": None if accepted is None else acceptance_json(accepted)}
    if isinstance(baseline, Refusal) or result.out_of_sample is None:
        return names | {"model": None, "out_of_sample": None, "findings": findings}
    figures = baseline.statistics
    checked = result.out_of_sample
    return names | {
        "model": baseline.model,
        "variables": list(baseline.variables),
        "cvrmse_pct": figures.cvrmse_pct,
        "cvrmse_daily_pct": figures.cvrmse_daily_pct,
        "nmbe_pct": figures.nmbe_pct,
        "r2": figures.r2,
        "n": figures.n,
        "coverage": figures.coverage,
        "out_of_sample": {
            "cvrmse_pct": checked.cvrmse_pct,
            "cvrmse_daily_pct": checked.cvrmse_daily_pct,
            "nmbe_pct": checked.nmbe_pct,
            "n": checked.n,
            "coverage": checked.coverage,
        },
        "findings": findings,
    }


def hotspot_row(hotspot: Hotspot) -> dict[str, Any]:
    """Return a hotspot as JSON values; instants are UTC, rates per hour, amounts in `unit`."""
    return {
        "id": hotspot.id,
        "process": hotspot.process,
        "resource": hotspot.resource,
        "kind": str(hotspot.kind),
        "since": _iso(hotspot.since),
        "detected_at": _iso(hotspot.detected_at),
        "judged_until": _iso(hotspot.judged_until),
        "ended_at": _iso(hotspot.ended_at),
        "excess_per_hour": hotspot.excess_per_hour,
        "expected_per_hour": hotspot.expected_per_hour,
        "excess_total": hotspot.excess_total,
        "unit": hotspot.unit,
        "currency": hotspot.currency,
        "cost_per_hour": hotspot.cost_per_hour,
        "cost_total": hotspot.cost_total,
        "kg_co2e_per_hour": hotspot.kg_co2e_per_hour,
        "kg_co2e_total": hotspot.kg_co2e_total,
        "cause": str(hotspot.cause),
        "confidence": hotspot.confidence,
        "detector": hotspot.detector,
        "evidence": dict(hotspot.evidence),
    }


def _iso(at: datetime | None) -> str | None:
    """Return an instant in ISO 8601 with a Z: 2017-03-04T00:00:00Z."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
