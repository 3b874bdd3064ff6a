"""The backtest of 1,000 meter-years of hourly data: seconds, memory, and where the time goes.

`python -m bench.backtest [--meters 500] [--processes 2] [--data DIR]`. Real electricity meters (see
`bench.baseline`) under new ids, each with a year to learn from and a year to be judged: 500 meters are 1,000
meter-years. Without the data, made-up ones. The split is CPU time of a few meters in one process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import analytics.learning
import analytics.pipeline
import app.backtest_learning
from analytics.frames import Stream, stream_of
from analytics.pipeline import UNAMENDED
from app.backtest import judge_one
from app.backtest_learning import Periods, in_shares, learn_some
from app.backtest_processes import backtest_in_processes
from bench.baseline import CASES, DATA, TEMPERATURE, campus, frames_of
from domain.meter import Meter, MeterKind, PayloadRule
from domain.plant import Plant, Process
from domain.units import UNITS
from store.ledger import SqlLedger
from store.memory import MemorySeries

YEARS = [datetime(year, 1, 1, tzinfo=UTC) for year in (2016, 2017, 2018)]
PERIODS = Periods((YEARS[0], YEARS[1]), (YEARS[1], YEARS[2]))
SPLIT_METERS = 11


def histories(folder: Path, meters: int) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Return the different meters' hours (start, actual) and the temperature's (start, value)."""
    if (folder / "cambridge").is_dir():
        frames = [frame for _, frame in frames_of(folder / "cambridge", CASES[0])][:meters]
        outside = frames[0].select("start", value=pl.col(TEMPERATURE))
        return [frame.select("start", "actual") for frame in frames], outside
    rng = np.random.default_rng(7)
    start = pl.datetime_range(YEARS[0], YEARS[2], "1h", closed="left", eager=True, time_unit="us")
    hour = np.arange(start.len())
    degrees = (
        10
        + 8 * np.sin(2 * np.pi * hour / 8766)
        + np.repeat(rng.normal(0, 3, hour.size // 48 + 1), 48)[: hour.size]
    )
    busy = ((hour // 24) % 7 < 5) & (hour % 24 >= 7) & (hour % 24 < 19)
    made = [
        20 + 30 * busy + rng.uniform(0.2, 2.0) * np.maximum(0, 15 - degrees) + rng.normal(0, 3, hour.size)
        for _ in range(30)
    ]
    frames = [pl.DataFrame({"start": start, "actual": one}) for one in made]
    return frames, pl.DataFrame({"start": start, "value": degrees})


def plant_of(meters: int) -> Plant:
    """Return a plant with so many processes, a meter each."""
    names = [f"building_{number:04}" for number in range(meters)]
    rule, unit = PayloadRule(""), UNITS["kWh"]
    owned = [Meter(f"{name}.energy", name, "energy", MeterKind.DELTA, unit, rule) for name in names]
    return replace(
        campus(),
        processes={name: Process(name, name, variables=(TEMPERATURE,)) for name in names},
        meters={meter.id: meter for meter in owned},
    )


def stored(plant: Plant, folder: Path) -> MemorySeries:
    """Return a store that holds every meter's readings."""
    store = MemorySeries()
    frames, outside = histories(folder, len(plant.meters))
    store.load(outside.select(meter=pl.lit(TEMPERATURE), time="start", value="value").drop_nulls())
    for number, name in enumerate(plant.meters):
        late = pl.col("start") + pl.duration(minutes=59)  # a delta's time is when its amount is complete
        hours = frames[number % len(frames)]
        store.load(hours.select(meter=pl.lit(name), time=late, value="actual").drop_nulls())
    return store


@contextmanager
def memory_watched() -> Iterator[list[float]]:
    """Give a list of one figure: the most that this process and its children held at once [MB]."""
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            ids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            peak[0] = max(peak[0], sum(resident_mb(pid) for pid in ids if pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def resident_mb(pid: int) -> float:
    """Return what a process holds in memory; 0 for one that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def split(plant: Plant, store: MemorySeries) -> dict[str, float]:
    """Return the CPU seconds per meter of each stage, in one process."""
    spent = dict.fromkeys(("load", "fit", "expect", "judge"), 0.0)
    places = [
        (app.backtest_learning, "stream_frames", "load"),
        (analytics.learning, "fit_baseline", "fit"),
        (analytics.pipeline, "expect", "expect"),
        (analytics.pipeline, "judge_widened", "judge"),
    ]
    before = [getattr(module, name) for module, name, _ in places]
    ledger = SqlLedger("sqlite://")
    streams = [stream_of(plant, *pair) for pair in plant.streams()[:SPLIT_METERS]]
    one_after_another(plant, store, ledger, streams[:1])  # what is loaded once
    for (module, name, stage), work in zip(places, before, strict=True):
        setattr(module, name, _counted(work, spent, stage))
    began = time.process_time()
    one_after_another(plant, store, ledger, streams[1:])
    spent["all"] = time.process_time() - began
    for (module, name, _), work in zip(places, before, strict=True):
        setattr(module, name, work)
    ledger.close()
    return {stage: seconds / max(len(streams) - 1, 1) for stage, seconds in spent.items()}


def one_after_another(
    plant: Plant, store: MemorySeries, ledger: SqlLedger, streams: Sequence[Stream]
) -> None:
    """Learn and judge some streams in this process."""
    for share in in_shares(streams):
        for learned in learn_some(plant, store, share, PERIODS, UNAMENDED):
            judge_one(plant, store, ledger, learned, PERIODS, UNAMENDED)


def _counted(work: Callable[..., Any], spent: dict[str, float], stage: str) -> Callable[..., Any]:
    """Return the same work, its CPU seconds added to its stage."""

    def counted(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return work(*given, **named)
        finally:
            spent[stage] += time.process_time() - began

    return counted


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds cambridge/")
    parser.add_argument("--meters", type=int, default=500, help="each has two years")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    plant = plant_of(options.meters)
    with memory_watched() as peak:
        began = time.monotonic()
        store = stored(plant, options.data)
        made = time.monotonic() - began
        found = backtest_in_processes(plant, store, PERIODS, options.processes)
        seconds = time.monotonic() - began - made
    summary = found["summary"]
    print(
        f"{2 * options.meters} meter-years ({options.meters} meters, {options.meters} years judged), "
        f"{options.processes} processes: {seconds:.1f} s, peak {peak[0]:.0f} MB in all, "
        f"{summary['hotspots']} hotspots (making the readings before: {made:.1f} s)"
    )
    parts = split(plant, store)
    whole = parts.pop("all")
    shares = ", ".join(f"{stage} {value:.3f} s ({value / whole:.0%})" for stage, value in parts.items())
    print(f"CPU per meter, one process: {whole:.3f} s: {shares}")


if __name__ == "__main__":
    main()
