"""Every plain detector on daily excess at one rate of false hotspots: which earns its place?

`python -m bench.detection --detectors` and `python -m bench.plant_detection --detectors` print the table.
Each detector has one limit that is tried at several sizes; on every other stream the nearest limit is chosen
that keeps within the rate asked for, and what it finds on the streams in between is reported.

What they see is one number a day: the day's excess in daily standard deviations (the baseline's, out of
sample). CUSUM and EWMA, which do not know the mean, get it less the median of the 56 days that end a week
ago. One CUSUM sees a slope instead: that centred excess times how far what drives the use (weather part, or
output) lies from its own 56 days, so that it rises only where excess and driver go together. After an alarm,
which lasts a fortnight, each starts anew.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
import polars as pl
from river.base import DriftDetector

from analytics.drift.adwin import ADWIN
from analytics.drift.cusum import CUSUM
from analytics.drift.ensemble import Ensemble
from analytics.drift.ewma import EWMA
from analytics.drift.glr import GLR
from analytics.drift.kswin import KSWIN
from analytics.drift.page_hinkley import PageHinkley
from bench.detection_days import CENTRED, PLAIN, SLOPE, Series, series_of
from bench.detection_world import DRIFTS, excess_of, inject, semi, year_of

Alarm = tuple[float, float]  # [day, day)
LASTS_DAYS, MERGE_DAYS, WINDOW_DAYS = 14, 7, 31
RULE, DICE, ALWAYS = "7-day mean > limit", "dice", "always fires"


@dataclass(frozen=True)
class Kind:
    """How to make a detector with a limit, the limits tried from near to far, and what it is fed."""

    make: Callable[[float], DriftDetector]
    limits: Sequence[float]
    sees: str = PLAIN


def _ensemble(limit: float) -> DriftDetector:
    page = PageHinkley(30, 0.3, 15.0 * limit, 1.0, "up")
    members = [
        page,
        CUSUM(k=1.0, h=6.0 * limit, clip=4.0),
        EWMA(0.15, 3.5 * limit, 4.0),
        GLR(8.0 * limit, 60),
    ]
    return Ensemble(members, votes=2, hold=7)


KINDS = {
    "Page-Hinkley": Kind(
        lambda h: PageHinkley(30, 0.3, h, 1.0, "up"), (6, 9, 12, 15, 17.5, 20, 22.5, 25, 30)
    ),
    "ADWIN": Kind(lambda d: ADWIN(delta=10.0**-d, clock=1), (0.5, 1, 1.5, 2, 2.7, 4, 6)),
    "KSWIN": Kind(lambda a: KSWIN(10.0**-a, 75, 14), (1.5, 2, 3, 4, 5, 6)),
    "GLR": Kind(lambda limit: GLR(limit, 60), (6, 8, 11, 13, 15, 17.5, 20, 30)),
    "CUSUM": Kind(lambda h: CUSUM(k=1.0, h=h, clip=4.0), (4, 6, 7, 8, 10, 12, 18, 27), sees=CENTRED),
    "EWMA": Kind(lambda limit: EWMA(0.15, limit, 4.0), (3, 4, 5, 5.5, 6, 6.5, 7.5, 9), sees=CENTRED),
    "CUSUM of the slope": Kind(
        lambda h: CUSUM(k=0.5, h=h, clip=4.0), (5, 8, 12, 18, 27, 35, 45, 60, 80), sees=SLOPE
    ),
    "ensemble, 2 of 4": Kind(_ensemble, (0.6, 0.8, 1.0, 1.3, 1.5, 1.7, 2.0, 2.3), sees=CENTRED),
}
RULE_LIMITS, DICE_LIMITS = (0.03, 0.05, 0.08, 0.12, 0.2, 0.3), (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Fault:
    """A stream's days with one fault; its clock starts so many days after the fault does."""

    name: str
    start: int
    series: Series
    clock: int = 0


