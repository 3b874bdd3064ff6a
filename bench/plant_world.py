"""The world of `bench.plant_detection`: two years of a simulated works, and its faults.

Built on the simulator's physics (batches, shifts, recipes, weather, autocorrelated noise), composed at
minutes and added up to intervals, because message by message a plant's year takes too long. On top of it
stands what a regression does not know: changeovers, a wander that lasts days, a season of its own, a slow
trend, holes in the data. What it does know changes, too: the order book, the mix of two products, which
steps in the reporting year, a closure, the weather.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.baseline import expect, fit_baseline
from analytics.calendar import calendar_features
from analytics.drift.common import NOTHING_COMMON, Common
from analytics.excess import excess_frame
from bench.plant_report import RAMP_DAYS
from domain.baseline import Baseline
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process, Shift
from domain.resource import EmissionFactor, Price, Resource, ResourceKind
from domain.units import UNITS
from ingest.simulator.character import character_of
from ingest.simulator.paging import PAGE_US, STEP_US, US, Floats, generator, page_of, smooth_noise
from ingest.simulator.physics import Physics

FIRST, MIDDLE, LAST = date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)
TEMPERATURE, LIGHT, DARK, FINISHED = "outdoor_temperature", "light_goods", "dark_goods", "finished_goods"
#: which resources each process uses, and what drives it; nobody counts what the workshop makes
PROCESSES = {
    "dyeing": (("electricity", "gas", "water"), (LIGHT, DARK, TEMPERATURE)),
    "finishing": (("electricity", "compressed_air", "gas"), (FINISHED, TEMPERATURE)),
    "workshop": (("electricity",), (TEMPERATURE,)),
}
PLACES = (
    ("VN", "Asia/Ho_Chi_Minh"),
    ("DE", "Europe/Berlin"),
    ("TH", "Asia/Bangkok"),
    ("US", "America/Chicago"),
)
MONEY = {"electricity": 0.15, "gas": 0.06, "water": 2.5, "compressed_air": 0.02}
HEAD = (time(6), time(14), time(22))
#: shifts a day, working days a week
PATTERNS = ((2, 5), (2, 6), (3, 5), (3, 6))


@dataclass(frozen=True)
class Stream:
    """One process and resource: its reporting year without faults, and the baseline that judges it."""

    name: str
    process: str
    resource: str
    plant: Plant
    baseline: Baseline
    frame: pl.DataFrame  # PROCESS frame of the reporting year
    expected: pl.DataFrame
    calendar: pl.DataFrame
    level: float  # mean use per interval in the baseline year
    common: Common = NOTHING_COMMON  # what the works' other streams do on each day

    @property
    def per_day(self) -> int:
        """Return how many intervals a day has."""
        return 86_400 // self.plant.interval_s

    @property
    def days(self) -> int:
        """Return how many whole days the reporting year has."""
        return self.frame.height // self.per_day


def plant_of(seed: int, interval_s: int) -> Plant:
    """Return the works of a seed: its place, shifts and closure differ, its processes do not."""
    draw = generator(seed, "plant")
    country, zone = PLACES[int(draw.integers(len(PLACES)))]
    shifts, days = PATTERNS[int(draw.integers(len(PATTERNS)))]
    week = frozenset(range(days))
    closed = date(2024, 7, 1) + timedelta(days=7 * int(draw.integers(0, 6)))
    closures = tuple((day, day + timedelta(days=6)) for day in (closed, closed + timedelta(days=364)))
    outputs = {name for _, drivers in PROCESSES.values() for name in drivers} - {TEMPERATURE}
    variables = {
        name: Variable(name, MeterKind.DELTA, UNITS["kg"], PayloadRule("")) for name in sorted(outputs)
    }
    variables[TEMPERATURE] = Variable(TEMPERATURE, MeterKind.GAUGE, UNITS["degC"], PayloadRule(""))
    resources = {name: _resource(name) for name in MONEY}
    meters = [
        Meter(f"{process}_{one}", process, one, MeterKind.DELTA, UNITS[resources[one].unit], PayloadRule(""))
        for process, (used, _) in PROCESSES.items() for one in used
    ]  # fmt: skip
    return Plant(
        "works", ZoneInfo(zone), country, "EUR", "en", interval_s, resources,
        {name: Process(name, name, (), drivers) for name, (_, drivers) in PROCESSES.items()},
        {meter.id: meter for meter in meters}, variables,
        shifts=tuple(Shift(f"shift {i + 1}", week, HEAD[i], HEAD[(i + 1) % 3]) for i in range(shifts)),
        closed=closures,
    )  # fmt: skip


def _resource(name: str) -> Resource:
    kind = ResourceKind.WATER if name == "water" else ResourceKind.ENERGY
    unit = "m3" if name in ("water", "compressed_air") else "kWh"
    factor = EmissionFactor(date(2020, 1, 1), None, 0.3, 1, "benchmark")
    return Resource(name, name, kind, unit, (Price(date(2020, 1, 1), None, MONEY[name]),), (factor,))


def streams_of(seed: int, interval_s: int, count: int | None = None) -> list[Stream]:
    """Return the (first so many) streams of a seed's works whose baseline year allows a baseline."""
    plant = plant_of(seed, interval_s)
    minutes = Minutes(plant, seed)
    found = (_stream(minutes, plant.meters[name]) for name in sorted(plant.meters)[:count])
    return [stream for stream in found if stream is not None]


