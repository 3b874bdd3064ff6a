"""The start of the live path before there is a baseline: its first days, and the provisional baseline.

What begins is saved in one ledger transaction, so that a process that is killed has begun or has not.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from analytics.adjusting import unadjusted
from analytics.baseline.quality import cleaned
from analytics.baseline.sample import Sample, sample_of
from analytics.calendar import local_day
from analytics.drift.limits import SHIFT_MARGIN, SHIFT_NEAREST
from analytics.frames import Stream, stream_frame
from analytics.proposals import retire_provisional
from analytics.provisional.learner import FIRST_DAYS, Learner, begin, first_days, statistics_of, taken
from analytics.provisional.state import first_state, snapshot_of
from analytics.readiness import floor_to
from domain.amendment import Journal
from domain.baseline import Baseline, BaselineStatus, Finding, Severity
from domain.hotspot import Snapshot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

MODEL = "provisional"
#: how far back the first days are looked for
LOOK_BACK_DAYS = 28
#: how far a cold start is taken to stray by itself, in the fast EWMA's deviations: what gives its nearest
#: limit, 6. With 8 a seventh of the leaks of 40 % was found in six days, with 20 none (bench.cold_hotspots)
FARTHEST_SHIFT = SHIFT_NEAREST / SHIFT_MARGIN
EPOCH = date(1970, 1, 1)


def started(
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
    baseline = _baseline(plant, stream, *begun, now)
    with ledger.begin() as tx:
        retire_provisional(tx, stream.process, stream.resource)
        saved = tx.save_baseline(baseline)
        before = tx.snapshot(stream.process, stream.resource)
        start = saved.period_end if before is None else max(saved.period_end, before.watermark)
        first = snapshot_of(stream, start, saved.version, first_state(begun[0], baseline), journal)
        tx.save_snapshot(first)
    return saved, first


def beginning(
    plant: Plant, store: SeriesStore, stream: Stream, low: datetime, high: datetime, journal: Journal
) -> tuple[Learner, datetime, datetime] | str:
    """Return the learner of the first days in [low, high), and their [start, end); or why there is none."""
    sample = sample_between(plant, store, stream, low, high, journal)
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


def sample_between(
    plant: Plant, store: SeriesStore, stream: Stream, start: datetime, end: datetime, journal: Journal
) -> Sample:
    """Return what can be learned from a stretch: without what was adjusted for."""
    frame = stream_frame(plant, store, stream, start, end, journal.in_force)
    bare = unadjusted(frame, stream.process, stream.resource, plant.interval_s, journal.in_force)
    return cleaned(sample_of(bare, plant, stream.process))[0]


def _baseline(
    plant: Plant, stream: Stream, learner: Learner, start: datetime, end: datetime, now: datetime
) -> Baseline:
    """Return the provisional baseline, not saved yet."""
    message = (
        f"what is expected is provisional: learned day by day since {start:%Y-%m-%d}, "
        f"until {plant.baseline.min_days} usable days make a baseline"
    )
    evidence = {"since": start.isoformat(), "needed": plant.baseline.min_days}
    return Baseline(
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
        findings=(Finding("provisional", Severity.INFO, message, evidence=evidence),),
        created_at=now,
        reason="cold start",
        author="wastenot",
    )