@dataclass(frozen=True)
class Outcome:
    """One detector with one limit on one stream: its false hotspots; per fault the delay (None: missed)."""

    false: int
    years: float
    delays: Sequence[tuple[str, float | None]]


Outcomes = Mapping[tuple[str, float], Outcome]  # by (detector, limit)


def of_estate(job: tuple[str, pl.DataFrame, str, int]) -> Outcomes | None:
    """Return what they make of one real meter; None when no baseline can be made of it.

    The job is that of `bench.detection.examine`: name, PROCESS frame, world, seed; so are faults and starts.
    """
    name, frame, world, seed = job
    year = year_of(name, frame)
    if year is None:
        return None
    key = [seed, zlib.crc32(name.encode())]
    rng = np.random.default_rng(key)
    actual = year.frame["actual"].to_numpy() if world == "real" else semi(year, rng)
    starts = sorted(rng.integers(60, 301, 4).tolist())
    quiet = series_of(excess_of(year, actual), 24, year.baseline, year.weather_part)
    wrong = ((fault, start, inject(year, actual, fault, start)) for start in starts for fault in DRIFTS)
    faults = [
        Fault(fault, start, series_of(excess_of(year, amounts), 24, year.baseline, year.weather_part))
        for fault, start, amounts in wrong
    ]
    return outcomes(quiet, faults, WINDOW_DAYS, key)


def alarms_until(detector: DriftDetector, values: Sequence[float], first: int = 0) -> list[Alarm]:
    """Return the upward alarms of a detector on the days from `first` on; it starts anew after each."""
    found = []
    for i, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            if detector.direction > 0:  # type: ignore[attr-defined]  # all of ours tell it
                found.append((first + i + 1.0, first + i + 1.0 + LASTS_DAYS))
            detector._reset()
    return found


def alarms_by_detector(series: Series, limits: Mapping[str, float]) -> dict[str, list[Alarm]]:
    """Return each detector's upward alarms over all days, with the limits given by its name."""
    fed = series.fed
    return {
        name: alarms_until(KINDS[name].make(limit), fed[KINDS[name].sees]) for name, limit in limits.items()
    }


def outcomes(quiet: Series, faults: Sequence[Fault], window: int, seed: Sequence[int]) -> Outcomes:
    """Return what every detector with every limit does with one stream: without faults, and with each."""
    found: dict[tuple[str, float], Outcome] = {}
    fed, with_fault = quiet.fed, [fault.series.fed for fault in faults]
    for name, kind in KINDS.items():
        for limit in kind.limits:
            alarms, after = _run(kind, limit, fed[kind.sees], faults, with_fault, window)
            found[name, limit] = _outcome(alarms, after, faults, quiet, window)
    for limit in RULE_LIMITS:
        after = [_rule(fault.series, limit) for fault in faults]
        found[RULE, limit] = _outcome(_rule(quiet, limit), after, faults, quiet, window)
    for a_year in DICE_LIMITS:
        rng = np.random.default_rng(seed)
        rolls = [_dice(rng, quiet.z.size, a_year) for _ in range(len(faults) + 1)]
        found[DICE, -a_year] = _outcome(rolls[0], rolls[1:], faults, quiet, window)
    always = [(0.0, math.inf)]
    found[ALWAYS, 0.0] = _outcome(always, [always] * len(faults), faults, quiet, window)
    return found


def _run(
    kind: Kind,
    limit: float,
    quiet: Sequence[float],
    faults: Sequence[Fault],
    with_fault: Sequence[Mapping[str, list[float]]],
    window: int,
) -> tuple[list[Alarm], list[list[Alarm]]]:
    """Return a detector's alarms without faults, and with each: there it goes on from the quiet state."""
    detector, alarms, states = kind.make(limit), list[Alarm](), dict[int, list[float]]()
    stops = sorted({0, len(quiet), *(fault.start for fault in faults)})
    for first, last in pairwise(stops):
        states[first] = detector.numbers()  # type: ignore[attr-defined]  # all of ours tell it
        alarms += alarms_until(detector, quiet[first:last], first)
    after = []
    for fault, values in zip(faults, with_fault, strict=True):
        other, start = kind.make(limit), fault.start
        other.restore(states[start])  # type: ignore[attr-defined]
        after.append(alarms_until(other, values[kind.sees][start : start + fault.clock + window], start))
    return alarms, after


