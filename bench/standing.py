"""A loss that nobody mends: how often is it told in the rest of the year?

Run it with `python -m bench.standing` (four works of `bench.plant_world`, 28 streams; a minute). From day 100
of the reporting year on, every stream has a loss to its end. Counted are the hotspots of over-consumption
that begin from then on, the first of them included; beside them those of the same year without the loss.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import mean

from analytics.drift.judge import fresh_state
from bench.plant_detection import Job, alarms_of, run_judge, seeds_of, together
from bench.plant_world import Stream, excess_of, inject, streams_of
from ingest.simulator.paging import Floats

START_DAY = 100
LOSSES = (("specific", 0.3), ("specific", 0.6), ("leak", 0.3))


@dataclass(frozen=True)
class Told:
    """One stream: hotspots from START_DAY on, without a loss and with each of LOSSES."""

    quiet: int
    by_loss: tuple[int, ...]


def examine(job: Job) -> list[Told]:
    """Return what the works of one seed shows, stream by stream."""
    return [_told(stream) for stream in together(streams_of(job.seed, job.interval_s, job.streams))]


def _told(stream: Stream) -> Told:
    actual = stream.frame["actual"].to_numpy()
    shift = stream.plant.shifts[0].name
    lost = [actual + inject(stream, actual, fault, START_DAY, size, shift) for fault, size in LOSSES]
    return Told(_hotspots(stream, actual), tuple(_hotspots(stream, one) for one in lost))


def _hotspots(stream: Stream, actual: Floats) -> int:
    """Return how many hotspots of over-consumption begin from START_DAY on."""
    _, hotspots = run_judge(stream, fresh_state(stream.baseline), excess_of(stream, actual), 0, stream.days)
    return sum(begin > START_DAY for begin, _ in alarms_of(stream, hotspots))


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-4"), help="first-last")
    parser.add_argument("--streams", type=int, default=None, help="only the first so many of each works")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:  # polars does not survive a fork
        jobs = [Job(seed, streams=options.streams) for seed in options.seeds]
        told = [one for works in pool.map(examine, jobs) for one in works]
    print(f"{len(told)} streams; hotspots of over-consumption from day {START_DAY} on, per stream")
    print(f"{'loss':16s}  mean  most  streams told once or never")
    for number, (fault, size) in enumerate(LOSSES):
        _print(f"{fault} +{100 * size:.0f} %", [one.by_loss[number] for one in told])
    _print("none", [one.quiet for one in told])
    print(f"{time.perf_counter() - begun:.0f} s")
    return 0


def _print(name: str, counts: list[int]) -> None:
    print(f"{name:16s} {mean(counts):5.2f} {max(counts):5d} {sum(count <= 1 for count in counts):8d}")


if __name__ == "__main__":
    sys.exit(main())
