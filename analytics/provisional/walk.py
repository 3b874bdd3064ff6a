"""The live path before there is a baseline: each local day is expected, judged, and learned if it was clean.

The learner, the judge's state and the watermark are one snapshot, saved with the hotspots in one ledger
transaction, so that a process that is killed goes on with the same values to the last bit. A day in which a
hotspot was open is not learned, nor is one that strays: online, a leak would be normal on its second day.
The width, and with it every limit, is wider than a baseline's by what few days leave open; every hotspot says
that what was expected is provisional, and trusts itself half as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
import polars as pl

from analytics.adjusting import adjusted
from analytics.baseline.sample import sample_of
from analytics.calendar import calendar_features, local_day
from analytics.drift.judge import dump as dump_judge
from analytics.drift.judge import judge
from analytics.drift.judge import load as load_judge
from analytics.excess import excess_frame
from analytics.frames import Stream, stream_frame
from analytics.pipeline import Advance, context_of, with_names
from analytics.provisional.learner import (
    LEARNER_FORMAT,
    Learner,
    dump,
    expect,
    learn,
    load,
    statistics_of,
    strays,
)
from analytics.provisional.start import beginning, sample_between, started
from analytics.provisional.state import State, first_state, snapshot_of
from analytics.readiness import floor_to
from domain.amendment import Journal
from domain.baseline import Baseline, BaselineStatus
from domain.hotspot import Hotspot, HotspotKind, Snapshot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: a day whose mean use is this many of an interval's deviations from what was expected is not learned
MOST_STRAY = 2.0
#: what a hotspot's confidence is worth
TRUST = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of the walk, a local day at most; `snapshot` holds its end."""

    snapshot: Snapshot
    excess: pl.DataFrame
    hotspots: list[Hotspot]
    learner: Learner


def advance_provisionally(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    until: datetime,
    journal: Journal,
    now: datetime,
) -> Advance | str:
    """Judge every interval up to `until` by what was learned before its day; or return why that cannot be.

    Raises:
        StoreError: the series store is away; the next call does it.
        LedgerError: the ledger is away, or another analyser judged the same intervals.
    """
    begun = _resumed(plant, ledger, stream) or started(plant, store, ledger, stream, until, journal, now)
    if isinstance(begun, str):
        return begun
    baseline, saved = begun
    done: dict[str, Hotspot] = {}
    intervals = 0
    for step in walk(plant, store, stream, baseline, saved, until, journal):
        store.append_intervals(with_names(step.excess, stream))
        with ledger.begin() as tx:
            tx.save_snapshot(step.snapshot)
            for hotspot in step.hotspots:
                tx.save_hotspot(hotspot)
            figures = statistics_of(step.learner, baseline.statistics.coverage)
            if figures != baseline.statistics:
                baseline = tx.save_baseline(replace(baseline, statistics=figures))
        saved, intervals = step.snapshot, intervals + step.excess.height
        done |= {hotspot.id: hotspot for hotspot in step.hotspots}
    return Advance(intervals, saved.watermark, tuple(done.values()))


def _resumed(plant: Plant, ledger: Ledger, stream: Stream) -> tuple[Baseline, Snapshot] | None:
    """Return where the walk stands; None before it began, or where the plant or the state are others now."""
    names = (stream.process, stream.resource)
    with ledger.begin() as tx:
        saved = tx.snapshot(*names)
        known = [one for one in tx.baselines(*names) if one.status is BaselineStatus.PROVISIONAL]
    if saved is None or not known or saved.format != LEARNER_FORMAT:
        return None
    baseline, there = known[-1], {one.id for one in stream.variables}
    if baseline.interval_s != plant.interval_s or not there.issuperset(baseline.variables):
        return None
    return (baseline, saved) if saved.baseline_version == baseline.version else None


def walk(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    baseline: Baseline,
    saved: Snapshot,
    until: datetime,
    journal: Journal,
) -> Iterator[Step]:
    """Yield the steps from a snapshot to `until`; nothing is saved here."""
    state = msgspec.msgpack.decode(saved.state, type=State)
    learner, judged, clean = load(state.learner, plant.interval_s), load_judge(state.judge), state.clean
    context = context_of(plant, stream)
    for begun, start, end, is_whole in _pieces(saved.watermark, until, plant):
        frame = stream_frame(plant, store, stream, start, end, journal.in_force)
        excess = _excess(plant, stream, baseline, learner, frame, journal)
        judged, found = judge(judged, excess, calendar_features(excess["start"], plant), context)
        clean = clean and not found
        if is_whole:
            today = sample_between(plant, store, stream, begun, end, journal)
            if clean and abs(strays(learner, today)) <= MOST_STRAY:
                learn(learner, today)
            clean = True
        words = State(dump(learner), dump_judge(judged), clean)
        state_now = msgspec.msgpack.encode(words)
        snapshot = snapshot_of(stream, end, saved.baseline_version, state_now, journal)
        yield Step(snapshot, excess, [marked(one, learner) for one in found], learner)


def _pieces(
    start: datetime, until: datetime, plant: Plant
) -> Iterator[tuple[datetime, datetime, datetime, bool]]:
    """Yield (beginning of the local day, start, end, whether the day ends with it) up to `until`."""
    while start < until:
        today = start.astimezone(plant.timezone).date()
        begun, end = (
            floor_to(local_day(today + timedelta(days=more), plant), plant.interval_s) for more in (0, 1)
        )
        if end <= start:  # the interval that midnight cuts belongs to the day after
            begun, end = end, floor_to(local_day(today + timedelta(days=2), plant), plant.interval_s)
        yield begun, start, min(end, until), end <= until
        start = min(end, until)


def _excess(
    plant: Plant,
    stream: Stream,
    baseline: Baseline,
    learner: Learner,
    frame: pl.DataFrame,
    journal: Journal,
) -> pl.DataFrame:
    """Return the EXCESS frame of a piece, against what the learner expects of it."""
    frame = frame.sort("start")
    expected, sigma = expect(learner, sample_of(frame, plant, stream.process))
    columns = {
        "start": frame["start"],
        "expected": pl.Series(expected, dtype=pl.Float64).fill_nan(None),
        "sigma": pl.Series(sigma, dtype=pl.Float64).fill_nan(None),
    }
    known = adjusted(pl.DataFrame(columns), baseline, journal.in_force)
    return excess_frame(frame, known, plant, plant.resources[stream.resource])


def marked(hotspot: Hotspot, learner: Learner) -> Hotspot:
    """Return a hotspot that says it rests on a provisional expectation; a stuck meter rests on none."""
    if hotspot.kind is HotspotKind.STUCK_METER:
        return hotspot
    evidence = {**hotspot.evidence, "provisional": True, "days_learned": learner.days}
    return replace(hotspot, confidence=TRUST * hotspot.confidence, evidence=evidence)


def again(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    baseline: Baseline,
    saved: Snapshot,
    journal: Journal,
) -> list[Step]:
    """Return the whole walk up to a snapshot once more, with the past as the journal says it was.

    Empty where the first days are no longer there to learn from.
    """
    begun = beginning(plant, store, stream, baseline.period_start, baseline.period_end, journal)
    if isinstance(begun, str):
        return []
    state = first_state(begun[0], baseline)
    first = snapshot_of(stream, baseline.period_end, baseline.version, state, journal)
    return list(walk(plant, store, stream, baseline, first, saved.watermark, journal))
