"""The whole analysis over history, without servers: the live path on a store in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from analytics.baseline import Refusal, reporting_statistics
from analytics.common_days import common_of
from analytics.drift.common import NOTHING_COMMON, Common
from analytics.drift.judge import STATE_FORMAT, dump, fresh_state
from analytics.frames import stream_of
from analytics.pipeline import UNAMENDED, advance
from analytics.rules.history import watch_history
from app.backtest_document import StreamResult, document_of
from app.backtest_learning import Learned, Periods, in_shares, learn_some
from domain.amendment import Journal
from domain.hotspot import Hotspot, Snapshot
from domain.meter import Meter
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore


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
