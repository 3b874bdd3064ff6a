"""How fast the series stores write and read, side by side in one run: `python -m bench.store [--rows N]`.

Only the ratios within one run mean something: the machine and its load differ from run to run. SQLite is
measured always, InfluxDB 1.x where influxd is installed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np

from domain.ports import SeriesStore
from domain.reading import Reading
from domain.readings import ReadingBlock
from store.influx import InfluxSeries
from store.influx_points import ReadingLines
from store.readings import sift
from store.sqlite import SqliteSeries

METERS = 100
BATCH = 5_000
IMPORTED = 200_000  # readings handed to the store at a time
START_US = 1_772_323_200_000_000
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


def a_history(rows: int) -> list[Reading]:
    """Return readings of METERS meters, one each 10 s, in the order in which they arrive."""
    random = Random(1)
    meters = [f"line_{number}.power" for number in range(METERS)]
    return [
        Reading(meter, START_US + step * 10_000_000, random.random() * 1e4, 0)
        for step in range(rows // METERS)
        for meter in meters
    ]


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, SeriesStore]]:
    """The stores that can be measured here."""
    with ExitStack() as opened:
        sqlite: SeriesStore = opened.enter_context(closing(SqliteSeries(folder / "series.db")))
        found = {"sqlite": sqlite}
        if shutil.which("influxd") is None:
            print("influxd is not installed: InfluxDB is not measured")
            yield found
            return
        from tests.servers.influxd import start_influxd  # needs the development dependencies

        server = start_influxd(folder)
        opened.callback(server.server.kill)
        for packed in (False, True):
            series = InfluxSeries(server.url, "v1", f"bench_{packed}", packed=packed, timeout_s=60)
            series.ensure_database()
            found[f"influxdb 1.x{', gzip' if packed else ''}"] = opened.enter_context(closing(series))
        yield found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long a piece of work takes by the clock [s] and of our own processor time [s]."""
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


def write(series: SeriesStore, history: Sequence[Reading]) -> None:
    """Append a history in batches as the collector does."""
    for first in range(0, len(history), BATCH):
        done = series.append(history[first : first + BATCH])
        assert not done.refused


def measured(name: str, series: SeriesStore, history: Sequence[Reading]) -> None:
    """Print one row: thousands of readings a second by the clock, and our microseconds for one."""
    meters = sorted({reading.meter for reading in history})
    steps = [
        timed(lambda: write(series, history)),
        timed(lambda: write(series, history)),
        timed(lambda: series.read(meters, *ALWAYS)),
    ]
    last, _ = timed(lambda: series.last(meters))
    assert series.read(meters, *ALWAYS).height == len(history)
    count = len(history)
    cells = [f"{count / clock / 1e3:7.0f} k/s {cpu / count * 1e6:5.2f} us" for clock, cpu in steps]
    print(f"{name:20}  {'  '.join(cells)}  {last * 1e3:7.1f} ms")


def a_sorted_history(rows: int) -> ReadingBlock:
    """Return readings by meter and time, as `wastenot import` hands them on."""
    per_meter = rows // METERS
    codes = np.repeat(np.arange(METERS, dtype=np.int32), per_meter)
    times = np.tile(START_US + np.arange(per_meter) * 10_000_000, METERS)
    values = np.random.default_rng(1).random(len(codes)) * 1e4
    meters = [f"line_{number}.power" for number in range(METERS)]
    return ReadingBlock(meters, codes, times, values, np.zeros(len(codes), dtype=np.int64))


def measure_import(folder: Path, rows: int) -> None:
    """Print how fast a history goes into SQLite, and how long one meter's year at 15 min takes to read."""
    history = a_sorted_history(rows)
    with closing(SqliteSeries(folder / "import.db")) as series:
        clock, cpu = timed(
            lambda: [series.append(history[at : at + IMPORTED]) for at in range(0, rows, IMPORTED)]
        )
        print(f"import of {rows:,} into SQLite: {rows / clock / 1e3:.0f} k/s, {cpu / rows * 1e6:.2f} us")
        year = [Reading("year", START_US + step * 900_000_000, float(step), 0) for step in range(35_040)]
        series.append(year)
        best = min(timed(lambda: series.read(["year"], *ALWAYS))[0] for _ in range(5))
        print(f"a year of one meter at 15 min beside them: {best * 1e3:.0f} ms")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--import-rows", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wastenot-bench-") as folder:
        measure_import(Path(folder), options.import_rows)
    history = a_history(options.rows)
    batches = [history[first : first + BATCH] for first in range(0, len(history), BATCH)]
    lines = ReadingLines()
    clock, cpu = timed(lambda: [lines.of(sift(batch)[0]) for batch in batches])
    print(f"{len(history):,} readings of {METERS} meters, batches of {BATCH:,}; us = our own CPU per reading")
    print(f"line protocol alone: {len(history) / clock / 1e3:.0f} k/s, {cpu / len(history) * 1e6:.2f} us")
    print(f"{'store':20}  {'write':>20}  {'write again':>20}  {'read':>20}  {'last':>10}")
    with tempfile.TemporaryDirectory(prefix="wastenot-bench-") as folder, stores(Path(folder)) as found:
        for name, series in found.items():
            measured(name, series, history)


if __name__ == "__main__":
    main()