class Minutes:
    """Both years of a works, minute by minute: rates per hour [canonical unit], and levels."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.plant, self.seed, self.physics = plant, seed, Physics(plant, seed)
        instants = [
            datetime.combine(day, time(0), plant.timezone).astimezone(UTC) for day in (FIRST, MIDDLE, LAST)
        ]
        self.first, self.middle, self.last = instants
        edges_us = [int(instant.timestamp()) * US for instant in (self.first, self.last)]
        self.pages = range(page_of(edges_us[0]), page_of(edges_us[1] - 1) + 1)
        start = (edges_us[0] - self.pages[0] * PAGE_US) // STEP_US
        self.within = slice(start, start + (edges_us[1] - edges_us[0]) // STEP_US)
        self.size = self.within.stop - self.within.start
        self.share = self.joined(self.physics.working.share)
        self.temperature = self.joined(self.physics.temperature)
        outputs = {name for name in plant.variables if name != TEMPERATURE}
        self.mix = {name: np.ones(self.size) for name in outputs} | self._mix()

    def joined(self, of_page: Callable[[int], Floats]) -> Floats:
        """Return both years of what a function gives page by page."""
        return np.concatenate([of_page(page) for page in self.pages])[self.within]

    def made(self, output: str, recipe: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)) -> Floats:
        """Return an output's rate, or the intensity with which making it uses something."""
        rate = self.joined(lambda page: self.physics.production.rate(output, page, recipe))
        return rate * self.mix[output]

    def added_up(self, rates: Floats) -> Floats:
        """Return the amount in each interval of what flows at a rate per hour."""
        return rates.reshape(-1, self.plant.interval_s // 60).mean(axis=1) * (self.plant.interval_s / 3600.0)

    def wander(self, name: str, deviation: float, days: float) -> Floats:
        """Return a first-order autoregression of daily values, joined by lines."""
        random = generator(self.seed, name, "wander")
        knots = self.size // 1440 + 2
        pull, out = float(np.exp(-1.0 / days)), np.empty(knots)
        out[0] = random.standard_normal()
        for i, push in enumerate(random.standard_normal(knots - 1)):
            out[i + 1] = pull * out[i] + np.sqrt(1.0 - pull**2) * push
        return deviation * np.interp(np.arange(self.size) / 1440.0, np.arange(knots), out)

    def _mix(self) -> dict[str, Floats]:
        """Return how much is dyed light and dark, beside the usual: one grows where the other shrinks."""
        random = generator(self.seed, "mix")
        since = int(self.size * random.uniform(0.55, 0.95))
        step = np.where(np.arange(self.size) >= since, random.choice((-0.3, 0.3)), 0.0)
        mix = np.clip(self.wander("mix", 0.25, 40.0) + step, -0.7, 0.7)
        return {LIGHT: 1.0 + mix, DARK: 1.0 - mix}


def _normal_rate(minutes: Minutes, meter: Meter) -> Floats:
    """Return what a meter's pipe or cable carries without any fault."""
    plant, name, random = minutes.plant, meter.id, generator(minutes.seed, meter.id, "world")
    character, demand = character_of(plant.resources[meter.resource]), minutes.physics.demand(meter.id)
    rate = demand.base + demand.working * minutes.share
    for output, use in demand.per_output.items():
        rate = rate + use * random.uniform(0.6, 1.5) * minutes.made(output, character.recipe)
    rate = rate + demand.heating * np.maximum(0.0, character.heating[1] - minutes.temperature)
    rate = rate + demand.cooling * np.maximum(0.0, minutes.temperature - character.cooling[1])
    rate = rate + _changeovers(minutes, random) * random.uniform(0.1, 0.4) * demand.nominal
    slow = minutes.joined(lambda page: smooth_noise(minutes.seed, name, page, 6 * 3600))
    fast = minutes.joined(lambda page: smooth_noise(minutes.seed, name, page, 15 * 60))
    years = np.arange(minutes.size) / (365.25 * 1440.0)
    season = random.uniform(0.0, 0.02) * np.cos(2 * np.pi * (years - random.uniform()))
    strays = minutes.wander(name, random.uniform(0.01, 0.025), random.uniform(0.7, 5.0))
    trend = random.uniform(-0.01, 0.01) * (years - 1.0)
    rest = character.noise * (0.9 * slow + 0.7 * fast) + season + strays + trend
    return np.maximum(0.0, rate * (1.0 + rest))


def _changeovers(minutes: Minutes, random: np.random.Generator) -> Floats:
    """Return 1 while the line is cleaned for another product: half an hour, some three times in two days."""
    starts = np.flatnonzero((random.random(minutes.size) < 1.5 / 960.0) & (minutes.share > 0.5))
    out = np.zeros(minutes.size)
    for start in starts.tolist():
        out[start : start + 30] = 1.0
    return out


def _holes(minutes: Minutes, name: str, intervals: int) -> np.ndarray:
    """Return which intervals were lost: some six times a year, for one to twelve hours."""
    random, per_hour = generator(minutes.seed, name, "holes"), 3600 / minutes.plant.interval_s
    lost = np.zeros(intervals, dtype=bool)
    for start in random.integers(0, intervals, 12).tolist():
        lost[start : start + int(random.integers(1, 13) * per_hour)] = True
    return lost


def _stream(minutes: Minutes, meter: Meter) -> Stream | None:
    plant = minutes.plant
    amounts = minutes.added_up(_normal_rate(minutes, meter))
    lost = _holes(minutes, meter.id, amounts.size)
    every = f"{plant.interval_s}s"
    starts = pl.datetime_range(
        minutes.first, minutes.last, every, closed="left", eager=True, time_unit="us", time_zone="UTC"
    )
    drivers = {
        name: minutes.added_up(minutes.temperature if name == TEMPERATURE else minutes.made(name))
        * (3600.0 / plant.interval_s if name == TEMPERATURE else 1.0)
        for name in plant.processes[meter.process].variables
    }
    frame = _with_actual(pl.DataFrame({"start": starts, **drivers}), np.where(lost, np.nan, amounts))
    before = frame.filter(pl.col("start") < minutes.middle)
    after = frame.filter(pl.col("start") >= minutes.middle)
    baseline = fit_baseline(
        before, plant, meter.process, meter.resource, now=minutes.middle, author="bench", reason="benchmark"
    )
    if not isinstance(baseline, Baseline):
        return None
    level = float(np.nanmean(before["actual"].to_numpy()))
    calendar = calendar_features(after["start"], plant)
    return Stream(
        f"{meter.id} {minutes.seed}", meter.process, meter.resource, plant, baseline, after,
        expect(baseline, after, plant), calendar, level,
    )  # fmt: skip


def _with_actual(frame: pl.DataFrame, actual: Floats) -> pl.DataFrame:
    known = pl.col("actual").is_not_null()
    return frame.with_columns(actual=pl.Series(actual).fill_nan(None)).with_columns(
        quality=pl.when(known).then(pl.lit("measured")).otherwise(pl.lit("missing"))
    )


def excess_of(stream: Stream, actual: Floats) -> pl.DataFrame:
    """Return the EXCESS frame of the reporting year with other consumption; NaN = missing."""
    frame = _with_actual(stream.frame, actual)
    return excess_frame(frame, stream.expected, stream.plant, stream.plant.resources[stream.resource])


def inject(stream: Stream, actual: Floats, fault: str, start: int, size: float, shift: str) -> Floats:
    """Return what a fault from a day on adds to each interval; `shift` is the one it hits if it hits one."""
    days = np.arange(actual.size) / stream.per_day - start
    on = stream.calendar["shift"].fill_null("")
    rests = (on == "") | stream.calendar["holiday"] | stream.calendar["closed"]
    shape = {
        "leak": np.full_like(actual, stream.level),
        "idle": stream.level * rests.to_numpy(),
        "specific": actual,
        "ramp": stream.level * np.clip(days / RAMP_DAYS, 0.0, 1.0),
        "shift": actual * (on == shift).to_numpy(),
    }[fault]
    return np.where(days >= 0.0, size * shape, 0.0)
