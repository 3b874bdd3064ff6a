"""A loss that is mended: how soon is it seen to be over, and how often is one called over while it goes on?

Run it with `python -m bench.mended` (four works of `bench.plant_world`, 28 streams). Each loss begins at an
hour of the week of its own, so that nights, weekends and shifts all have their turn, lasts a while, and is
mended. Of those found by then is told how many were called over while they went on ("early"), and how many
hours after the mending nothing was open any more; inf: still open five days later.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np

from analytics.drift.judge import JudgeState, fresh_state, judge
from bench.plant_detection import Job, context_of, seeds_of, together
from bench.plant_world import Stream, excess_of, inject, streams_of
from domain.hotspot import Hotspot, HotspotKind
from ingest.simulator.paging import Floats

#: the week in which the losses begin [day of the reporting year], and hours between their beginnings
FIRST_DAY, EVERY_H = 100, 19
#: fault, size, hours that it lasts
LOSSES = (
    ("leak", 0.9, 9), ("leak", 0.5, 24), ("leak", 0.3, 96), ("specific", 0.3, 96), ("idle", 0.5, 120),
    ("shift", 0.4, 120),
)  # fmt: skip
PATIENCE_H = 120
#: the side of an open episode of over-consumption
OVER = "1"


@dataclass(frozen=True)
class Mended:
    """One loss that was found before it was mended."""

    early: bool  # called over while it went on
    late_h: float  # hours from the mending until nothing was open any more; inf: still open at the end


@dataclass(frozen=True)
class Told:
    """One stream and one of LOSSES: how many there were, and those found."""

    losses: int
    found: list[Mended]


def examine(job: Job) -> list[list[Told]]:
    """Return what the works of one seed shows, stream by stream, in the order of LOSSES."""
    streams = together(streams_of(job.seed, job.interval_s, job.streams))
    return [_stream(stream) for stream in streams]


def _stream(stream: Stream) -> list[Told]:
    actual = stream.frame["actual"].to_numpy()
    state, _ = _judged(stream, fresh_state(stream.baseline), actual, 0, FIRST_DAY * 24)
    hours = np.arange(actual.size) * 24 / stream.per_day
    starts = range(FIRST_DAY * 24, (FIRST_DAY + 7) * 24, EVERY_H)
    told = []
    for fault, size, lasts_h in LOSSES:
        extra = inject(stream, actual, fault, 0, size, stream.plant.shifts[0].name)
        found = []
        for start_h in starts:
            on = (hours >= start_h) & (hours < start_h + lasts_h)
            found.append(_mended(stream, state, actual + np.where(on, extra, 0.0), start_h, lasts_h))
        told.append(Told(len(starts), [one for one in found if one is not None]))
    return told


def _mended(stream: Stream, state: JudgeState, actual: Floats, start_h: int, lasts_h: int) -> Mended | None:
    """Return how one loss went; None: not found before it was mended, or something was open before."""
    state, _ = _judged(stream, state, actual, FIRST_DAY * 24, start_h)
    if OVER in state.memory.episodes:
        return None
    mended_h = start_h + lasts_h
    state, hotspots = _judged(stream, state, actual, start_h, mended_h)
    if not hotspots:
        return None
    early = any(one.ended_at is not None for one in hotspots)
    late_h = 0
    while OVER in state.memory.episodes and late_h < PATIENCE_H:
        state, _ = _judged(stream, state, actual, mended_h + late_h, mended_h + late_h + 1)
        late_h += 1
    return Mended(early, float("inf") if OVER in state.memory.episodes else float(late_h))


def _judged(
    stream: Stream, state: JudgeState, actual: Floats, first_h: int, last_h: int
) -> tuple[JudgeState, list[Hotspot]]:
    """Return the state and the hotspots of over-consumption after the hours [first, last)."""
    rows = slice(first_h * stream.per_day // 24, last_h * stream.per_day // 24)
    part = replace(stream, frame=stream.frame[rows], expected=stream.expected[rows])
    excess = excess_of(part, actual[rows])
    state, hotspots = judge(state, excess, stream.calendar[rows], context_of(stream))
    return state, [one for one in hotspots if one.kind is HotspotKind.DRIFT]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-4"), help="first-last")
    parser.add_argument("--streams", type=int, default=None, help="only the first so many of each works")
    parser.add_argument("--interval", type=int, default=900, help="seconds")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:  # polars does not survive a fork
        jobs = [Job(seed, options.interval, streams=options.streams) for seed in options.seeds]
        told = [one for works in pool.map(examine, jobs) for one in works]
    print(f"{len(told)} streams")
    print(f"{'loss':24s} losses  found  early  hours until seen over: median  9 in 10   most")
    for (fault, size, lasts_h), ones in zip(LOSSES, zip(*told, strict=True), strict=True):
        found = [mended for one in ones for mended in one.found]
        late = np.array([one.late_h for one in found] or [np.nan])
        median, most, last = np.quantile(late, [0.5, 0.9, 1.0], method="higher")
        print(
            f"{fault} +{100 * size:.0f} %, {lasts_h} h".ljust(24),
            f"{sum(one.losses for one in ones):6d} {len(found):6d} {sum(one.early for one in found):6d}",
            f"{median:30.0f} {most:8.0f} {last:6.0f}",
        )
    print(f"{time.perf_counter() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
