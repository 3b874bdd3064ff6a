"""The live path of one process and resource: readings -> excess -> hotspots, each interval judged once.

`backtest` walks the same path over history; only the store, the ledger and the clock differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import polars as pl

from analytics.adjusting import adjusted
from analytics.baseline import expect
from analytics.baseline.inertia import memory_begins
from analytics.calendar import calendar_features
from analytics.common_days import CommonDays
from analytics.drift.common import NOTHING_COMMON, Common
from analytics.drift.judge import STATE_FORMAT, Context, JudgeState, dump, fresh_state, load
from analytics.excess import excess_frame
from analytics.frames import Stream, stream_frame, variables_frame
from analytics.widening import judge_widened
from domain.amendment import Amendment, Journal
from domain.baseline import Baseline
from domain.hotspot import Hotspot, Snapshot, is_ruled
from domain.plant import Plant
from domain.ports import Ledger, LedgerTx, SeriesStore

#: intervals judged in one ledger transaction at most; a longer backlog takes several
STEP_INTERVALS = 10_000
#: a step that crosses a border of this length leaves a checkpoint to judge again from
CHECKPOINT_S = 7 * 86_400
#: checkpoints older than this are forgotten: further back it is judged again from the baseline's beginning
KEEP_CHECKPOINTS = timedelta(days=182)
UNAMENDED = Journal()

#: EXCESS frames by the [start, end) of their step
Known: TypeAlias = Mapping[tuple[datetime, datetime], pl.DataFrame]
NOTHING_KNOWN: Known = {}


@dataclass(frozen=True, slots=True)
class Advance:
    """What one call did: how many intervals it judged, up to when, and which hotspots changed."""

    intervals: int
    watermark: datetime
    hotspots: tuple[Hotspot, ...]


def advance(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    baseline: Baseline,
    until: datetime,
    journal: Journal = UNAMENDED,
    *,
    common: CommonDays | Common = NOTHING_COMMON,
    known: Known = NOTHING_KNOWN,
) -> Advance:
    """Judge every interval of a stream that ends at or before `until` and was not judged before.

    The detector's state, its watermark and the hotspots are saved in one ledger transaction per step;
    the judged intervals are written to the series store before it, where writing again changes nothing.

    Args:
        journal: amendments; what they say about intervals judged before is `amend`'s work.
        common: what the plant's other streams did, or who is to be asked for it and told of this one; by
            default each stream is judged by itself.
        known: what `stream_excess` gave before for steps of this call; it is not asked for these again.

    Raises:
        StoreError: the series store is away; nothing of the step is saved, the next call does it.
        LedgerError: the ledger is away, or another analyser judged the same intervals.
    """
    state, watermark = _resume(ledger, stream, baseline)
    with ledger.begin() as tx:
        said = tx.feedback()
    changed: dict[str, Hotspot] = {}
    intervals = 0
    for start, end in steps(watermark, until, plant.interval_s):
        excess = known.get((start, end))
        if excess is None:
            excess = stream_excess(plant, store, stream, baseline, start, end, journal.in_force)
        calendar = calendar_features(excess["start"], plant)
        told = common if isinstance(common, Common) else _told(common, stream, start, end)
        state, found = judge_widened(state, excess, calendar, context_of(plant, stream, told), said)
        store.append_intervals(with_names(excess, stream))
        saved = Snapshot(
            stream.process, stream.resource, end, baseline.version, STATE_FORMAT, dump(state), journal.last
        )
        _save(ledger, saved, found, is_checkpoint=crosses_border(start, end))
        if isinstance(common, CommonDays):
            common.note((stream.process, stream.resource), excess)
        changed |= {hotspot.id: hotspot for hotspot in found}
        intervals += excess.height
        watermark = end
    return Advance(intervals, watermark, tuple(changed.values()))


def crosses_border(start: datetime, end: datetime) -> bool:
    """Return whether a step leaves a checkpoint at its end: the same for every replay of the same steps."""
    return int(start.timestamp()) // CHECKPOINT_S < int(end.timestamp()) // CHECKPOINT_S


def stream_excess(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    baseline: Baseline,
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
    *,
    read: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the EXCESS frame of [start, end): actual against the frozen baseline, in unit, money, CO2e.

    Args:
        read: the stream's PROCESS frame of the time, where somebody has it already.
    """
    frame = stream_frame(plant, store, stream, start, end, amendments) if read is None else read
    before = _remembered(plant, store, stream, baseline, start, amendments)
    expected = adjusted(expect(baseline, frame, plant, before), baseline, amendments)
    return excess_frame(frame, expected, plant, plant.resources[stream.resource])


