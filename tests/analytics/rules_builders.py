"""Meters with rules, intervals and readings for them, and a plant that is watched as it lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.rules.live import RuleWatch
from analytics.rules.memory import MeterMemory
from analytics.rules.rows import HOUR_US, Point, Slot
from analytics.rules.watch import Watched, open_spells, watch_points, watch_slots, watched
from domain.hotspot import Hotspot
from domain.meter import Meter, MeterKind, PayloadRule
from domain.plant import Detection, Plant, Process, Shift
from domain.resource import Price, Resource, ResourceKind
from domain.rule import MeterRule, RuleKind
from domain.units import UNITS
from store.ledger import SqlLedger
from store.memory import MemorySeries

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
PRICE = 10.0
_DAY_0 = BEGIN.date().toordinal()
SHIFTS = (Shift("day", frozenset(range(5)), time(6), time(22)),)


def a_rule(kind: RuleKind, *, enabled: bool = True, **figures: float) -> MeterRule:
    return MeterRule(kind, tuple(sorted(figures.items())), enabled)


def a_meter(kind: str = "counter", resource: str = "water", name: str = "m", **given: Any) -> Meter:
    unit = {"water": "m3", "wastewater": "m3", "electricity": "kWh"}[resource]
    if kind == "gauge":
        unit = {"m3": "m3/h", "kWh": "kW"}[unit]
    facts: dict[str, Any] = {"every_s": 60.0} | given
    return Meter(name, "p", resource, MeterKind(kind), UNITS[unit], PayloadRule(""), **facts)


def a_plant(*meters: Meter, min_cost: float = 0.0, zone: str = "UTC", **given: Any) -> Plant:
    price = (Price(BEGIN.date(), None, PRICE),)
    resources = {
        "water": Resource("water", "Water", ResourceKind.WATER, "m3", price),
        "wastewater": Resource("wastewater", "Wastewater", ResourceKind.WATER, "m3", price),
        "electricity": Resource("electricity", "Electricity", ResourceKind.ENERGY, "kWh", price),
    }
    facts: dict[str, Any] = {
        "name": "works",
        "timezone": ZoneInfo(zone),
        "country": "VN",
        "currency": "VND",
        "language": "en",
        "interval_s": 900,
        "resources": resources,
        "processes": {"p": Process("p", "P")},
        "meters": {one.id: one for one in meters},
        "detection": Detection(min_cost_per_hour=min_cost),
    }
    return Plant(**facts | given)


def hours(rates: Sequence[float | None], *, price: float | None = PRICE, interval_s: int = 900) -> list[Slot]:
    """Return intervals from BEGIN on, each hour at one rate [unit/h]; None = unknown. Off: 22 to 6."""
    per_hour = 3600 // interval_s
    slots = []
    for i, rate in enumerate(rate for rate in rates for _ in range(per_hour)):
        at = BEGIN + timedelta(seconds=i * interval_s)
        end = at + timedelta(seconds=interval_s)
        start_us = round(at.timestamp() * 1e6)
        off = at.weekday() > 4 or not 6 <= at.hour < 22
        amount = None if rate is None else rate / per_hour
        slots.append(
            Slot(
                start_us, start_us + interval_s * 1_000_000, amount, at.hour, end.hour,
                at.date().toordinal(), off, price, 0.5,
            )
        )  # fmt: skip
    return slots


def day_and_night(
    days: int,
    by_day: float,
    by_night: Callable[[int], float] | float,
    zero: Callable[[int], bool] = lambda _d: False,
) -> list[float | None]:
    """Return hourly rates: one by day, one in the night 22 to 5, by the day it begins; 0 at 3 h if `zero`."""
    rates: list[float | None] = []
    for i in range(days * 24):
        day, hour = divmod(i, 24)
        night = day - (hour < 5)
        rate = by_day if 5 <= hour < 22 else by_night(night) if callable(by_night) else by_night
        rates.append(0.0 if hour == 3 and zero(day) else rate)
    return rates


@dataclass
class Seen:
    """What the rules said of a stretch of rows."""

    ended: list[Hotspot]
    open: list[Hotspot]
    memory: MeterMemory

    @property
    def all(self) -> list[Hotspot]:
        return [*self.ended, *self.open]


def a_watched(meter: Meter, *rules: MeterRule, **plant: Any) -> Watched:
    """Return a meter with no other rules than these."""
    off = tuple(
        MeterRule(kind, (), enabled=False) for kind in RuleKind if kind not in {r.kind for r in rules}
    )
    meter = replace(meter, rules=(*rules, *off))
    return watched(meter, a_plant(meter, **plant))


def seen_slots(one: Watched, slots: Sequence[Slot], memory: MeterMemory | None = None) -> Seen:
    memory = memory or MeterMemory(0, 0)
    ended = watch_slots(memory, one, slots)
    return Seen(ended, open_spells(memory, one), memory)


def seen_points(one: Watched, *points: tuple[float, float]) -> Seen:
    """Return what is said of (seconds after BEGIN, value)."""
    memory = MeterMemory(0, 0)
    first = round(BEGIN.timestamp() * 1e6)
    ended = watch_points(memory, one, [Point(first + round(t * 1e6), value) for t, value in points])
    return Seen(ended, open_spells(memory, one), memory)


def at_hour(number: float) -> datetime:
    return BEGIN + timedelta(microseconds=round(number * HOUR_US))


class StillClock:
    """Shows one instant."""

    at = BEGIN

    def now(self) -> datetime:
        return self.at


@dataclass
class Site:
    """A plant with its stores, watched; `again` is the next process over the same ledger."""

    plant: Plant
    store: MemorySeries
    ledger: SqlLedger
    clock: StillClock
    lateness_s: float

    def watch(self) -> RuleWatch:
        return RuleWatch(self.plant, self.store, self.ledger, self.clock, self.lateness_s)

    def look(self, watch: RuleWatch, now: datetime) -> list[Hotspot]:
        self.clock.at = now
        last = self.store.last(list(self.plant.meters))
        return watch.run_once(dict(zip(last["meter"], last["time"], strict=True)))

    def hotspots(self) -> list[Hotspot]:
        with self.ledger.begin() as tx:
            return sorted(tx.hotspots(), key=lambda one: (one.detected_at, one.id))


@contextmanager
def a_site(plant: Plant, lateness_s: float = 120.0) -> Iterator[Site]:
    ledger = SqlLedger("sqlite://")
    try:
        yield Site(plant, MemorySeries(), ledger, StillClock(), lateness_s)
    finally:
        ledger.close()


def readings(points: Sequence[tuple[float, float]], meter: str = "m") -> pl.DataFrame:
    """Return (seconds after BEGIN, value) as a READINGS frame."""
    schema = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    rows = [(meter, BEGIN + timedelta(seconds=t), float(value)) for t, value in points]
    return pl.DataFrame(rows, schema=schema, orient="row")
