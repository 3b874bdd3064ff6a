"""Drift detection on real meters with injected faults: what is found, how soon, and how often in vain.

Run it with `python -m bench.detection` (both files: some five minutes per world on two cores). `--first-year
2017` learns on the end of one file and judges on the beginning of the other: no constant was chosen on that
year before those of ADR 37, which were looked for on all three. `--first-year gas` are six gas meters that
none was chosen on. `--file` takes any file of the folder with the same columns (`ts_utc, meter, kwh`, hourly)
and each two calendar years in a row that a meter has; `--faults step8 night15 stuck3` faults of other sizes,
and `drop50` use that falls by half, which is told as under-consumption.

Per meter a baseline is fitted on the first year of a file; faults of nine kinds, and a stuck meter, are put
into the second at four random starts (day 60 to 300). Two worlds: *real*, the second year as it was, so that
natural changes count as hotspots; *semi*, the baseline plus a bootstrap by weeks of its residuals, where
every hotspot is false.

A case is found when an alarm begins within 30 days of the fault and none was on at that moment without the
fault: a detector that always alarms scores 0. The rate is hotspots per meter and year without any fault,
counted once when less than 7 days apart. Compare detectors only at a similar rate; two dummies stand beside.
A stuck meter is found by a hotspot that says so, and is not in the mean.
Data: University of Cambridge estates, hourly kWh, DOI 10.5281/zenodo.10955332; weather MIDAS Open.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
from river.base import DriftDetector

from analytics.drift.adwin import ADWIN
from analytics.drift.judge import Context, JudgeState, fresh_state, judge
from analytics.drift.page_hinkley import PageHinkley
from bench.detection_days import series_of
from bench.detection_report import DETECTORS, Case, Result, report
from bench.detection_simple import compare, of_estate
from bench.detection_world import (
    DROP,
    FAULTS,
    FILES,
    FIRST_YEARS,
    STUCK,
    Year,
    excess_of,
    fault_of,
    frames_from,
    frames_in,
    inject,
    semi,
    split,
    what_lacks,
    year_of,
)
from bench.together import common_of
from domain.hotspot import Hotspot, HotspotKind

STARTS, WINDOW_DAYS, MERGE_DAYS = 4, 30, 7
Alarm = tuple[float, float]  # [day, day)


@dataclass(frozen=True)
class Lived:
    """A meter's reporting year without any fault, and the days on which faults begin."""

    year: Year
    actual: np.ndarray  # per hour
    starts: list[int]
    seed: int


def run_judge(
    year: Year, state: JudgeState, excess: pl.DataFrame, first: int, last: int
) -> tuple[JudgeState, list[Hotspot]]:
    """Return state and hotspots after the days [first, last)."""
    plant = year.plant
    context = Context(
        year.name, "electricity", "kWh", plant.currency, plant.interval_s, plant.detection, common=year.common
    )
    rows = slice(first * 24, last * 24)
    return judge(state, excess[rows], year.calendar[rows], context)


def simple_alarms(year: Year, excess: pl.DataFrame, seed: list[int]) -> dict[str, list[Alarm]]:
    """Return the alarms of what the judge is compared with; each lasts 14 days. `seed` rolls the dice."""
    days = series_of(excess, 24, year.baseline, year.weather_part)
    z, share = days.z, days.share
    week = np.array([np.nanmean(share[max(0, i - 6) : i + 1]) if i >= 6 else 0.0 for i in range(share.size)])
    dice = np.random.default_rng([*seed, zlib.crc32(year.name.encode())])
    return {
        "PageHinkley": _upward(PageHinkley(30, 0.3, 15.0, 1.0, "up"), z),
        "ADWIN": _upward(ADWIN(delta=0.002, clock=1), z),
        "7-day mean > 20 %": [(float(i), i + 1.0) for i in np.flatnonzero(week > 0.2)],
        "dice, 1 a year": [(float(i), i + 14.0) for i in np.flatnonzero(dice.random(share.size) < 1 / 365)],
    }


