"""The backtest in several processes: each takes some streams, first to learn, then to judge them.

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
from app.backtest import (
    Learned,
    Periods,
    StreamResult,
    document_of,
    judge_one,
    learn_one,
    ruled_of,
    with_common,
)
from app.logs import configure_logs
from domain.amendment import Journal
from domain.plant import Plant
from domain.ports import SeriesStore
from store.ledger import SqlLedger
from store.memory import MemorySeries

#: streams handed over at a time
SHARE = 10
#: shares that wait or are worked on, per process
AHEAD = 2
#: a process takes seconds to start: fewer streams than this are sooner done without another one
WORTH = 20
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
THREADS = "POLARS_MAX_THREADS"

Given = TypeVar("Given")
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
        for one in _shared_out(pool, _learned, streams, _itself, store, AHEAD * processes):
            learned.append(one)
            on_stream(one)
        told = with_common(learned)
        for result in _shared_out(pool, _judged, told, _unread, store, AHEAD * processes):
            results.append(result)
            on_stream(result)
    ruled = ruled_of(plant, store, periods, journal)
    return document_of(plant, results, ruled, periods, time.monotonic() - began)


def _shared_out(
    pool: ProcessPoolExecutor,
    work: Callable[[Sequence[Given], pl.DataFrame], list[Done]],
    given: Sequence[Given],
    reads: Callable[[Given], Stream | None],
    store: SeriesStore,
    ahead: int,
) -> Iterator[Done]:
    """Yield what the processes make of what is given for each stream, in order.

    Args:
        reads: the stream whose readings the work on something given needs; None = it needs none.
        ahead: how many shares wait or are worked on.
    """
    firsts = iter(range(0, len(given), SHARE))
    waiting: deque[Future[list[Done]]] = deque()
    while True:
        while len(waiting) < ahead and (first := next(firsts, None)) is not None:
            share = given[first : first + SHARE]
            read = [stream for one in share if (stream := reads(one)) is not None]
            waiting.append(pool.submit(work, share, _readings(store, read)))
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


def _itself(stream: Stream) -> Stream:
    """Return the stream whose readings are learned from."""
    return stream


def _unread(given: tuple[Learned, Common]) -> Stream | None:
    """Return the stream whose readings are needed to judge it."""
    learned, _ = given
    return learned.stream if learned.needs_readings else None


def _readings(store: SeriesStore, share: Sequence[Stream]) -> pl.DataFrame:
    """Return all readings of some streams' meters and variables."""
    return store.read(sorted({one.id for stream in share for one in stream.inputs}), BEGINNING, END)


def _begin(work: Work) -> None:
    """Remember what this process was started for."""
    configure_logs(level="warning")
    _work.append(work)


def _learned(share: Sequence[Stream], readings: pl.DataFrame) -> list[Learned]:
    """Return what some streams are expected to use, from a store that holds nothing else."""
    work, store = _work[-1], MemorySeries()
    store.load(readings)
    return [learn_one(work.plant, store, stream, work.periods, work.journal) for stream in share]


def _judged(share: Sequence[tuple[Learned, Common]], readings: pl.DataFrame) -> list[StreamResult]:
    """Return the results of some streams, from a store and a ledger that hold nothing else."""
    work = _work[-1]
    store, ledger = MemorySeries(), SqlLedger("sqlite://")
    store.load(readings)
    try:
        return [
            judge_one(work.plant, store, ledger, learned, work.periods, work.journal, common)
            for learned, common in share
        ]
    finally:
        ledger.close()
