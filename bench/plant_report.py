"""What `bench.plant_detection` counts, and the tables it prints."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from domain.hotspot import Cause

WINDOW_DAYS, LONG_DAYS, RAMP_DAYS = 7, 31, 30
#: each fault: the cause it ought to be given, and days from its start until its clock starts
FAULTS = {
    "leak": (Cause.BASE_LOAD_UP, 0),
    "idle": (Cause.OUT_OF_HOURS, 0),
    "specific": (Cause.PROPORTIONAL, 0),
    "ramp": (Cause.SLOW_RISE, RAMP_DAYS // 2),
    "shift": (Cause.ONE_SHIFT, 0),
}
UNDER = "judge: under"


@dataclass(frozen=True)
class Case:
    """One fault of one stream: what each detector and the judge made of it."""

    fault: str
    delays: Mapping[str, float | None]  # days from the start of its clock; None: not in LONG_DAYS
    energy_ratio: float | None  # the hotspot's excess over what was injected until it was last judged
    cause: Cause | None
    detector: str


@dataclass(frozen=True)
class Result:
    """One stream: hotspots of its year without any fault, and its cases with one."""

    meter: str
    counts_output: bool  # one of its variables is a product's amount
    years: float
    episodes: Mapping[str, int]  # per detector
    false: Mapping[tuple[str, str], int]  # the judge's, per (kind, channel)
    cases: Sequence[Case]


def report(results: Sequence[Result]) -> None:
    """Print everything: all streams, those whose output is counted, and what the judge says of its cases."""
    _table("all streams", results)
    _table("streams whose output is counted", [result for result in results if result.counts_output])
    cases = [case for result in results for case in result.cases if case.delays["judge"] is not None]
    print("\njudge, what it found within 31 days: delay, energy found / injected, first channel, cause")
    for fault, (cause, _) in FAULTS.items():
        _fault(fault, cause, [case for case in cases if case.fault == fault])
    right = sum(case.cause is FAULTS[case.fault][0] for case in cases)
    print(f"  all: {_energy(cases)}; {right} of {len(cases)} causes right")
    channels, meters = Counter[str](), Counter[str]()
    for result in results:
        for (kind, channel), count in result.false.items():
            channels[f"{kind} {channel}"] += count
            meters[f"{kind} {result.meter}"] += count
    print(f"  false, by channel: {_words(channels)}")
    print(f"  false, by meter: {_words(meters)}")


def _table(title: str, results: Sequence[Result]) -> None:
    """Print each detector's false hotspots a year and the shares of faults that it found."""
    cases = [case for result in results for case in result.cases]
    if not cases:
        return
    years = sum(result.years for result in results)
    print(f"\n{title}: {years:.0f} meter-years, {len(cases)} faults")
    print(f"share found within {WINDOW_DAYS} days (within {LONG_DAYS}); delay: median, 90th; missed = inf")
    heads = "".join(f"{fault:>13s}" for fault in (*FAULTS, "mean"))
    print(f"{'detector':20s} false/yr{heads}   delay d")
    for name in cases[0].delays:
        shares = [_share(cases, name, fault) for fault in FAULTS]
        row = "".join(f"   {short:.2f} ({long:.2f})" for short, long in (*shares, np.mean(shares, axis=0)))
        late = sorted(math.inf if (delay := case.delays[name]) is None else delay for case in cases)
        middle, ninth = _quantile(late, 0.5), _quantile(late, 0.9)
        print(f"{name:20s} {_rate(results, name):8.2f}{row}  {middle:5.1f} {ninth:5.1f}")
    print(f"{UNDER:20s} {_rate(results, UNDER):8.2f}")


def _rate(results: Sequence[Result], name: str) -> float:
    return sum(result.episodes[name] for result in results) / sum(result.years for result in results)


def _share(cases: Sequence[Case], name: str, fault: str) -> tuple[float, float]:
    """Return the shares of a kind's faults found within the short and the long window."""
    delays = [case.delays[name] for case in cases if case.fault == fault]
    short = sum(delay is not None and delay <= WINDOW_DAYS for delay in delays)
    return short / len(delays), sum(delay is not None for delay in delays) / len(delays)


def _fault(fault: str, cause: Cause, found: Sequence[Case]) -> None:
    late = sorted(delay for case in found if (delay := case.delays["judge"]) is not None)
    if not late:
        print(f"  {fault:9s} never")
        return
    channels = _words(Counter(case.detector for case in found))
    delays = f"{_quantile(late, 0.5):.1f} d, 90th {_quantile(late, 0.9):.1f} d"
    print(f"  {fault:9s} {len(found)}: {delays}; {_energy(found)}; {channels}")
    print(f"            is {cause}, called {_words(Counter(str(case.cause) for case in found))}")


def _energy(cases: Sequence[Case]) -> str:
    ratios = [case.energy_ratio for case in cases if case.energy_ratio is not None]
    if not ratios:
        return "energy unknown"
    off = median(abs(ratio - 1.0) for ratio in ratios)
    return f"energy {100 * off:.0f} % off in the median, ratio {median(ratios):.2f}"


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[round(share * (len(ordered) - 1))]


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "none"
