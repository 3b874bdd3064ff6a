"""Readings -> consumption: 1,000 meters x 1 day of 10-second readings (8.64 M rows) into quarter hours.

Run it with `python -m bench.consumption`. It prints the time of `consume` for each kind of meter, for
readings in the store's order and shuffled, beside that of a plain polars `group_by(...).mean()` over the
same rows: the least that any way of going through them costs. Peak RSS is the whole process's so far, the
readings included.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from analytics.consumption import consume
from domain.plant import Meter, MeterKind, PayloadRule
from domain.units import UNITS

START = datetime(2026, 1, 5, tzinfo=UTC)
INTERVAL_S = 900
EVERY_S = 10
DAY_S = 86_400
SEED = 20260105


def meters_of(kind: MeterKind, n: int) -> list[Meter]:
    """Return `n` meters of one kind that send every 10 s."""
    rule = PayloadRule("")
    return [
        Meter(f"m{i:05d}", "p", "r", kind, UNITS["kWh"], rule, every_s=EVERY_S, rollover=1e6)
        for i in range(n)
    ]


def readings_of(kind: MeterKind, n: int) -> pl.DataFrame:
    """Return a day of readings of `n` meters, sorted by meter and time, from one before to one after it."""
    ticks = np.arange(-1, DAY_S // EVERY_S + 1)
    rates = np.random.default_rng(SEED).gamma(2.0, 5.0, size=(n, ticks.size)).astype(np.float64)
    amounts = rates * EVERY_S / 3600
    values = {
        MeterKind.COUNTER: lambda: 5e5 + np.cumsum(amounts, axis=1),
        MeterKind.GAUGE: lambda: rates,
        MeterKind.DELTA: lambda: amounts,
    }[kind]()
    times = (np.int64(START.timestamp()) + ticks * EVERY_S) * 1_000_000 + 3_000_000
    return pl.DataFrame(
        {
            "meter": pl.Series([f"m{i:05d}" for i in range(n)]).gather(np.repeat(np.arange(n), ticks.size)),
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


def naive(readings: pl.DataFrame) -> pl.DataFrame:
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
    plain = seconds(lambda: naive(readings))
    rate = readings.height / ours / 1e6
    return (
        f"{kind:8} {order:9} {readings.height:10,} {ours:8.2f} {rate:9.1f} {plain:8.2f}"
        f" {ours / plain:6.2f} {peak_mib():9,.0f}"
    )


def main() -> None:
    """Print one row per kind and order."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--meters", type=int, default=1000)
    n = parser.parse_args().meters
    print(f"polars {pl.__version__}, {pl.thread_pool_size()} threads, {n} meters")
    print("kind     order           rows  seconds  M rows/s  naive s  ratio  peak MiB")
    for kind in MeterKind:
        meters, readings = meters_of(kind, n), readings_of(kind, n)
        print(row(kind, "sorted", readings, meters))
        print(row(kind, "shuffled", readings.sample(fraction=1.0, shuffle=True, seed=SEED), meters))


if __name__ == "__main__":
    main()
