"""Simulated streams for the judge: EXCESS and CALENDAR frames with a fault of known size and onset."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from analytics.drift.context import Context
from analytics.drift.judge import JudgeState, fresh_state, judge
from domain.baseline import Baseline, BaselineStatus, FitStatistics
from domain.hotspot import Hotspot
from domain.plant import Detection

START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
MEAN = 100.0  # per hour, roughly


@dataclass(frozen=True)
class World:
    """A stream: two shifts from Monday to Saturday, and a fault from `onset_h` on."""

    fault: str = "none"
    size: float = 0.0  # share of the mean consumption
    interval_s: int = 900
    days: int = 40
    onset_h: float = 20 * 24 + 9.0
    end_h: float = 1e9
    noise: float = 0.05  # standard deviation as a share of the expected
    rho: float = 0.0  # lag-1 correlation of the noise
    seed: int = 0
    price: float | None = 0.1
    factor: float | None = 0.4
    shifts: bool = True
    missing: tuple[tuple[float, float], ...] = ()  # hours [from, to)
    quality: str = "missing"
    detection: Detection = field(default_factory=lambda: Detection(standing_days=28.0))

    @property
    def hours(self) -> np.ndarray:
        return np.arange(self.days * 86_400 // self.interval_s) * self.interval_s / 3600.0

    @property
    def working(self) -> np.ndarray:
        return (self.hours % 24 >= 6) & (self.hours % 24 < 22) & (self.hours // 24 % 7 < 6)

    @property
    def expected(self) -> np.ndarray:
        return np.where(self.working, 1.4, 0.5) * MEAN * self.interval_s / 3600.0

    @property
    def extra(self) -> np.ndarray:
        """Return the fault's amount per interval."""
        hours, expected = self.hours, self.expected
        base = self.size * expected.mean()
        late = self.working & (hours % 24 >= 14)
        shapes = {
            "none": np.zeros_like(hours),
            "leak": np.full_like(hours, base),
            "proportional": self.size * expected,
            "night": np.where(self.working, 0.0, base),
            "late_shift": np.where(late, base, 0.0),
            "ramp": base * np.clip((hours - self.onset_h) / (30 * 24), 0.0, 1.0),
        }
        return np.where((hours >= self.onset_h) & (hours < self.end_h), shapes[self.fault], 0.0)

    @property
    def onset(self) -> datetime:
        return START + timedelta(hours=self.onset_h)

    @property
    def end(self) -> datetime:
        return START + timedelta(hours=self.end_h)

    @property
    def extra_per_hour(self) -> float:
        """Return the fault's mean amount per hour while it is on."""
        on = (self.hours >= self.onset_h) & (self.hours < self.end_h)
        return float(self.extra[on].mean() * 3600.0 / self.interval_s)


def actual_of(world: World) -> np.ndarray:
    rng = np.random.default_rng(world.seed)
    steps = rng.normal(size=world.hours.size)
    noise = np.empty_like(steps)
    last = 0.0
    for i, step in enumerate(steps):
        last = world.rho * last + np.sqrt(1.0 - world.rho**2) * step
        noise[i] = last
    return np.maximum(0.0, world.expected * (1.0 + world.noise * noise) + world.extra)


def frames_of(world: World, actual: np.ndarray | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the (EXCESS, CALENDAR) frames of a world."""
    amount = actual_of(world) if actual is None else actual
    hours = world.hours
    unknown = np.zeros(hours.size, dtype=bool)
    for begin, end in world.missing:
        unknown |= (hours >= begin) & (hours < end)
    starts = pl.Series(
        "start", [START + timedelta(hours=h) for h in hours.tolist()], pl.Datetime("us", "UTC")
    )
    known = (
        pl.Series(amount).set(pl.Series(unknown), None) if world.quality == "missing" else pl.Series(amount)
    )
    frame = pl.DataFrame({"start": starts, "actual": known, "expected": world.expected})
    frame = frame.with_columns(
        sigma=world.noise * pl.col("expected"),
        excess=pl.col("actual") - pl.col("expected"),
        quality=pl.Series(np.where(unknown, world.quality, "measured")),
    ).with_columns(
        cost=pl.col("excess") * pl.lit(world.price, pl.Float64),
        kg_co2e=pl.col("excess") * pl.lit(world.factor, pl.Float64),
    )
    return frame, _calendar(world, starts)


def _calendar(world: World, starts: pl.Series) -> pl.DataFrame:
    hours = world.hours
    early = np.where(hours % 24 < 14, "early", "late")
    shift = [
        str(name) if on and world.shifts else None for name, on in zip(early, world.working, strict=True)
    ]
    return pl.DataFrame(
        {
            "start": starts,
            "hour_of_week": pl.Series((hours % 168).astype(np.int16)),
            "holiday": pl.Series([False] * hours.size),
            "closed": pl.Series([False] * hours.size),
            "shift": pl.Series(shift, dtype=pl.String),
        }
    )


def a_context(world: World) -> Context:
    return Context("line", "water", "m3", "EUR", world.interval_s, world.detection)


def a_baseline(daily_cv_pct: float | None = 3.0) -> Baseline:
    fit = FitStatistics(8760, 170, 10.0, daily_cv_pct, 0.0, 0.9, 1.0)
    period = (datetime(2023, 1, 1, tzinfo=UTC), START)
    return Baseline(
        "line", "water", 1, BaselineStatus.APPROVED, "m", (), *period, 900, {}, fit, fit, (), START, "", ""
    )


def judged(world: World, actual: np.ndarray | None = None) -> tuple[JudgeState, list[Hotspot]]:
    """Return the state and the hotspots of one call over the whole world."""
    return judge(fresh_state(a_baseline()), *frames_of(world, actual), a_context(world))


def with_seed(world: World, seed: int) -> World:
    return replace(world, seed=seed)
