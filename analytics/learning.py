"""Baselines learned from history: of any period, and the first one of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from analytics.adjusting import unadjusted
from analytics.baseline import Refusal, fit_baseline
from analytics.calendar import local_day
from analytics.frames import Stream, stream_frame
from analytics.proposals import AUTHOR
from analytics.readiness import floor_to
from domain.amendment import Amendment
from domain.baseline import Baseline, BaselineStatus, Finding, Severity
from domain.consumption import Quality
from domain.hotspot import Hotspot, HotspotKind
from domain.plant import Plant
from domain.ports import SeriesStore

#: a baseline never learns from more than this (ISO 50006: a year covers the seasons)
MAX_PERIOD = timedelta(days=365)
#: a first baseline waits so long for use without the excess that a cold start found
PATIENCE = timedelta(days=28)


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
    author: str = AUTHOR,
    status: BaselineStatus = BaselineStatus.APPROVED,
    amendments: Sequence[Amendment] = (),
    insisted: bool = False,
    barred: Sequence[tuple[datetime, datetime]] = (),
    read: pl.DataFrame | None = None,
) -> Baseline | Refusal:
    """Return a baseline fitted on the period, not saved yet, or the findings that stand against one.

    Args:
        barred: stretches that are not learned from: an excess was found in them.
        read: the stream's PROCESS frame of the period, where somebody has it already.
    """
    if read is None:
        read = stream_frame(plant, store, stream, *period, amendments)
    bare = unadjusted(read, stream.process, stream.resource, plant.interval_s, amendments)
    frame = _without(_from_first_known(bare), barred)
    return fit_baseline(
        frame,
        plant,
        stream.process,
        stream.resource,
        now=now,
        author=author,
        reason=reason,
        status=status,
        insisted=insisted,
    )


def _from_first_known(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the time before the first known consumption: a meter's life begins there."""
    known = frame.filter(pl.col("actual").is_not_null())["start"]
    return frame.filter(pl.col("start") >= known.min()) if known.len() else frame.clear()


def _without(frame: pl.DataFrame, barred: Sequence[tuple[datetime, datetime]]) -> pl.DataFrame:
    """Return the frame with the use of some stretches unknown."""
    for start, end in barred:
        inside = pl.col("start").is_between(start, end, closed="left")
        frame = frame.with_columns(
            actual=pl.when(~inside).then("actual"),
            quality=pl.when(inside).then(pl.lit(str(Quality.MISSING))).otherwise("quality"),
        )
    return frame


def excess_so_far(hotspots: Sequence[Hotspot]) -> list[tuple[datetime, datetime]]:
    """Return the stretches in which a cold start found too much use: no first baseline learns from them."""
    return [
        (one.since, one.ended_at or one.judged_until)
        for one in hotspots
        if one.kind is HotspotKind.DRIFT and one.evidence.get("provisional")
    ]


def learn_first(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    period: tuple[datetime, datetime],
    now: datetime,
    excess: Sequence[tuple[datetime, datetime]],
    *,
    amendments: Sequence[Amendment],
) -> Baseline | Refusal:
    """Return a first baseline, without the stretches in which too much was found where that is possible.

    What a cold start found may be wrong, and what lasts may be how the process runs: after PATIENCE what
    is left out is learned from after all, robustly, and a finding says so.
    """

    def learned(barred: Sequence[tuple[datetime, datetime]]) -> Baseline | Refusal:
        return learn(
            plant, store, stream, period, now, reason="first baseline", amendments=amendments, barred=barred
        )

    fitted = learned(excess)
    if not excess or isinstance(fitted, Baseline) or now - min(one[0] for one in excess) < PATIENCE:
        return fitted
    whole = learned(())
    if isinstance(whole, Refusal):
        return whole
    message = f"learned from {len(excess)} stretch(es) in which the cold start found too much use"
    span = min(excess)[0], max(excess)[1]
    finding = Finding("excess_in_period", Severity.WARNING, message, *span, {"stretches": len(excess)})
    return replace(whole, findings=(*whole.findings, finding))
