"""The night's work on one stream, and on what is kept: what came late, what is due, what may go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from analytics.frames import Stream
from analytics.keeping import keep_before_they_go, keep_new
from analytics.pipeline import recompute
from analytics.review import review
from domain.amendment import Amendment
from domain.baseline import Baseline, Finding
from domain.hotspot import Snapshot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

log = structlog.get_logger()

#: how far back the nightly recomputation looks for readings that came late
RECOMPUTE = timedelta(days=7)


def recompute_late(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    watermark: datetime,
    amendments: Sequence[Amendment],
) -> int | None:
    """Return how many judged intervals late readings changed; None where no baseline in force judged any.

    Args:
        watermark: up to when the stream was judged.
    """
    with ledger.begin() as tx:
        baseline = tx.approved_baseline(stream.process, stream.resource)
        checkpoints = tx.checkpoints(stream.process, stream.resource)
    if baseline is None:
        return None
    start = max(watermark - RECOMPUTE, _reign(baseline, checkpoints))
    if start >= watermark:
        return None
    changed = recompute(plant, store, stream, baseline, start, watermark, amendments=amendments)
    if changed:
        log.info(
            "analytics.intervals_recomputed",
            intervals=changed,
            process=stream.process,
            resource=stream.resource,
        )
    return changed


def review_baseline(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    watermark: datetime,
    amendments: Sequence[Amendment],
    now: datetime,
) -> Finding | None:
    """Return why a new baseline was proposed; None where the one in force is fine."""
    finding = review(plant, store, ledger, stream, watermark, now, amendments=amendments)
    if finding is not None:
        log.info(
            "analytics.baseline_proposed",
            reason=finding.message,
            process=stream.process,
            resource=stream.resource,
        )
    return finding


def keep_readings(
    plant: Plant, store: SeriesStore, now: datetime, lateness_s: float, amendments: Sequence[Amendment]
) -> None:
    """Keep the consumption of new readings, then let go of readings that were kept long enough.

    Args:
        lateness_s: how late a reading may arrive and still count [s].

    Raises:
        StoreError: the series store is away; the next night does the rest.
    """
    kept = keep_new(plant, store, now - timedelta(seconds=lateness_s), amendments)
    limit = store.readings_since(now)
    if limit is not None:
        kept += keep_before_they_go(plant, store, limit, amendments)
    forgotten = store.forget(now)
    if kept or forgotten:
        log.info("analytics.consumption_kept", intervals=kept, readings_forgotten=forgotten)


def _reign(baseline: Baseline, checkpoints: Sequence[Snapshot]) -> datetime:
    """Return from when on this version has judged: what an earlier one expected stays as it was."""
    return min(
        (one.watermark for one in checkpoints if one.baseline_version == baseline.version),
        default=baseline.period_end,
    )
