"""The whole analysis over history, without servers: the live path on a store in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.baseline import Refusal, reporting_statistics
from analytics.drift.judge import STATE_FORMAT, dump, fresh_state
from analytics.frames import Stream, stream_of
from analytics.learning import learn
from analytics.pipeline import advance
from domain.baseline import Baseline, Finding, FitStatistics
from domain.hotspot import Hotspot, Snapshot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore


@dataclass(frozen=True, slots=True)
class Periods:
    """Half-open UTC instants: what the baselines learn from, and what is judged."""

    baseline: tuple[datetime, datetime]
    report: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class StreamResult:
    """What the backtest found for one process and resource."""

    stream: Stream
    baseline: Baseline | Refusal
    out_of_sample: FitStatistics | None
    hotspots: tuple[Hotspot, ...]


def backtest(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    periods: Periods,
    on_stream: Callable[[StreamResult], None] = lambda _result: None,
) -> dict[str, Any]:
    """Return the result document: baselines, hotspots, summary.

    Args:
        store: holds the history; judged intervals are written into it.
        ledger: an empty one; baselines, states and hotspots are written into it.
        on_stream: told of each process and resource as it is done.
    """
    began = time.monotonic()
    results = []
    for pair in plant.streams():
        result = _one(plant, store, ledger, stream_of(plant, *pair), periods)
        results.append(result)
        on_stream(result)
    return _document(plant, results, periods, time.monotonic() - began)


def _one(plant: Plant, store: SeriesStore, ledger: Ledger, stream: Stream, periods: Periods) -> StreamResult:
    """Fit on the baseline period, walk the reporting period in order, compare."""
    start, end = periods.report
    fitted = learn(plant, store, stream, periods.baseline, end, reason="backtest")
    if isinstance(fitted, Refusal):
        return StreamResult(stream, fitted, None, ())
    with ledger.begin() as tx:
        baseline = tx.save_baseline(fitted)
        state = dump(fresh_state(baseline))
        tx.save_snapshot(
            Snapshot(stream.process, stream.resource, start, baseline.version, STATE_FORMAT, state)
        )
    advance(plant, store, ledger, stream, baseline, end)
    with ledger.begin() as tx:
        found = tuple(
            h for h in tx.hotspots() if (h.process, h.resource) == (stream.process, stream.resource)
        )
    judged = store.read_intervals(stream.process, stream.resource, *periods.report)
    return StreamResult(stream, baseline, reporting_statistics(judged, plant), found)


def _document(plant: Plant, results: list[StreamResult], periods: Periods, seconds: float) -> dict[str, Any]:
    """Return the results as the backtest's JSON document."""
    days = (periods.report[1] - periods.report[0]).total_seconds() / 86400
    return {
        "baselines": [_baseline_row(result) for result in results],
        "hotspots": [hotspot_row(hotspot) for result in results for hotspot in result.hotspots],
        "summary": {
            "plant": plant.name,
            "meters": len(results),
            "meter_days": round(days * len(results)),
            "hotspots": sum(len(result.hotspots) for result in results),
            "seconds": round(seconds, 2),
        },
    }


def _baseline_row(result: StreamResult) -> dict[str, Any]:
    """Return one row of "baselines"; figures are null where there is no baseline, with the findings why."""
    names = {"process": result.stream.process, "resource": result.stream.resource}
    baseline = result.baseline
    findings = [finding_row(finding) for finding in baseline.findings]
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


def finding_row(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON values."""
    return {
        "kind": finding.kind,
        "severity": str(finding.severity),
        "message": finding.message,
        "start": _iso(finding.start),
        "end": _iso(finding.end),
        "evidence": dict(finding.evidence),
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
