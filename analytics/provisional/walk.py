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
from datetime import date, datetime, timedelta

import msgspec
import numpy as np
import polars as pl

from analytics.adjusting import adjusted, unadjusted
from analytics.baseline.quality import cleaned
from analytics.baseline.sample import Sample, sample_of
from analytics.calendar import calendar_features
from analytics.drift.judge import dump as dump_judge
from analytics.drift.judge import fresh_state, judge
from analytics.drift.judge import load as load_judge
from analytics.excess import excess_frame
from analytics.frames import Stream, stream_frame
from analytics.learning import local_day, retire_provisional
from analytics.pipeline import Advance, context_of, with_names
from analytics.provisional.learner import (
    FIRST_DAYS,
    LEARNER_FORMAT,
    Learner,
    begin,
    dump,
    expect,
    first_days,
    learn,
    load,
    statistics_of,
    strays,
    taken,
)
from analytics.readiness import floor_to
from domain.amendment import Journal
from domain.baseline import Baseline, BaselineStatus, Finding, Severity
from domain.hotspot import Hotspot, HotspotKind, Snapshot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

MODEL = "provisional"
#: how far back the first days are looked for
LOOK_BACK_DAYS = 28
#: how far a cold start is taken to stray by itself, in the fast EWMA's deviations: its nearest limit.
#: With the usual one and every day learned, no leak of 40 % was found within six days (bench.cold_hotspots)
FARTHEST_SHIFT = 4.0
#: a day whose mean use is this many of an interval's deviations from what was expected is not learned
MOST_STRAY = 2.0
#: what a hotspot's confidence is worth
TRUST = 0.5
EPOCH = date(1970, 1, 1)


class _State(msgspec.Struct):
    learner: bytes
    judge: bytes
    clean: bool  # no hotspot was open in the day that is running


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
    begun = _resumed(plant, ledger, stream) or _started(plant, store, ledger, stream, until, journal, now)
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


def _started(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    until: datetime,
    journal: Journal,
    now: datetime,
) -> tuple[Baseline, Snapshot] | str:
    """Return the beginning, saved, or why it is too early."""
    today = until.astimezone(plant.timezone).date()
    low = floor_to(local_day(today - timedelta(days=LOOK_BACK_DAYS), plant), plant.interval_s)
    begun = beginning(plant, store, stream, low, floor_to(local_day(today, plant), plant.interval_s), journal)
    if isinstance(begun, str):
        return begun
    baseline, state = _baseline(plant, stream, *begun, now)
    with ledger.begin() as tx:
        retire_provisional(tx, stream.process, stream.resource)
        saved = tx.save_baseline(baseline)
        before = tx.snapshot(stream.process, stream.resource)
        start = saved.period_end if before is None else max(saved.period_end, before.watermark)
        first = _snapshot(stream, start, saved.version, state, journal)
        tx.save_snapshot(first)
    return saved, first


def beginning(
    plant: Plant, store: SeriesStore, stream: Stream, low: datetime, high: datetime, journal: Journal
) -> tuple[Learner, datetime, datetime] | str:
    """Return the learner of the first days in [low, high), and their [start, end); or why there is none."""
    sample = _sample(plant, store, stream, low, high, journal)
    days = first_days(sample)
    if days.size < FIRST_DAYS:
        return (
            f"{days.size} usable days; a provisional expectation needs {FIRST_DAYS}, "
            f"a baseline {plant.baseline.min_days}"
        )
    inside = taken(sample, sample.calendar.day <= days[-1])
    use = inside.actual[inside.usable & np.isin(inside.calendar.day, days)]
    if np.ptp(use) == 0.0:
        return f"the use is always exactly {use[0]:g}: there is nothing to learn"
    start, after = (EPOCH + timedelta(days=int(day)) for day in (days[0], days[-1] + 1))
    borders = [floor_to(local_day(one, plant), plant.interval_s) for one in (start, after)]
    return begin(inside), borders[0], borders[1]


def _sample(
    plant: Plant, store: SeriesStore, stream: Stream, start: datetime, end: datetime, journal: Journal
) -> Sample:
    """Return what can be learned from a stretch: without what was adjusted for."""
    frame = stream_frame(plant, store, stream, start, end, journal.in_force)
    bare = unadjusted(frame, stream.process, stream.resource, plant.interval_s, journal.in_force)
    return cleaned(sample_of(bare, plant, stream.process))[0]


def _baseline(
    plant: Plant, stream: Stream, learner: Learner, start: datetime, end: datetime, now: datetime
) -> tuple[Baseline, bytes]:
    """Return the provisional baseline, not saved yet, and the first state."""
    message = (
        f"what is expected is provisional: learned day by day since {start:%Y-%m-%d}, "
        f"until {plant.baseline.min_days} usable days make a baseline"
    )
    baseline = Baseline(
        process=stream.process,
        resource=stream.resource,
        version=0,
        status=BaselineStatus.PROVISIONAL,
        model=MODEL,
        variables=learner.frame.variables,
        period_start=start,
        period_end=end,
        interval_s=plant.interval_s,
        coefficients={"floor": 0.0 if learner.frame.floor else None, "farthest_shift": FARTHEST_SHIFT},
        statistics=statistics_of(learner, 1.0),
        cross_validated=None,
        findings=(Finding("provisional", Severity.INFO, message),),
        created_at=now,
        reason="cold start",
        author="wastenot",
    )
    state = _State(dump(learner), dump_judge(fresh_state(baseline)), clean=True)
    return baseline, msgspec.msgpack.encode(state)


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
    state = msgspec.msgpack.decode(saved.state, type=_State)
    learner, judged, clean = load(state.learner, plant.interval_s), load_judge(state.judge), state.clean
    context = context_of(plant, stream)
    for begun, start, end, is_whole in _pieces(saved.watermark, until, plant):
        frame = stream_frame(plant, store, stream, start, end, journal.in_force)
        excess = _excess(plant, stream, baseline, learner, frame, journal)
        judged, found = judge(judged, excess, calendar_features(excess["start"], plant), context)
        clean = clean and not found
        if is_whole:
            today = _sample(plant, store, stream, begun, end, journal)
            if clean and abs(strays(learner, today)) <= MOST_STRAY:
                learn(learner, today)
            clean = True
        words = _State(dump(learner), dump_judge(judged), clean)
        state_now = msgspec.msgpack.encode(words)
        snapshot = _snapshot(stream, end, saved.baseline_version, state_now, journal)
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
    state = _State(dump(begun[0]), dump_judge(fresh_state(baseline)), clean=True)
    words = msgspec.msgpack.encode(state)
    first = _snapshot(stream, baseline.period_end, baseline.version, words, journal)
    return list(walk(plant, store, stream, baseline, first, saved.watermark, journal))


def _snapshot(stream: Stream, at: datetime, version: int, state: bytes, journal: Journal) -> Snapshot:
    return Snapshot(stream.process, stream.resource, at, version, LEARNER_FORMAT, state, journal.last)
