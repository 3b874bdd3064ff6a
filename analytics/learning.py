"""First baselines from history, and the nightly question whether one has to be made again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from analytics.baseline import Refusal, fit_baseline, needs_refresh
from analytics.frames import Stream, stream_frame
from analytics.readiness import floor_to
from domain.baseline import Baseline, BaselineStatus, Finding
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: a baseline never learns from more than this (ISO 50006: a year covers the seasons)
MAX_PERIOD = timedelta(days=365)


def local_day(day: date, plant: Plant) -> datetime:
    """Return the instant at which a local date begins, UTC."""
    return datetime.combine(day, time(), plant.timezone).astimezone(UTC)


def baseline_period(plant: Plant, reach: datetime) -> tuple[datetime, datetime] | None:
    """Return [start, end) of the history a first baseline learns from; None while it is not complete.

    Args:
        reach: how far the readings can be judged (`readiness.ready_until`).
    """
    if plant.baseline.period is None:
        return floor_to(reach - MAX_PERIOD, plant.interval_s), floor_to(reach, plant.interval_s)
    first, last = plant.baseline.period
    start, end = local_day(first, plant), local_day(last + timedelta(days=1), plant)
    return (start, end) if end <= reach else None


def learn(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    period: tuple[datetime, datetime],
    now: datetime,
    *,
    reason: str,
    status: BaselineStatus = BaselineStatus.APPROVED,
) -> Baseline | Refusal:
    """Return a baseline fitted on the period, not saved yet, or the findings that stand against one."""
    frame = _from_first_known(stream_frame(plant, store, stream, *period))
    return fit_baseline(
        frame,
        plant,
        stream.process,
        stream.resource,
        now=now,
        author="wastenot",
        reason=reason,
        status=status,
    )


def _from_first_known(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the time before the first known consumption: a meter's life begins there."""
    known = frame.filter(pl.col("actual").is_not_null())["start"]
    return frame.filter(pl.col("start") >= known.min()) if known.len() else frame.clear()


def review(
    plant: Plant, store: SeriesStore, ledger: Ledger, stream: Stream, reach: datetime, now: datetime
) -> Finding | None:
    """Return why a stream's baseline should be made again, having saved a proposal; None if it is fine.

    Nothing is replaced: a person approves the proposal. While a hotspot is open there is none, because
    it would learn the waste as normal.
    """
    with ledger.begin() as tx:
        baseline = tx.approved_baseline(stream.process, stream.resource)
        is_open = any(
            (hotspot.process, hotspot.resource) == (stream.process, stream.resource)
            for hotspot in tx.hotspots(open_only=True)
        )
        versions = tx.baselines(stream.process, stream.resource)
    proposed = any(version.status is BaselineStatus.PROPOSED for version in versions)
    if baseline is None or proposed:
        return None
    recent = stream_frame(plant, store, stream, max(baseline.period_end, reach - timedelta(days=28)), reach)
    finding = needs_refresh(baseline, recent, plant, now, is_open)
    if finding is not None:
        _propose(plant, store, ledger, stream, reach, now, finding)
    return finding


def _propose(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    reach: datetime,
    now: datetime,
    finding: Finding,
) -> None:
    """Fit on the latest year and save the result as a proposal."""
    period = floor_to(reach - MAX_PERIOD, plant.interval_s), floor_to(reach, plant.interval_s)
    fitted = learn(plant, store, stream, period, now, reason=finding.message, status=BaselineStatus.PROPOSED)
    if isinstance(fitted, Baseline):
        with ledger.begin() as tx:
            tx.save_baseline(fitted)
