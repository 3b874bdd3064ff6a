"""The sparklines of the tiles: a stream's judged intervals of the last hours, and the range that is usual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from app.trends_curve import banded
from domain.baseline import Baseline
from domain.plant import Plant
from domain.ports import Ledger
from web.spark import Spark

#: what a tile shows; of a plant with long intervals, so many of them
SHOWN, LEAST_STEPS, MOST_STEPS = timedelta(hours=12), 12, 96

Stream = tuple[str, str]  # process, resource
Baselines = Callable[[], Mapping[Stream, Baseline]]


@dataclass(frozen=True, slots=True)
class Usual:
    """Between what a stream's use per hour usually lies; None = not known."""

    low: float | None
    high: float | None


def shown_for(interval_s: int) -> timedelta:
    """Return for how long before now a tile shows a stream."""
    return max(SHOWN, timedelta(seconds=LEAST_STEPS * interval_s))


def approved_baselines(plant: Plant, ledger: Ledger) -> dict[Stream, Baseline]:
    """Return every stream's baseline in force that says how far its use usually strays."""
    with ledger.begin() as tx:
        found = {pair: tx.approved_baseline(*pair) for pair in plant.streams()}
    return {pair: one for pair, one in found.items() if one is not None and "sigma" in one.coefficients}


def spark_of(plant: Plant, recent: pl.DataFrame, baseline: Baseline | None, now: datetime) -> Spark:
    """Return a stream's sparkline, up to the interval that is the latest judged.

    Args:
        recent: start, actual, expected [unit per interval] of judged intervals, sorted.
        baseline: whose usual deviation makes the band; None = no band.
    """
    known = banded(plant, recent.select("start", "actual", "expected"), baseline)
    step = timedelta(seconds=plant.interval_s)
    last = known["start"].max()
    end = last + step if isinstance(last, datetime) else now
    count = max(1, shown_for(plant.interval_s) // step)
    together = -(-count // MOST_STEPS)
    start = end - together * step * (-(-count // together))
    grid = pl.DataFrame({"start": [start + number * step for number in range((end - start) // step)]})
    grid = grid.cast({"start": pl.Datetime("us", "UTC")}).join(known, on="start", how="left")
    many = grid.with_columns(place=pl.arange(pl.len()) // together).group_by("place", maintain_order=True)
    per_hour = 3600.0 / plant.interval_s
    means = many.agg(
        pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).mean() * per_hour).alias(name)
        for name in ("actual", "low", "high")
    )
    return Spark(
        start, together * plant.interval_s, tuple(means["actual"]), tuple(means["low"]), tuple(means["high"])
    )


class Sparks:
    """Sparklines, each made again only when what it is made of has changed; of one thread at a time."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._made: dict[Stream, tuple[pl.DataFrame, Baseline | None, Spark]] = {}

    def __call__(self, pair: Stream, recent: pl.DataFrame, baseline: Baseline | None, now: datetime) -> Spark:
        """Return a stream's sparkline; see `spark_of`."""
        known = self._made.get(pair)
        if known is not None and known[1] == baseline and not recent.is_empty() and known[0].equals(recent):
            return known[2]
        spark = spark_of(self._plant, recent, baseline, now)
        self._made[pair] = (recent, baseline, spark)
        return spark


def usual_of(spark: Spark, last_s: float) -> Usual:
    """Return between what the use of the last seconds usually lies: the mean of what is known."""
    steps = max(1, round(last_s / spark.step_s))

    def mean(row: tuple[float | None, ...]) -> float | None:
        known = [one for one in row[-steps:] if one is not None]
        return sum(known) / len(known) if known else None

    return Usual(mean(spark.low), mean(spark.high))
