"""The live path of one process and resource: readings -> excess -> hotspots, each interval judged once.

`backtest` walks the same path over history; only the store, the ledger and the clock differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from analytics.baseline import expect
from analytics.calendar import calendar_features
from analytics.drift.judge import STATE_FORMAT, Context, JudgeState, dump, fresh_state, judge, load
from analytics.excess import excess_frame
from analytics.frames import Stream, stream_frame
from domain.baseline import Baseline
from domain.hotspot import Hotspot, Snapshot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: intervals judged in one ledger transaction at most; a longer backlog takes several
STEP_INTERVALS = 10_000


@dataclass(frozen=True, slots=True)
class Advance:
    """What one call did: how many intervals it judged, up to when, and which hotspots changed."""

    intervals: int
    watermark: datetime
    hotspots: tuple[Hotspot, ...]


def advance(
    plant: Plant, store: SeriesStore, ledger: Ledger, stream: Stream, baseline: Baseline, until: datetime
) -> Advance:
    """Judge every interval of a stream that ends at or before `until` and was not judged before.

    The detector's state, its watermark and the hotspots are saved in one ledger transaction per step;
    the judged intervals are written to the series store before it, where writing again changes nothing.

    Raises:
        StoreError: the series store is away; nothing of the step is saved, the next call does it.
        LedgerError: the ledger is away, or another analyser judged the same intervals.
    """
    state, watermark = _resume(ledger, stream, baseline)
    changed: dict[str, Hotspot] = {}
    intervals = 0
    for start, end in _steps(watermark, until, plant.interval_s):
        excess = stream_excess(plant, store, stream, baseline, start, end)
        state, found = judge(
            state, excess, calendar_features(excess["start"], plant), _context(plant, stream)
        )
        store.append_intervals(_with_names(excess, stream))
        _save(ledger, stream, baseline, dump(state), end, found)
        changed |= {hotspot.id: hotspot for hotspot in found}
        intervals += excess.height
        watermark = end
    return Advance(intervals, watermark, tuple(changed.values()))


def stream_excess(
    plant: Plant, store: SeriesStore, stream: Stream, baseline: Baseline, start: datetime, end: datetime
) -> pl.DataFrame:
    """Return the EXCESS frame of [start, end): actual against the frozen baseline, in unit, money, CO2e."""
    frame = stream_frame(plant, store, stream, start, end)
    return excess_frame(frame, expect(baseline, frame, plant), plant, plant.resources[stream.resource])


def recompute(
    plant: Plant, store: SeriesStore, stream: Stream, baseline: Baseline, start: datetime, end: datetime
) -> int:
    """Write the intervals of [start, end) again from the readings as they are now; return how many changed.

    For readings that came later than the allowed lateness: consumption and cost become right, while
    hotspots stay as they were judged.
    """
    known = store.read_intervals(stream.process, stream.resource, start, end)
    now = _with_names(stream_excess(plant, store, stream, baseline, start, end), stream)
    columns = ["start", "actual", "quality"]
    changed = now.join(known.select(columns), on=columns, how="anti", nulls_equal=True)
    changed = changed.filter(pl.col("start").is_in(known["start"].implode()))
    if changed.height:
        store.append_intervals(changed)
    return changed.height


def _resume(ledger: Ledger, stream: Stream, baseline: Baseline) -> tuple[JudgeState, datetime]:
    """Return the saved state and watermark; a new baseline starts a new state and ends what was open."""
    with ledger.begin() as tx:
        saved = tx.snapshot(stream.process, stream.resource)
        if saved is None:
            return fresh_state(baseline), baseline.period_end
        if (saved.baseline_version, saved.format) == (baseline.version, STATE_FORMAT):
            return load(saved.state), saved.watermark
        for hotspot in tx.hotspots(open_only=True):
            if (hotspot.process, hotspot.resource) == (stream.process, stream.resource):
                tx.save_hotspot(replace(hotspot, ended_at=saved.watermark))
        return fresh_state(baseline), saved.watermark


def _save(
    ledger: Ledger,
    stream: Stream,
    baseline: Baseline,
    state: bytes,
    watermark: datetime,
    found: list[Hotspot],
) -> None:
    """Keep state, watermark and hotspots together, or nothing."""
    with ledger.begin() as tx:
        tx.save_snapshot(
            Snapshot(stream.process, stream.resource, watermark, baseline.version, STATE_FORMAT, state)
        )
        for hotspot in found:
            tx.save_hotspot(hotspot)


def _with_names(excess: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Return the frame the series store keeps: the judged intervals with their process and resource."""
    names = (pl.lit(stream.process).alias("process"), pl.lit(stream.resource).alias("resource"))
    columns = ["start", "actual", "expected", "excess", "cost", "kg_co2e", "quality"]
    return excess.select(*names, *columns)


def _context(plant: Plant, stream: Stream) -> Context:
    """Return what the judge has to know about the stream."""
    unit = plant.resources[stream.resource].unit
    return Context(stream.process, stream.resource, unit, plant.currency, plant.interval_s, plant.detection)


def _steps(start: datetime, end: datetime, interval_s: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) in pieces of STEP_INTERVALS."""
    step = timedelta(seconds=STEP_INTERVALS * interval_s)
    while start < end:
        stop = min(start + step, end)
        yield start, stop
        start = stop