def _remembered(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    baseline: Baseline,
    start: datetime,
    amendments: Sequence[Amendment],
) -> pl.DataFrame | None:
    """Return the variables of the time before `start` that a baseline remembers; None if it does not."""
    first = memory_begins(start, baseline.coefficients.get("terms", {}))
    if first is None:
        return None
    shape = baseline.coefficients["shape"]
    names = {*shape["temperatures"], *shape["outputs"]}
    variables = [one for one in stream.variables if one.id in names]
    return variables_frame(plant, store, variables, first, start, amendments) if variables else None


def recompute(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    baseline: Baseline,
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> int:
    """Write the intervals of [start, end) again from the readings as they are now; return how many changed.

    For readings that came later than the allowed lateness: consumption and cost become right, while
    hotspots stay as they were judged.
    """
    known = store.read_intervals(stream.process, stream.resource, start, end)
    now = with_names(stream_excess(plant, store, stream, baseline, start, end, amendments), stream)
    columns = ["start", "actual", "expected", "quality"]
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
            return _begin(tx, stream, baseline, baseline.period_end), baseline.period_end
        if (saved.baseline_version, saved.format) == (baseline.version, STATE_FORMAT):
            return load(saved.state), saved.watermark
        for hotspot in tx.hotspots(open_only=True):
            same = (hotspot.process, hotspot.resource) == (stream.process, stream.resource)
            if same and not is_ruled(hotspot):
                tx.save_hotspot(replace(hotspot, ended_at=saved.watermark))
        return _begin(tx, stream, baseline, saved.watermark), saved.watermark


def _begin(tx: LedgerTx, stream: Stream, baseline: Baseline, at: datetime) -> JudgeState:
    """Return a baseline's first state, kept so that all it ever judges can be judged again."""
    state = fresh_state(baseline)
    tx.save_checkpoint(
        Snapshot(stream.process, stream.resource, at, baseline.version, STATE_FORMAT, dump(state))
    )
    return state


def _save(ledger: Ledger, snapshot: Snapshot, found: list[Hotspot], *, is_checkpoint: bool) -> None:
    """Keep state, watermark and hotspots together, or nothing."""
    with ledger.begin() as tx:
        tx.save_snapshot(snapshot)
        for hotspot in found:
            tx.save_hotspot(hotspot)
        if is_checkpoint:
            tx.save_checkpoint(snapshot)
            tx.thin_checkpoints(snapshot.process, snapshot.resource, snapshot.watermark - KEEP_CHECKPOINTS)


def with_names(excess: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Return the frame the series store keeps: the judged intervals with their process and resource."""
    names = (pl.lit(stream.process).alias("process"), pl.lit(stream.resource).alias("resource"))
    columns = ["start", "actual", "expected", "excess", "cost", "kg_co2e", "quality"]
    return excess.select(*names, *columns)


def context_of(plant: Plant, stream: Stream, common: Common = NOTHING_COMMON) -> Context:
    """Return what the judge has to know about the stream."""
    names, unit = (stream.process, stream.resource), plant.resources[stream.resource].unit
    return Context(*names, unit, plant.currency, plant.interval_s, plant.detection, common=common)


def _told(common: CommonDays, stream: Stream, start: datetime, end: datetime) -> Common:
    return common.told((stream.process, stream.resource), common.plant.streams(), start, end)


def steps(start: datetime, end: datetime, interval_s: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) in pieces of STEP_INTERVALS."""
    step = timedelta(seconds=STEP_INTERVALS * interval_s)
    while start < end:
        stop = min(start + step, end)
        yield start, stop
        start = stop
