"""The backtest in several processes: streams do not know of each other, so each process takes some of them.

The processes are spawned, because polars' threads do not survive a fork. Each is handed the readings of a few
streams at a time and hands back their results; no more of them wait than keep the processes busy.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from analytics.frames import Stream, stream_of
from analytics.pipeline import UNAMENDED
from app.backtest import Periods, StreamResult, backtest_one, document_of, ruled_of
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
    on_stream: Callable[[StreamResult], None] = lambda _result: None,
    journal: Journal = UNAMENDED,
) -> dict[str, Any]:
    """Return the same document as `app.backtest.backtest`, to the last bit, sooner.

    Args:
        plant: whose streams are judged.
        store: holds the readings; nothing is written into it.
        periods: what is learned from and what is judged.
        processes: how many.
        on_stream: told of each process and resource as it is done, in the plant's order.
        journal: corrections and adjustments, known from the beginning.
    """
    began = time.monotonic()
    results: list[StreamResult] = []
    streams = [stream_of(plant, *pair) for pair in plant.streams()]
    shares = iter([streams[first : first + SHARE] for first in range(0, len(streams), SHARE)])
    waiting: deque[Future[list[StreamResult]]] = deque()
    with _pool(processes, Work(plant, periods, journal)) as pool:
        while True:
            while len(waiting) < AHEAD * processes and (share := next(shares, None)) is not None:
                waiting.append(pool.submit(_judged, share, _readings(store, share)))
            if not waiting:
                break
            for result in waiting.popleft().result():
                results.append(result)
                on_stream(result)
    ruled = ruled_of(plant, store, periods, journal)
    return document_of(plant, results, ruled, periods, time.monotonic() - began)


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


def _readings(store: SeriesStore, share: list[Stream]) -> pl.DataFrame:
    """Return all readings of some streams' meters and variables."""
    return store.read(sorted({one.id for stream in share for one in stream.inputs}), BEGINNING, END)


def _begin(work: Work) -> None:
    """Remember what this process was started for."""
    configure_logs(level="warning")
    _work.append(work)


def _judged(share: list[Stream], readings: pl.DataFrame) -> list[StreamResult]:
    """Return the results of some streams, from a store and a ledger that hold nothing else."""
    work = _work[-1]
    store, ledger = MemorySeries(), SqlLedger("sqlite://")
    store.load(readings)
    try:
        return [
            backtest_one(work.plant, store, ledger, stream, work.periods, work.journal) for stream in share
        ]
    finally:
        ledger.close()
