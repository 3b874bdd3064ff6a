"""The backtest in several processes: each takes some streams to learn and to judge, and some meters' rules.

The processes are spawned, because polars' threads do not survive a fork. Each is handed the readings of a few
streams at a time and hands back their results; no more of them wait than keep the processes busy. Between
the halves every stream is told what the others did, as in one process.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import polars as pl

from analytics.drift.common import Common
from analytics.frames import Stream, stream_of
from analytics.pipeline import UNAMENDED
from analytics.rules.history import in_order
from app.backtest import judge_one, ruled_of, with_common
from app.backtest_document import StreamResult, document_of
from app.backtest_learning import Given, Learned, Periods, in_shares, learn_some
from app.logs import configure_logs
from domain.amendment import Journal
from domain.hotspot import Hotspot
from domain.meter import Meter
from domain.plant import Plant
from domain.ports import SeriesStore
from store.ledger import SqlLedger
from store.memory import MemorySeries

#: shares that wait or are worked on, per process
AHEAD = 2
#: a process takes seconds to start: fewer streams than this are sooner done without another one
WORTH = 20
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
THREADS = "POLARS_MAX_THREADS"

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Work:
    """What every process needs to know once."""

    plant: Plant
    periods: Periods
    journal: Journal


_work: list[Work] = []  # of a spawned process: what it was started for


def processes_for(plant: Plant) -> int:
    """Return how many processes a plant's backtest is worth on this machine."""
    return max(1, min(len(os.sched_getaffinity(0)), len(plant.streams()) // WORTH))


def backtest_in_processes(
    plant: Plant,
    store: SeriesStore,
    periods: Periods,
    processes: int,
    on_stream: Callable[[Learned | StreamResult], None] = lambda _done: None,
    journal: Journal = UNAMENDED,
) -> dict[str, Any]:
    """Return the same document as `app.backtest.backtest`, to the last bit, sooner.

    Args:
        plant: whose streams are judged.
        store: holds the readings; nothing is written into it.
        periods: what is learned from and what is judged.
        processes: how many.
        on_stream: told of each process and resource twice, as it is learned and as it is judged, in the
            plant's order.
        journal: corrections and adjustments, known from the beginning.
    """
    began = time.monotonic()
    streams = [stream_of(plant, *pair) for pair in plant.streams()]
    learned: list[Learned] = []
    results: list[StreamResult] = []
    with _pool(processes, Work(plant, periods, journal)) as pool:
        for one in _shared_out(pool, _learned, streams, _read_by, store, AHEAD * processes):
            learned.append(one)
            on_stream(one)
        told = with_common(learned)
        for result in _shared_out(pool, _judged, told, _unread, store, AHEAD * processes):
            results.append(result)
            on_stream(result)
        ruled = list(_shared_out(pool, _ruled, [*plant.meters.values()], _of_meter, store, AHEAD * processes))
    return document_of(plant, results, in_order(ruled), periods, time.monotonic() - began)


def _shared_out(
    pool: ProcessPoolExecutor,
    work: Callable[[Sequence[Given], pl.DataFrame], list[Done]],
    given: Sequence[Given],
    reads: Callable[[Given], Sequence[str]],
    store: SeriesStore,
    ahead: int,
) -> Iterator[Done]:
    """Yield what the processes make of what is given for each stream or meter, in order.

    Args:
        reads: whose readings the work on something given needs.
        ahead: how many shares wait or are worked on.
    """
    shares = iter(in_shares(given))
    waiting: deque[Future[list[Done]]] = deque()
    while True:
        while len(waiting) < ahead and (share := next(shares, None)) is not None:
            readings = store.read(sorted({name for one in share for name in reads(one)}), BEGINNING, END)
            waiting.append(pool.submit(work, share, readings))
        if not waiting:
            return
        yield from waiting.popleft().result()


@contextmanager
def _pool(processes: int, work: Work) -> Iterator[ProcessPoolExecutor]:
    """Give processes that share the machine's cores: polars in each takes its part of the threads."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = before or str(max(1, len(os.sched_getaffinity(0)) // processes))
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _begin, (work,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        if before is None:
            del os.environ[THREADS]


def _read_by(stream: Stream) -> list[str]:
    """Return the meters and variables of a stream."""
    return [one.id for one in stream.inputs]


def _unread(given: tuple[Learned, Common]) -> list[str]:
    """Return the meters and variables that are needed to judge a stream."""
    learned, _ = given
    return _read_by(learned.stream) if learned.needs_readings else []


def _of_meter(meter: Meter) -> list[str]:
    """Return whose readings a meter's rules look at."""
    return [meter.id]


def _begin(work: Work) -> None:
    """Remember what this process was started for."""
    configure_logs(level="warning")
    _work.append(work)


def _holding(readings: pl.DataFrame) -> MemorySeries:
    """Return a store that holds these readings and nothing else."""
    store = MemorySeries()
    store.load(readings)
    return store


def _learned(share: Sequence[Stream], readings: pl.DataFrame) -> list[Learned]:
    """Return what some streams are expected to use, from a store that holds nothing else."""
    work, store = _work[-1], _holding(readings)
    return learn_some(work.plant, store, share, work.periods, work.journal)


def _judged(share: Sequence[tuple[Learned, Common]], readings: pl.DataFrame) -> list[StreamResult]:
    """Return the results of some streams, from a store and a ledger that hold nothing else."""
    work = _work[-1]
    store, ledger = _holding(readings), SqlLedger("sqlite://")
    try:
        return [
            judge_one(work.plant, store, ledger, learned, work.periods, work.journal, common)
            for learned, common in share
        ]
    finally:
        ledger.close()


def _ruled(share: Sequence[Meter], readings: pl.DataFrame) -> list[Hotspot]:
    """Return what some meters' rules find, from a store that holds nothing else."""
    work = _work[-1]
    return ruled_of(work.plant, _holding(readings), work.periods, work.journal, share)
