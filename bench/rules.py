"""The rules on real meters of which nothing is known to be wrong: how often each one speaks in a year.

Run it with `python -m bench.rules` (about a minute). Every spell counts as false, although a building's
night level does change for good reasons, and a stuck meter may be one. Beside each rule stands a dummy
that watches for the same thing in the plainest way. Then the same rules look at the same meters with a
fault put in: a leak as large as the meter's usual night level from a random day on, and a value that
stands still for two days.

Water, electricity and gas are watched by the rules that come on by themselves for water, so that there
are enough meters; on a plant's electricity and gas they are only there where they are written.
Data: University of Cambridge estates, hourly kWh, DOI 10.5281/zenodo.10955332; river's WaterFlow.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from river.datasets import WaterFlow

from analytics.consumption import consume
from analytics.readiness import floor_to
from analytics.rules.memory import MeterMemory
from analytics.rules.rows import HOUR_US, Slot, Surroundings
from analytics.rules.watch import open_spells, watch_slots, watched
from domain.hotspot import Hotspot
from domain.meter import Meter, MeterKind, PayloadRule
from domain.plant import Plant, Process
from domain.resource import Resource, ResourceKind
from domain.rule import MeterRule, RuleKind
from domain.units import UNITS

DATA = Path(os.environ.get("WASTENOT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FILES = ("electricity_2016_2017", "electricity_2018_2019", "gas_2018_2019")
KINDS = (RuleKind.NIGHT_FLOW, RuleKind.CONTINUOUS_FLOW, RuleKind.STUCK)
YEAR_H = 8760.0
SEED = 7
#: spells that follow each other within a week are one; what is found this long after a fault is found [days]
MERGE_DAYS, FOUND_DAYS = 7.0, 31.0
STUCK_H = 48


@dataclass(frozen=True, slots=True)
class History:
    """One meter's intervals, in order."""

    name: str
    plant: Plant
    meter: Meter
    slots: list[Slot]

    @property
    def years(self) -> float:
        """Return how much of it is known [years]."""
        return sum(slot.amount is not None for slot in self.slots) / YEAR_H


def history(name: str, readings: pl.DataFrame, zone: str, kind: MeterKind = MeterKind.DELTA) -> History:
    """Return hourly readings (time, value) as a water meter's intervals."""
    unit = UNITS["m3/h" if kind is MeterKind.GAUGE else "m3"]
    meter = Meter(name, "p", "water", kind, unit, PayloadRule(""), every_s=3600.0)
    water = Resource("water", "Water", ResourceKind.WATER, "m3")
    country = {"Europe/London": "GB", "Europe/Rome": "IT"}[zone]
    plant = Plant(
        name=name, timezone=ZoneInfo(zone), country=country, currency="EUR", language="en", interval_s=3600,
        resources={"water": water}, processes={"p": Process("p", "P")}, meters={name: meter},
    )  # fmt: skip
    start, end = readings["time"].min(), readings["time"].max()
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    window = floor_to(start, 3600), floor_to(end, 3600)
    consumed = consume(readings.with_columns(meter=pl.lit(name)), [meter], 3600, *window)
    return History(name, plant, meter, list(Surroundings(plant, consumed["start"]).slots(consumed, water)))


def cambridge(file: str) -> list[History]:
    """Return the meters of one file."""
    frame = pl.read_parquet(DATA / "cambridge" / f"cambridge_{file}.parquet").select(
        "meter",
        time=pl.col("ts_utc").dt.replace_time_zone("UTC"),
        value=pl.col("kwh").cast(pl.Float64),
    )
    parts = frame.drop_nulls().partition_by("meter", as_dict=True, include_key=False)
    return [history(str(name), part, "Europe/London") for (name,), part in sorted(parts.items())]


