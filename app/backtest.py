"""The whole analysis over history, without servers: the live path on a store in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from analytics.baseline import Refusal, reporting_statistics
from analytics.drift.judge import STATE_FORMAT, dump, fresh_state
from analytics.frames import Stream, stream_of
from analytics.learning import learn
from analytics.pipeline import UNAMENDED, advance
from analytics.readiness import why_not_judged
from analytics.rules.history import watch_history
from app.baselines import acceptance_json, finding_json
from domain.amendment import Journal
from domain.baseline import Baseline, Finding, FitStatistics, Severity
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
    journal: Journal = UNAMENDED,
) -> dict[str, Any]:
    """Return the result document: baselines, hotspots, what the rules on live readings found, summary.

    Args:
        store: holds the history; judged intervals are written into it.
        ledger: an empty one; baselines, states and hotspots are written into it.
        on_stream: told of each process and resource as it is done.
        journal: corrections and adjustments, known from the beginning.
    """
    began = time.monotonic()
    results = []
    for pair in plant.streams():
        result = backtest_one(plant, store, ledger, stream_of(plant, *pair), periods, journal)
        results.append(result)
        on_stream(result)
    ruled = ruled_of(plant, store, periods, journal)
    return document_of(plant, results, ruled, periods, time.monotonic() - began)


def ruled_of(plant: Plant, store: SeriesStore, periods: Periods, journal: Journal) -> list[Hotspot]:
    """Return what the rules on readings find in the reporting period."""
    window = min(periods.baseline[0], periods.report[0]), periods.report[1]
    return watch_history(plant, store, window, periods.report[0], journal.in_force)


def backtest_one(
    plant: Plant, store: SeriesStore, ledger: Ledger, stream: Stream, periods: Periods, journal: Journal
) -> StreamResult:
    """Return one stream's result: fit on the baseline period, walk the reporting period in order, compare."""
    start, end = periods.report
    fitted = learn(
        plant, store, stream, periods.baseline, end, reason="backtest", amendments=journal.in_force
    )
    if isinstance(fitted, Refusal):
        return StreamResult(stream, fitted, None, ())
    against = why_not_judged(plant, fitted)
    if against:
        finding = Finding("not_judged", Severity.CRITICAL, against)
        return StreamResult(stream, replace(fitted, findings=(finding, *fitted.findings)), None, ())
    with ledger.begin() as tx:
        baseline = tx.save_baseline(fitted)
        state = dump(fresh_state(baseline))
        tx.save_snapshot(
            Snapshot(stream.process, stream.resource, start, baseline.version, STATE_FORMAT, state)
        )
    advance(plant, store, ledger, stream, baseline, end, journal)
    with ledger.begin() as tx:
        found = tuple(
            h for h in tx.hotspots() if (h.process, h.resource) == (stream.process, stream.resource)
        )
    judged = store.read_intervals(stream.process, stream.resource, *periods.report)
    return StreamResult(stream, baseline, reporting_statistics(judged, plant), found)


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
