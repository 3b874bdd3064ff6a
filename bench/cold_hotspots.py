"""Hotspots of cold starts on real meters: how many without a fault, and how many leaks are found.

`python -m bench.cold_hotspots [--data DIR] [--meters N]`. Each of the first N electricity meters of each file
lives through the fourteen days before four weeks of a year (see bench.cold_start) by the live path, once as
it was and once with a leak of 40 % of its mean use from the eighth day on. A natural change counts as false.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from analytics.frames import stream_of
from analytics.provisional.walk import advance_provisionally
from bench.baseline import CASES, DATA, TEMPERATURE, Case, campus, frames_of
from bench.cold_start import WEEKS
from domain.amendment import Journal
from domain.hotspot import Hotspot, HotspotKind
from domain.meter import Meter, MeterKind, PayloadRule
from domain.plant import Plant
from domain.units import UNITS
from store.ledger import SqlLedger
from store.memory import MemorySeries

DAYS, LEAK_DAY, LEAK = 14, 8, 0.4
METER = "meter"


@dataclass
class Tally:
    """What came of a number of cold starts."""

    starts: int = 0
    false: int = 0  # hotspots without a leak, of either direction
    found: int = 0
    delays_h: list[float] = field(default_factory=list)


def main() -> None:
    """Print one line per file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds cambridge/")
    parser.add_argument("--meters", type=int, default=14, help="take only the first so many of each file")
    options = parser.parse_args()
    for case in CASES[:2]:
        tally = _tally(options.data / "cambridge", case, options.meters)
        years = tally.starts * (DAYS - 3) / 365.25
        delay = f"{statistics.median(tally.delays_h):.0f} h" if tally.delays_h else "none"
        print(
            f"{case.name}: {tally.starts} starts; without a leak {tally.false} hotspots in {years:.1f} "
            f"meter-years; leaks found {tally.found / max(tally.starts, 1):.2f}, median delay {delay}"
        )


def _tally(folder: Path, case: Case, meters: int) -> Tally:
    plant, tally = _plant(), Tally()
    for _, frame in list(frames_of(folder, case))[:meters]:
        for month, day in WEEKS:
            begun = datetime(case.learned, month, day, tzinfo=UTC) - timedelta(days=DAYS)
            part = frame.filter(
                pl.col("start").is_between(begun, begun + timedelta(days=DAYS), closed="left")
            )
            if part["actual"].is_not_null().sum() >= 20 * DAYS:
                _count(tally, plant, part, begun)
    return tally


def _count(tally: Tally, plant: Plant, part: pl.DataFrame, begun: datetime) -> None:
    """Live through one start without and with a leak; a leak is missed where an excess was open before."""
    leak = begun + timedelta(days=LEAK_DAY)
    tally.starts += 1
    tally.false += len(_lived(plant, part, begun))
    more = pl.when(pl.col("start") >= leak).then(LEAK * pl.col("actual").mean()).otherwise(0.0)
    found = _lived(plant, part.with_columns(pl.col("actual") + more), begun)
    over = [one for one in found if one.kind is HotspotKind.DRIFT]
    if any(one.detected_at <= leak and (one.ended_at is None or one.ended_at > leak) for one in over):
        return
    first = min((one.detected_at for one in over if one.detected_at > leak), default=None)
    if first is not None:
        tally.found += 1
        tally.delays_h.append((first - leak).total_seconds() / 3600)


def _lived(plant: Plant, part: pl.DataFrame, begun: datetime) -> list[Hotspot]:
    """Return the hotspots of a cold start, on stores in memory."""
    names = {METER: "actual", TEMPERATURE: TEMPERATURE}
    readings = [
        part.filter(pl.col(column).is_not_null()).select(meter=pl.lit(name), time="start", value=column)
        for name, column in names.items()
    ]
    store, ledger, until = MemorySeries(), SqlLedger("sqlite://"), begun + timedelta(days=DAYS)
    store.load(pl.concat(readings))
    stream = stream_of(plant, "building", "energy")
    advance_provisionally(plant, store, ledger, stream, until, Journal(), until)
    with ledger.begin() as tx:
        found = tx.hotspots()
    ledger.close()
    return found


def _plant() -> Plant:
    meter = Meter(METER, "building", "energy", MeterKind.DELTA, UNITS["kWh"], PayloadRule(""), every_s=3600)
    return replace(campus(), meters={METER: meter})


if __name__ == "__main__":
    main()