def water_flow() -> list[History]:
    """Return the one meter of river's WaterFlow."""
    rows = [(x["Time"].astimezone(UTC), float(flow)) for x, flow in WaterFlow()]
    schema = {"time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    frame = pl.DataFrame(rows, schema=schema, orient="row").unique("time", keep="last").sort("time")
    return [history("water_flow", frame, "Europe/Rome", MeterKind.GAUGE)]


def spells(one: History, kind: RuleKind, **figures: float) -> list[Hotspot]:
    """Return what one rule says of a meter."""
    others = tuple(MeterRule(k, (), enabled=False) for k in RuleKind if k is not kind)
    if kind is RuleKind.CONTINUOUS_FLOW:
        figures = {"habit_days": 3.0, **figures}  # as it is where nobody has written it
    rule = MeterRule(kind, tuple(figures.items()))
    looked = watched(replace(one.meter, rules=(rule, *others)), one.plant)
    memory = MeterMemory(0, 0)
    return [*watch_slots(memory, looked, one.slots), *open_spells(memory, looked)]


def dummy_night(one: History) -> list[float]:
    """Return the days on which the quietest night hour is 50 % above that of the four weeks before."""
    nights: dict[int, list[float]] = {}
    for slot in one.slots:
        if slot.hour < 5 and slot.amount is not None:
            nights.setdefault(slot.day, []).append(slot.amount)
    lowest = [(day, min(hours)) for day, hours in sorted(nights.items())]
    return [
        float(day)
        for i, (day, low) in enumerate(lowest)
        if i >= 28 and low > 1.5 * median(value for _, value in lowest[i - 28 : i])
    ]


def dummy_flow(one: History) -> list[float]:
    """Return the days in which no hour was zero, whatever the meter usually does."""
    return [_day(spell.detected_at) for spell in spells(one, RuleKind.CONTINUOUS_FLOW, habit_days=0.0)]


def dummy_stuck(one: History) -> list[float]:
    """Return the days with three identical hours."""
    return [_day(spell.detected_at) for spell in spells(one, RuleKind.STUCK, hours=3.0)]


DUMMIES: dict[RuleKind, tuple[str, Callable[[History], list[float]]]] = {
    RuleKind.NIGHT_FLOW: ("any night 50 % above four weeks", dummy_night),
    RuleKind.CONTINUOUS_FLOW: ("no zero hour, whatever the habit", dummy_flow),
    RuleKind.STUCK: ("3 identical hours", dummy_stuck),
}


def _day(at: datetime) -> float:
    return at.timestamp() / 86_400


def merged(days: Sequence[float]) -> int:
    """Return how many alarms there are when those within a week are one.

    >>> merged([1.0, 3.0, 20.0])
    2
    """
    ordered = sorted(days)
    return sum(i == 0 or day - ordered[i - 1] > MERGE_DAYS for i, day in enumerate(ordered))


def usual_night(one: History) -> float:
    """Return the median of the nights' quietest hours."""
    hours = [slot.amount for slot in one.slots if slot.hour < 5 and slot.amount is not None]
    return median(hours) if hours else 0.0


def with_fault(one: History, kind: RuleKind, begin: int) -> History:
    """Return the meter with a leak from an interval on, or standing still for two days."""
    slots = list(one.slots)
    if kind is RuleKind.NIGHT_FLOW:
        leak = usual_night(one)
        slots[begin:] = [s if s.amount is None else s._replace(amount=s.amount + leak) for s in slots[begin:]]
    else:
        shown = next((s.amount for s in slots[begin:] if s.amount), 1.0)
        slots[begin : begin + STUCK_H] = [s._replace(amount=shown) for s in slots[begin : begin + STUCK_H]]
    return replace(one, slots=slots)


def delays(meters: Sequence[History], kind: RuleKind) -> list[float | None]:
    """Return after how many days each meter's fault was found; None where it was not.

    What was open before the fault is no finding of it.
    """
    chance = np.random.default_rng(SEED)
    found: list[float | None] = []
    for one in meters:
        if kind is RuleKind.NIGHT_FLOW and usual_night(one) <= 0.0:
            continue
        low, high = int(0.3 * len(one.slots)), int(0.8 * len(one.slots))
        begin = int(chance.integers(low, high))
        at = one.slots[begin].start_us
        seen = spells(with_fault(one, kind, begin), kind)
        late = [(_us(s.detected_at) - at) / (24 * HOUR_US) for s in seen if _us(s.detected_at) > at]
        good = [days for days in late if days <= FOUND_DAYS]
        found.append(min(good) if good else None)
    return found


def _us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def report(name: str, meters: Sequence[History]) -> None:
    """Print one row per rule."""
    years = sum(one.years for one in meters)
    print(f"\n{name}: {len(meters)} meters, {years:.1f} meter-years known")
    print(f"{'rule':16} {'per meter-year':>14}  {'open, % of time':>15}  {'dummy per year':>14}  dummy")
    for kind in KINDS:
        found = [spells(one, kind) for one in meters]
        count = sum(merged([_day(s.detected_at) for s in mine]) for mine in found)
        lasting = sum(
            ((s.ended_at or s.judged_until) - s.detected_at).total_seconds() for m in found for s in m
        )
        label, dummy = DUMMIES[kind]
        plain = sum(merged(dummy(one)) for one in meters)
        share = 100.0 * lasting / 3600 / YEAR_H / years
        print(f"{kind:16} {count / years:14.2f}  {share:15.1f}  {plain / years:14.2f}  {label}")


def report_found(name: str, meters: Sequence[History]) -> None:
    """Print what is found of faults."""
    for kind, fault in (
        (RuleKind.NIGHT_FLOW, "leak as large as the night level"),
        (RuleKind.STUCK, "stuck, 2 days"),
    ):
        got = delays(meters, kind)
        known = [one for one in got if one is not None]
        share = 100.0 * len(known) / len(got) if got else 0.0
        days = f"median {median(known):.1f} d, mean {mean(known):.1f} d" if known else ""
        print(f"{name}: {kind}: {fault}: {share:.0f} % of {len(got)} found {days}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args()
    worlds = {"river WaterFlow": water_flow()} | {f"cambridge {file}": cambridge(file) for file in FILES}
    for name, meters in worlds.items():
        report(name, meters)
    print()
    for name, meters in worlds.items():
        report_found(name, meters)


if __name__ == "__main__":
    main()
