"""The whole analysis over history, without servers: the live path on a store in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

import polars as pl

from analytics.baseline import Refusal, reporting_statistics
from analytics.common_days import LEAST_OTHERS, common_of, strayed
from analytics.drift.common import NOTHING_COMMON, Common
from analytics.drift.judge import STATE_FORMAT, dump, fresh_state
from analytics.frames import Stream, stream_frames, stream_of
from analytics.learning import learn
from analytics.pipeline import NOTHING_KNOWN, UNAMENDED, Known, advance, steps, stream_excess
from analytics.readiness import why_not_judged
from analytics.rules.history import watch_history
from app.baselines import acceptance_json, finding_json
from domain.amendment import Amendment, Journal
from domain.baseline import Baseline, Finding, FitStatistics, Severity
from domain.hotspot import Hotspot, Snapshot
from domain.meter import Meter
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: a plant's intervals in the reporting period up to which their excess is kept from learning to judging, some
#: 65 bytes each; that of a larger one is computed again
KEPT_INTERVALS = 12_000_000
#: streams that are learned together
SHARE = 5

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Periods:
    """Half-open UTC instants: what the baselines learn from, and what is judged."""

    baseline: tuple[datetime, datetime]
    report: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Learned:
    """The first half of one stream's backtest: what it is expected to use, and when it strayed from that."""

    stream: Stream
    baseline: Baseline | Refusal
    is_judged: bool
    strays: Mapping[datetime, float]  # by local day, see `common_days.strayed`; empty: nobody asks
    excess: Known = field(default_factory=dict)  # of the whole reporting period, or nothing

    @property
    def needs_readings(self) -> bool:
        """Return whether judging it has to read its history again."""
        return self.is_judged and not self.excess


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
    on_stream: Callable[[Learned | StreamResult], None] = lambda _done: None,
    journal: Journal = UNAMENDED,
) -> dict[str, Any]:
    """Return the result document: baselines, hotspots, what the rules on live readings found, summary.

    Args:
        store: holds the history; judged intervals are written into it.
        ledger: an empty one; baselines, states and hotspots are written into it.
        on_stream: told of each process and resource twice: as it is learned, and as it is judged.
        journal: corrections and adjustments, known from the beginning.
    """
    began = time.monotonic()
    learned: list[Learned] = []
    for share in in_shares([stream_of(plant, *pair) for pair in plant.streams()]):
        for one in learn_some(plant, store, share, periods, journal):
            learned.append(one)
            on_stream(one)
    results = []
    for one, common in with_common(learned):
        results.append(judge_one(plant, store, ledger, one, periods, journal, common))
        on_stream(results[-1])
    ruled = ruled_of(plant, store, periods, journal)
    return document_of(plant, results, ruled, periods, time.monotonic() - began)


def with_common(learned: Sequence[Learned]) -> list[tuple[Learned, Common]]:
    """Return each stream with what the others did on each day, which a live analysis would have told it."""
    told = common_of({(one.stream.process, one.stream.resource): one.strays for one in learned})
    return [(one, told[one.stream.process, one.stream.resource]) for one in learned]


def ruled_of(
    plant: Plant,
    store: SeriesStore,
    periods: Periods,
    journal: Journal,
    meters: Sequence[Meter] | None = None,
) -> list[Hotspot]:
    """Return what the rules on readings find in the reporting period, of all meters or of some."""
    window = min(periods.baseline[0], periods.report[0]), periods.report[1]
    return watch_history(plant, store, window, periods.report[0], journal.in_force, meters)


def in_shares(given: Sequence[Given]) -> list[Sequence[Given]]:
    """Return what is given in pieces of SHARE, in order."""
    return [given[first : first + SHARE] for first in range(0, len(given), SHARE)]


def learn_some(
    plant: Plant, store: SeriesStore, streams: Sequence[Stream], periods: Periods, journal: Journal
) -> list[Learned]:
    """Return each stream's fit on the baseline period, and how it strays from it in the reporting period.

    Their history is read together: what several hang on, as the weather, is computed once.
    """
    amendments = journal.in_force
    read = stream_frames(plant, store, streams, *periods.baseline, amendments)
    pairs = zip(streams, read, strict=True)
    fitted = [_fitted(plant, store, stream, frame, periods, journal) for stream, frame in pairs]
    judged = [one for one in fitted if one.is_judged]
    if not judged or len(plant.streams()) <= LEAST_OTHERS:
        return fitted
    whose = [one.stream for one in judged]
    windows = steps(*periods.report, plant.interval_s)
    frames = {window: stream_frames(plant, store, whose, *window, amendments) for window in windows}
    place = {(one.process, one.resource): number for number, one in enumerate(whose)}

    def straying(one: Learned) -> Learned:
        number = place[one.stream.process, one.stream.resource]
        own = {window: of_all[number] for window, of_all in frames.items()}
        return _straying(plant, store, one, own, periods, amendments)

    return [straying(one) if one.is_judged else one for one in fitted]


def _straying(
    plant: Plant,
    store: SeriesStore,
    one: Learned,
    read: Known,
    periods: Periods,
    amendments: Sequence[Amendment],
) -> Learned:
    """Return a stream that is judged with how it strays, and with its excess where that is kept.

    Args:
        read: its PROCESS frames of the reporting period.
    """
    baseline = one.baseline
    assert isinstance(baseline, Baseline)  # it is judged
    excess = {
        window: stream_excess(plant, store, one.stream, baseline, *window, amendments, read=frame)
        for window, frame in read.items()
    }
    kept = excess if keeps_excess(plant, periods) else NOTHING_KNOWN
    return replace(one, strays=strayed(excess.values(), plant), excess=kept)


def _fitted(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    read: pl.DataFrame,
    periods: Periods,
    journal: Journal,
) -> Learned:
    """Return a stream's fit on the baseline period, and whether it can be judged by it."""
    fitted = learn(
        plant,
        store,
        stream,
        periods.baseline,
        periods.report[1],
        reason="backtest",
        amendments=journal.in_force,
        read=read,
    )
    if isinstance(fitted, Refusal):
        return Learned(stream, fitted, False, {})
    against = why_not_judged(plant, fitted)
    if against:
        finding = Finding("not_judged", Severity.CRITICAL, against)
        return Learned(stream, replace(fitted, findings=(finding, *fitted.findings)), False, {})
    return Learned(stream, fitted, True, {})


def keeps_excess(plant: Plant, periods: Periods) -> bool:
    """Return whether a plant is small enough for what is computed when learning to be kept until judging."""
    start, end = periods.report
    intervals = (end - start).total_seconds() / plant.interval_s
    return len(plant.streams()) * intervals <= KEPT_INTERVALS


def judge_one(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    learned: Learned,
    periods: Periods,
    journal: Journal,
    common: Common = NOTHING_COMMON,
) -> StreamResult:
    """Return one stream's result: walk the reporting period in order, compare.

    Args:
        common: what the plant's other streams did.
    """
    stream, (start, end) = learned.stream, periods.report
    if isinstance(learned.baseline, Refusal) or not learned.is_judged:
        return StreamResult(stream, learned.baseline, None, ())
    with ledger.begin() as tx:
        baseline = tx.save_baseline(learned.baseline)
        state = dump(fresh_state(baseline))
        tx.save_snapshot(
            Snapshot(stream.process, stream.resource, start, baseline.version, STATE_FORMAT, state)
        )
    advance(plant, store, ledger, stream, baseline, end, journal, common=common, known=learned.excess)
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
