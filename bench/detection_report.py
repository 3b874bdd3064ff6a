"""What `bench.detection` counts, and the table it prints."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean, median

from bench.detection_world import STUCK

DETECTORS = ("judge", "PageHinkley", "ADWIN", "7-day mean > 20 %", "dice, 1 a year")


@dataclass(frozen=True)
class Case:
    """One fault: per detector the days until it was found (None: missed); found size over true size."""

    fault: str
    delays: dict[str, float | None]
    energy_ratio: float | None
    inside: bool | None  # whether the injected rate lies in the hotspot's 90 % interval


@dataclass(frozen=True)
class Result:
    """One meter's year: hotspots without any fault, per detector, and the cases with one."""

    episodes: dict[str, int]
    under: int  # hotspots of under-consumption without any fault
    cases: list[Case]
    years: float


def report(world: str, results: list[Result]) -> None:
    """Print one world's table."""
    years = sum(result.years for result in results)
    cases = [case for result in results for case in result.cases]
    faults = list(dict.fromkeys(case.fault for case in cases))
    drifts = [case for case in cases if not case.fault.startswith(STUCK)]
    print(f"\n{world} world: {len(results)} meters, {years:.1f} meter-years, {len(drifts)} drifts")
    print(f"{'detector':20s} rate/yr " + " ".join(f"{fault:>7s}" for fault in faults) + "    mean  delay d")
    for name in DETECTORS:
        shares = {f: mean(c.delays[name] is not None for c in cases if c.fault == f) for f in faults}
        delays = [delay for c in drifts if (delay := c.delays[name]) is not None]
        rate = sum(result.episodes[name] for result in results) / years
        row = " ".join(f"{share:7.2f}" for share in shares.values())
        middle = mean([share for f, share in shares.items() if not f.startswith(STUCK)] or [float("nan")])
        print(f"{name:20s} {rate:7.2f} {row} {middle:7.3f} {median(delays or [float('nan')]):8.1f}")
    late = {fault: [c.delays["judge"] for c in cases if c.fault == fault] for fault in faults}
    found = {fault: [delay for delay in delays if delay is not None] for fault, delays in late.items()}
    row = " ".join(f"{median(delays or [float('nan')]):7.1f}" for delays in found.values())
    print(f"{'judge: delay d':20s}         {row}")
    ratios = [case.energy_ratio for case in cases if case.energy_ratio is not None]
    off = median(abs(ratio - 1.0) for ratio in ratios) if ratios else float("nan")
    print(f"judge: under-consumption {sum(r.under for r in results) / years:.2f} a year; energy of found:")
    print(f"       median error {100 * off:.0f} %, median ratio {median(ratios or [float('nan')]):.2f}")
    inside = [case.inside for case in cases if case.inside is not None]
    print(f"       the rate injected lies in the 90 % interval of {100 * mean(inside or [0]):.0f} % of them")
