"""What is produced: batches of random size within the working time of each day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np

from domain.meter import MeterKind, Variable
from domain.plant import Plant
from domain.units import (
    AMOUNT_OF,
    AREA,
    COUNT,
    ENERGY,
    LENGTH,
    MASS,
    VOLUME,
)
from ingest.simulator.paging import HOUR_US, STEP_US, US, Floats, Pages, edges, generator, joined_by_lines
from ingest.simulator.working import WorkingTime

#: what one line makes per hour of production, by dimension of its output [canonical unit per hour]
NOMINAL_PER_HOUR = {MASS: 420.0, VOLUME: 2.5, COUNT: 2400.0, LENGTH: 1500.0, AREA: 1800.0, ENERGY: 800.0}
EVEN = (1.0, 1.0, 1.0, 1.0)


class Batch(NamedTuple):
    """One batch: [start, end) in microseconds, and what it makes in the output's canonical amount."""

    start_us: int
    end_us: int
    amount: float


@dataclass(frozen=True, slots=True)
class Line:
    """How one output variable is made: drawn once per variable, so that no two lines are alike."""

    per_hour: float  # while a batch runs
    batch_s: float  # mean duration
    pause_s: float  # mean pause between batches: unload, clean, load


def output_dimension(variable: Variable) -> str | None:
    """Return the dimension of the amount a variable counts; None when it counts no product."""
    dimension = AMOUNT_OF.get(variable.unit.dimension, variable.unit.dimension)
    counts = variable.kind is not MeterKind.GAUGE or variable.unit.dimension in AMOUNT_OF
    return dimension if counts and dimension in NOMINAL_PER_HOUR else None


def line_of(seed: int, variable: Variable) -> Line:
    """Return how an output variable is made. The variable must count a product."""
    dimension = output_dimension(variable)
    if dimension is None:
        raise ValueError(f"{variable.id} counts no product")
    draw = generator(seed, variable.id, "line").uniform
    return Line(
        per_hour=NOMINAL_PER_HOUR[dimension] * draw(0.8, 1.3),
        batch_s=3600.0 * draw(1.2, 3.0),
        pause_s=60.0 * draw(10.0, 30.0),
    )


@dataclass(frozen=True)
class Production:
    """Batches per output variable and production day."""

    plant: Plant
    seed: int
    working: WorkingTime
    _days: dict[tuple[str, date], list[Batch]] = field(default_factory=dict, init=False)
    _rates: Pages[Floats] = field(default_factory=lambda: Pages(64), init=False)

    def batches(self, variable: str, page: int) -> list[Batch]:
        """Return the batches that can touch a page, in order."""
        return [batch for day in self.working.days_of(page) for batch in self._of_day(variable, day)]

    def rate(self, variable: str, page: int, recipe: tuple[float, ...] = EVEN) -> Floats:
        """Return the mean output per hour in each step of a page.

        Args:
            variable: id of an output variable.
            page: the page.
            recipe: relative intensity of equal parts of each batch, mean 1: what a resource's use in
                proportion to this output looks like within a batch. The batch's total does not change.

        Returns:
            STEPS values [canonical amount per hour].
        """
        name = f"{variable} {recipe}"
        return self._rates.get(name, page, lambda: self._rate(variable, page, recipe))

    def _rate(self, variable: str, page: int, recipe: tuple[float, ...]) -> Floats:
        batches = self.batches(variable, page)
        bounds = edges(page)
        if not batches:
            return np.zeros(len(bounds) - 1)
        parts = len(recipe)
        starts, ends, amounts = (np.array(column, dtype=np.float64) for column in zip(*batches, strict=True))
        marks = starts[:, None] + (ends - starts)[:, None] * np.linspace(0.0, 1.0, parts + 1)
        made = amounts[:, None] * np.concatenate([[0.0], np.cumsum(recipe)]) / sum(recipe)
        made += np.concatenate([[0.0], np.cumsum(amounts)[:-1]])[:, None]
        so_far = joined_by_lines(bounds.astype(np.float64), marks.ravel(), made.ravel())
        return np.diff(so_far) * (HOUR_US / STEP_US)

    def _of_day(self, variable: str, day: date) -> list[Batch]:
        key = (variable, day)
        if key not in self._days:
            self._days[key] = self._draw(self.plant.variables[variable], day)
        return self._days[key]

    def _draw(self, variable: Variable, day: date) -> list[Batch]:
        line = line_of(self.seed, variable)
        random = generator(self.seed, variable.id, "batches", day.isoformat())
        demand = self._demand(variable.id, day) * random.uniform(0.95, 1.05)
        out: list[Batch] = []
        for start_us, end_us in self.working.spans(day):
            at = start_us + int(random.uniform(2, 20) * 60) * US  # the line starts up
            while at < end_us - 20 * 60 * US:
                length_us = max(20 * 60, int(line.batch_s * random.lognormal(-0.03, 0.25))) * US
                until = min(at + length_us, end_us)
                speed = line.per_hour * demand * random.uniform(0.85, 1.15)
                out.append(Batch(at, until, speed * (until - at) / HOUR_US))
                at = until + int(line.pause_s * random.lognormal(-0.1, 0.5)) * US
        return out

    def _demand(self, variable: str, day: date) -> float:
        """Return the order book's level around 1: it changes from week to week, not from day to day."""
        week, weekday = divmod(day.toordinal() - 1, 7)
        here, following = (
            generator(self.seed, variable, "orders", week + i).normal(1.0, 0.1) for i in (0, 1)
        )
        return float(np.clip(here + (following - here) * weekday / 7, 0.6, 1.4))