def _rule(series: Series, limit: float) -> list[Alarm]:
    """Return the alarms of a fixed rule: the mean share of seven days is above a limit."""
    share = np.nan_to_num(series.share)
    week = np.convolve(share, np.ones(7) / 7.0)[: share.size]
    return [(i + 1.0, i + 2.0) for i in np.flatnonzero(week > limit).tolist() if i >= 6]


def _dice(rng: np.random.Generator, days: int, a_year: float) -> list[Alarm]:
    return [
        (i + 1.0, i + 1.0 + LASTS_DAYS) for i in np.flatnonzero(rng.random(days) < a_year / 365.0).tolist()
    ]


def _outcome(
    alarms: list[Alarm], after: Sequence[list[Alarm]], faults: Sequence[Fault], quiet: Series, window: int
) -> Outcome:
    spans = sorted(alarms)
    false = bool(spans) + sum(b[0] - a[1] >= MERGE_DAYS for a, b in pairwise(spans))
    delays = [
        (fault.name, _delay(own, spans, fault, window)) for fault, own in zip(faults, after, strict=True)
    ]
    return Outcome(false, quiet.z.size / 365.0, delays)


def _delay(own: list[Alarm], quiet: list[Alarm], fault: Fault, window: int) -> float | None:
    """Return after how many days of its clock a fault was found that was not on anyway; None = missed."""
    for begin, _ in sorted(own):
        on_anyway = any(a <= begin < b for a, b in quiet)
        if fault.start < begin <= fault.start + fault.clock + window and not on_anyway:
            return max(0.0, begin - fault.start - fault.clock)
    return None


def compare(found: Iterable[Outcomes], rate: float, window: int) -> None:
    """Print each detector at the nearest limit that keeps within `rate` on every other stream."""
    streams = list(found)
    choosing, reporting = streams[::2], streams[1::2] or streams
    faults = list(dict.fromkeys(name for name, _ in next(iter(reporting[0].values())).delays))
    years = sum(next(iter(one.values())).years for one in reporting)
    print(
        f"\nlimits chosen on {len(choosing)} streams for {rate:g} false a year, reported on {len(reporting)}"
    )
    print(f"others ({years:.0f} years); share of faults found within {window} days; median delay of those")
    print(
        f"{'detector':20s} limit false/yr" + "".join(f"{fault:>9s}" for fault in faults) + "    mean  delay d"
    )
    for name in dict.fromkeys(name for name, _ in reporting[0]):
        tried = sorted(limit for other, limit in reporting[0] if other == name)
        limit = next((one for one in tried if _rate(choosing, (name, one)) <= rate), tried[-1])
        delays = [pair for one in reporting for pair in one[name, limit].delays]
        shares = [_share([delay for fault, delay in delays if fault == wanted]) for wanted in faults]
        row = "".join(f"{share:9.2f}" for share in shares)
        late = median([delay for _, delay in delays if delay is not None] or [math.nan])
        false = _rate(reporting, (name, limit))
        print(f"{name:20s} {abs(limit):5g} {false:8.2f}{row} {np.mean(shares):7.3f} {late:8.1f}")


def _rate(streams: Sequence[Outcomes], key: tuple[str, float]) -> float:
    return sum(one[key].false for one in streams) / sum(one[key].years for one in streams)


def _share(delays: Sequence[float | None]) -> float:
    return sum(delay is not None for delay in delays) / max(len(delays), 1)