def _upward(detector: DriftDetector, z: np.ndarray) -> list[Alarm]:
    """Return the alarms that come while the last two weeks lie above the eight before."""
    found = []
    for i, value in enumerate(z.tolist()):
        detector.update(value)
        if detector.drift_detected and i > 14:
            recent, before = np.nanmean(z[i - 13 : i + 1]), np.nanmean(z[max(0, i - 69) : i - 13])
            if recent > before:
                found.append((i + 1.0, i + 15.0))
    return found


def kind_of(fault: str) -> HotspotKind:
    """Return the kind of hotspot that finds a fault."""
    shape, _ = split(fault)
    return {STUCK: HotspotKind.STUCK_METER, DROP: HotspotKind.UNDER_CONSUMPTION}.get(shape, HotspotKind.DRIFT)


def alarms_of(year: Year, hotspots: list[Hotspot], kind: HotspotKind = HotspotKind.DRIFT) -> list[Alarm]:
    """Return over-consumption hotspots, or those of another kind, as [day of detection, day of end)."""
    first = year.frame["start"][0]
    return [
        (
            (one.detected_at - first) / timedelta(days=1),
            (one.ended_at - first) / timedelta(days=1) if one.ended_at else 1e9,
        )
        for one in hotspots
        if one.kind is kind
    ]


def found_after(alarms: list[Alarm], quiet: list[Alarm], start: int) -> float | None:
    """Return the delay [days] of the first alarm that the fault has made; None = missed."""
    for begin, _ in sorted(alarms):
        on_anyway = any(a <= begin < b for a, b in quiet)
        if start < begin <= start + WINDOW_DAYS and not on_anyway:
            return begin - start
    return None


def episodes(alarms: list[Alarm]) -> int:
    """Return the number of alarms, those less than a week apart counted once."""
    spans = sorted(alarms)
    return bool(spans) + sum(b[0] - a[1] >= MERGE_DAYS for a, b in pairwise(spans))


def learn(job: tuple[str, pl.DataFrame, str, int]) -> Lived | None:
    """Return a meter's reporting year; None when no baseline can be made of the one before."""
    name, frame, world, seed = job
    year = year_of(name, frame)
    if year is None:
        return None
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    actual = year.frame["actual"].to_numpy() if world == "real" else semi(year, rng)
    return Lived(year, actual, sorted(rng.integers(60, 301, STARTS).tolist()), seed)


def examine(lived: Lived, faults: Sequence[str] = FAULTS) -> Result:
    """Return what one meter shows."""
    year, actual, starts, seed = lived.year, lived.actual, lived.starts, lived.seed
    excess = excess_of(year, actual)
    state = fresh_state(year.baseline)
    states: dict[int, JudgeState] = {}
    hotspots: dict[str, Hotspot] = {}
    for first, last in pairwise([0, *starts, year.days]):
        state, changed = run_judge(year, state, excess, first, last)
        states[last] = state
        hotspots |= {one.id: one for one in changed}
    found = list(hotspots.values())
    quiet = {"judge": alarms_of(year, found), **simple_alarms(year, excess, [seed])}
    before = {kind: {**quiet, "judge": alarms_of(year, found, kind)} for kind in set(map(kind_of, faults))}
    cases = [
        _case(year, actual, before[kind_of(fault)], states[start], fault, start, [seed, start, number])
        for start in starts
        for number, fault in enumerate(faults)
    ]
    under = sum(one.kind is HotspotKind.UNDER_CONSUMPTION for one in found)
    counted = {detector: episodes(alarms) for detector, alarms in quiet.items()}
    return Result(counted, under, cases, year.days / 365.0)


def together(learned: list[Lived]) -> list[Lived]:
    """Return the same meters, each told what the other meters of its file did on each day."""
    told = common_of(learned[0].year.plant, [excess_of(one.year, one.actual) for one in learned])
    return [
        replace(one, year=replace(one.year, common=common)) for one, common in zip(learned, told, strict=True)
    ]


