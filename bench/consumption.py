"""Readings -> consumption in quarter hours: 1,000 meters x 1 day of 10-second readings, or 10,000 lazily.

`python -m bench.consumption` prints the time of `consume` for each kind of meter, for readings in the
store's order and shuffled, beside that of a plain polars `group_by(...).mean()` over the same rows: the
least that any way of going through them costs. Peak RSS is the whole process's so far, the readings included.

`python -m bench.consumption --full` writes 10,000 meters x 1 day (86.4 M rows) as Parquet into a temporary
folder, and goes through it in two processes, one after the other: `consume_in_groups`, and polars' own
streaming `group_by` mean over the same scan. Peak RSS is that process's.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analytics.consumption import consume
from analytics.consumption.streaming import consume_in_groups
from domain.meter import Meter, MeterKind, PayloadRule
from domain.units import UNITS

START = datetime(2026, 1, 5, tzinfo=UTC)
INTERVAL_S = 900
EVERY_S = 10
DAY_S = 86_400
SEED = 20260105
#: of --full: meters in all, meters in one file, and the kinds in turn from file to file
FULL_METERS, FILE_METERS = 10_000, 500
KINDS = (MeterKind.COUNTER, MeterKind.GAUGE, MeterKind.DELTA)


def meters_of(kind: MeterKind, n: int, first: int = 0) -> list[Meter]:
    """Return `n` meters of one kind that send every 10 s."""
    rule = PayloadRule("")
    return [
        Meter(f"m{i:05d}", "p", "r", kind, UNITS["kWh"], rule, every_s=EVERY_S, rollover=1e6)
        for i in range(first, first + n)
    ]


def readings_of(kind: MeterKind, n: int, first: int = 0) -> pl.DataFrame:
    """Return a day of readings of `n` meters, sorted by meter and time, from one before to one after it."""
    ticks = np.arange(-1, DAY_S // EVERY_S + 1)
    rates = np.random.default_rng(SEED + first).gamma(2.0, 5.0, size=(n, ticks.size)).astype(np.float64)
    amounts = rates * EVERY_S / 3600
    values = {
        MeterKind.COUNTER: lambda: 5e5 + np.cumsum(amounts, axis=1),
        MeterKind.GAUGE: lambda: rates,
        MeterKind.DELTA: lambda: amounts,
    }[kind]()
    times = (np.int64(START.timestamp()) + ticks * EVERY_S) * 1_000_000 + 3_000_000
    names = pl.Series([f"m{i:05d}" for i in range(first, first + n)])
    return pl.DataFrame(
        {
            "meter": names.gather(np.repeat(np.arange(n), ticks.size)),
            "time": pl.Series(np.tile(times, n)).cast(pl.Datetime("us", "UTC")),
            "value": values.ravel(),
        }
    )


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Return the shortest of several runs [s]."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def naive(readings: pl.LazyFrame) -> pl.LazyFrame:
    """Return the mean value per meter and quarter hour: no gaps, no resets, no quality."""
    start = pl.col("time").dt.truncate(f"{INTERVAL_S}s")
    return readings.group_by("meter", start).agg(pl.col("value").mean())


def peak_mib() -> float:
    """Return the process's peak resident memory [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(kind: MeterKind, order: str, readings: pl.DataFrame, meters: list[Meter]) -> str:
    """Return one line of the report."""
    end = START + timedelta(seconds=DAY_S)
    ours = seconds(lambda: consume(readings, meters, INTERVAL_S, START, end))
    plain = seconds(lambda: naive(readings.lazy()).collect())
    rate = readings.height / ours / 1e6
    return (
        f"{kind:8} {order:9} {readings.height:10,} {ours:8.2f} {rate:9.1f} {plain:8.2f}"
        f" {ours / plain:6.2f} {peak_mib():9,.0f}"
    )


def in_memory(n: int) -> None:
    """Print one row per kind and order."""
    print(f"polars {pl.__version__}, {pl.thread_pool_size()} threads, {n} meters")
    print("kind     order           rows  seconds  M rows/s  naive s  ratio  peak MiB")
    for kind in MeterKind:
        meters, readings = meters_of(kind, n), readings_of(kind, n)
        print(row(kind, "sorted", readings, meters))
        print(row(kind, "shuffled", readings.sample(fraction=1.0, shuffle=True, seed=SEED), meters))


def all_meters(n: int) -> list[Meter]:
    """Return the meters of --full: the kinds in turn, file by file."""
    return [
        meter
        for at, first in enumerate(range(0, n, FILE_METERS))
        for meter in meters_of(KINDS[at % len(KINDS)], min(FILE_METERS, n - first), first)
    ]


def write(folder: Path, n: int) -> int:
    """Write the readings of --full, a file for every 500 meters; return how many there are."""
    rows = 0
    for at, first in enumerate(range(0, n, FILE_METERS)):
        frame = readings_of(KINDS[at % len(KINDS)], min(FILE_METERS, n - first), first)
        frame.write_parquet(folder / f"{at:03d}.parquet", compression="lz4", row_group_size=1_000_000)
        rows += frame.height
    return rows


def go_through(folder: Path, way: str, n: int) -> dict[str, Any]:
    """Return what one way through the file takes in this process: seconds, rows that came out, peak MiB."""
    scan = pl.scan_parquet(folder / "*.parquet")
    began = time.perf_counter()
    if way == "ours":
        end = START + timedelta(seconds=DAY_S)
        parts = consume_in_groups(scan, all_meters(n), INTERVAL_S, START, end)
        intervals, total = 0, 0.0
        for part in parts:
            intervals += part.height
            total += part["amount"].sum()
    else:
        frame = naive(scan).collect(engine="streaming")
        intervals, total = frame.height, float(frame["value"].sum())
    taken = time.perf_counter() - began
    return {"seconds": taken, "intervals": intervals, "total": total, "peak_mib": peak_mib()}


def in_a_child(folder: Path, way: str, n: int) -> dict[str, Any]:
    """Return the same of a process of its own."""
    command = [sys.executable, "-m", "bench.consumption", "--meters", str(n), "--through", way, str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(answer.stdout))


def full(n: int) -> None:
    """Write the Parquet files, go through them both ways, print a row for each."""
    with tempfile.TemporaryDirectory(prefix="consumption-") as name:
        folder = Path(name)
        began = time.perf_counter()
        rows = write(folder, n)
        made = time.perf_counter() - began
        size = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
        print(f"polars {pl.__version__}, {pl.thread_pool_size()} threads")
        print(f"{n:,} meters, {rows:,} rows, {size:,.0f} MiB of Parquet, made in {made:.0f} s")
        print("way                   seconds  M rows/s  intervals  peak MiB")
        for way, label in (("naive", "streaming group_by"), ("ours", "consume_in_groups")):
            done = in_a_child(folder, way, n)
            rate = rows / done["seconds"] / 1e6
            came, peak = f"{done['intervals']:10,}", f"{done['peak_mib']:9,.0f}"
            print(f"{label:20} {done['seconds']:8.1f} {rate:9.1f} {came} {peak}")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--meters", type=int, help="1,000 in memory, 10,000 with --full")
    parser.add_argument("--full", action="store_true", help="lazily, from Parquet, in bounded memory")
    parser.add_argument("--through", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.through:
        way, folder = asked.through
        print(json.dumps(go_through(Path(folder), way, asked.meters)))
    elif asked.full:
        full(asked.meters or FULL_METERS)
    else:
        in_memory(asked.meters or 1000)


if __name__ == "__main__":
    main()