def _case(
    year: Year,
    actual: np.ndarray,
    quiet: dict[str, list[Alarm]],
    state: JudgeState,
    fault: str,
    start: int,
    seed: list[int],
) -> Case:
    kind = kind_of(fault)
    wrong = inject(year, actual, fault, start)
    excess = excess_of(year, wrong)
    _, hotspots = run_judge(year, state, excess, start, min(start + WINDOW_DAYS, year.days))
    alarms = {
        "judge": alarms_of(year, hotspots, kind),
        **simple_alarms(year, excess, seed),
    }
    delays = {name: found_after(alarms[name], quiet[name], start) for name in DETECTORS}
    if kind is HotspotKind.STUCK_METER:
        return Case(fault, delays, None, None)
    return Case(fault, delays, *_size(year, hotspots, wrong - actual, start, delays["judge"]))


def _size(
    year: Year, hotspots: list[Hotspot], extra: np.ndarray, start: int, delay: float | None
) -> tuple[float | None, bool | None]:
    """Return the found hotspot's excess over the injected energy, up to where it was judged; and whether
    the rate injected since its onset lies in its interval."""
    if delay is None:
        return None, None
    first = year.frame["start"][0]
    one = next(h for h in hotspots if (h.detected_at - first) / timedelta(days=1) == start + delay)
    until = int(((one.ended_at or one.judged_until) - first) / timedelta(hours=1))
    injected = float(np.nansum(extra[start * 24 : until]))
    since = int((one.since - first) / timedelta(hours=1))
    low, high = one.evidence["interval_per_hour"]
    inside = low <= float(np.nanmean(extra[since:until])) <= high
    return (one.excess_total / injected if injected > 0.0 else None), inside


def _fault(text: str) -> str:
    try:
        return fault_of(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong


def main() -> int:
    """Run the benchmark; return the exit code."""
    root = Path(os.environ.get("WASTENOT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=root / "cambridge", help="folder of the parquet files")
    parser.add_argument("--first-year", choices=FIRST_YEARS, nargs="+", default=[*FILES])
    parser.add_argument("--file", nargs="+", default=[], help="files of the folder, instead of --first-year")
    parser.add_argument(
        "--faults",
        type=_fault,
        nargs="+",
        default=[*FAULTS],
        help="as step8 night15 stuck3; not with --detectors",
    )
    parser.add_argument("--world", choices=["real", "semi"], nargs="+", default=["real", "semi"])
    parser.add_argument("--meters", type=int, default=None, help="only the first so many of each file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--detectors", action="store_true", help="plain detectors only, at one rate")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"no data at {options.data}", file=sys.stderr)
        return 2
    if lacking := what_lacks(options.data, options.file):
        print(lacking, file=sys.stderr)
        return 2
    read = [frames_in(options.data, file) for file in options.file] or [
        frames_from(options.data, key) for key in options.first_year
    ]
    frames = [pair for each in read for pair in list(each.items())[: options.meters]]
    if not frames:
        print("no meter has two calendar years in a row in these files", file=sys.stderr)
        return 2
    for world in options.world:
        begun = time.perf_counter()
        with ProcessPoolExecutor(
            options.jobs, get_context("spawn")
        ) as pool:  # polars does not survive a fork
            jobs = [(name, frame, world, options.seed) for name, frame in frames]
            if options.detectors:
                print(f"\n{world} world", end="")
                compare([one for one in pool.map(of_estate, jobs) if one is not None], 1.0, WINDOW_DAYS)
                continue
            learned = [one for one in pool.map(learn, jobs) if one is not None]
            if not learned:
                print("no baseline could be made of any of these meters", file=sys.stderr)
                return 2
            judged = pool.map(partial(examine, faults=options.faults), together(learned))
            report(world, list(judged))
        print(f"       {time.perf_counter() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
