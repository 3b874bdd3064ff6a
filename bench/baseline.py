"""Baseline accuracy on real meters: learn from one year, expect the next.

`python -m bench.baseline [--data DIR] [--file FILE ...]`. Hourly electricity and gas of university buildings
with the temperature of a weather station nearby (Cambridge Estates Building Energy Archive, MIT,
DOI 10.5281/zenodo.10955332; MIDAS Open, OGL v3). Prints medians over the meters of the errors in the year
that was not seen, beside those of a plain time-of-week and temperature model, whose CPU time tells how fast
the machine is, and of the mean of each hour of the week. `--file` takes any file of the folder
with the same columns (`ts_utc, meter, kwh`), and each two calendar years in a row that a meter has.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.baseline import Refusal, expect, fit_baseline, reporting_statistics
from analytics.baseline.instants import SUNDAY
from analytics.baseline.threads import one_thread
from analytics.calendar import calendar_features
from bench import towt
from bench.detection_world import frames_in, what_lacks
from domain.baseline import FitStatistics
from domain.consumption import Quality
from domain.meter import MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process
from domain.resource import Resource, ResourceKind
from domain.units import UNITS

T = TypeVar("T")
DATA = Path(os.environ.get("WASTENOT_DATA", Path(__file__).parents[2] / "shared" / "data"))
TEMPERATURE = "outdoor_temperature"


@dataclass(frozen=True, slots=True)
class Case:
    """One file, the year to learn from and the year to expect."""

    name: str
    file: str
    learned: int
    zero_is_missing: bool


CASES = (
    Case("electricity 2016 -> 2017", "cambridge_electricity_2016_2017.parquet", 2016, zero_is_missing=True),
    Case("electricity 2018 -> 2019", "cambridge_electricity_2018_2019.parquet", 2018, zero_is_missing=True),
    Case("gas         2018 -> 2019", "cambridge_gas_2018_2019.parquet", 2018, zero_is_missing=False),
)


@dataclass(frozen=True, slots=True)
class Score:
    """How well one meter's second year was expected, and at what cost."""

    ours: FitStatistics
    cross_validated: FitStatistics  # what the first year alone promised
    plain: FitStatistics
    naive: FitStatistics
    model: str
    fit_s: float  # CPU
    expect_s: float  # CPU
    plain_s: float  # CPU, both


def campus() -> Plant:
    """Return a plant with one process that temperature drives, in the buildings' time zone and calendar."""
    variable = Variable(TEMPERATURE, MeterKind.GAUGE, UNITS["degC"], PayloadRule(""))
    return Plant(
        name="campus",
        timezone=ZoneInfo("Europe/London"),
        country="GB",
        subdivision="ENG",
        currency="GBP",
        language="en",
        interval_s=3600,
        resources={"energy": Resource("energy", "energy", ResourceKind.ENERGY, "kWh")},
        processes={"building": Process("building", "building", variables=(TEMPERATURE,))},
        meters={},
        variables={TEMPERATURE: variable},
    )


def frames_of(folder: Path, case: Case) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each meter's id and PROCESS frame of both years, by id."""
    weather = pl.read_parquet(folder / "weather_bedford_2016_2022.parquet").select(
        "ts_utc", pl.col("temp").alias(TEMPERATURE)
    )
    amount = pl.col("kwh").cast(pl.Float64)
    actual = pl.when(amount == 0.0).then(None).otherwise(amount) if case.zero_is_missing else amount
    readings = pl.read_parquet(folder / case.file).join(weather, on="ts_utc", how="left")
    quality = pl.when(pl.col("actual").is_null()).then(pl.lit(Quality.MISSING))
    frame = readings.select(
        "meter",
        start=pl.col("ts_utc").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        actual=actual,
        **{TEMPERATURE: pl.col(TEMPERATURE)},
    ).with_columns(quality=quality.otherwise(pl.lit(Quality.MEASURED)).cast(pl.String))
    for (meter,), own in sorted(frame.partition_by("meter", as_dict=True).items()):
        yield str(meter), own.drop("meter").sort("start")


def score(frame: pl.DataFrame, learned: int, plant: Plant) -> Score | None:
    """Return how well the year after `learned` is expected from it; None if no baseline can be made."""
    year = pl.col("start").dt.year()
    before, after = frame.filter(year == learned), frame.filter(year == learned + 1)
    now = datetime(learned + 1, 1, 1, tzinfo=UTC)
    baseline, fit_s = timed(
        lambda: fit_baseline(
            before, plant, "building", "energy", now=now, author="bench", reason="accuracy of the next year"
        )
    )
    if isinstance(baseline, Refusal):
        return None
    expected, expect_s = timed(lambda: expect(baseline, after, plant))
    plainly, plain_s = timed(lambda: plain_towt(before, after, plant))
    assert baseline.cross_validated is not None
    return Score(
        ours=reporting_statistics(after.join(expected, on="start"), plant),
        cross_validated=baseline.cross_validated,
        plain=reporting_statistics(after.join(plainly, on="start"), plant),
        naive=reporting_statistics(after.join(naive(before, after, plant), on="start"), plant),
        model=baseline.model,
        fit_s=fit_s,
        expect_s=expect_s,
        plain_s=plain_s,
    )


def plain_towt(before: pl.DataFrame, after: pl.DataFrame, plant: Plant) -> pl.DataFrame:
    """Return what a plain time-of-week and temperature model of the first year expects of the second.

    Holidays and closures have Sunday's hours.
    """

    def seen(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        calendar = calendar_features(frame["start"], plant)
        how, rest = calendar["hour_of_week"].to_numpy(), (calendar["holiday"] | calendar["closed"]).to_numpy()
        return np.where(rest, SUNDAY + how % 24, how), frame[TEMPERATURE].to_numpy()

    with one_thread():
        found = towt.coefficients(*seen(before), before["actual"].fill_null(np.nan).to_numpy())
    return after.select("start", expected=pl.Series(towt.expected(found, *seen(after))).fill_nan(None))


def naive(before: pl.DataFrame, after: pl.DataFrame, plant: Plant) -> pl.DataFrame:
    """Return the mean of each hour of the week of the first year as what the second is expected to use."""
    hours = [calendar_features(frame["start"], plant)["hour_of_week"] for frame in (before, after)]
    means = before.with_columns(hour=hours[0]).group_by("hour").agg(expected=pl.col("actual").mean())
    return after.select("start", hour=hours[1]).join(means, on="hour", how="left").drop("hour")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what some work gives, and the CPU seconds it took."""
    began = time.process_time()
    return work(), time.process_time() - began


def median(values: Sequence[float | None]) -> float:
    """Return the median of the values that are defined."""
    return statistics.median(value for value in values if value is not None)


def row(name: str, method: str, figures: Sequence[FitStatistics], seconds: float) -> str:
    """Return one line of the table."""
    hourly = median([one.cvrmse_pct for one in figures])
    daily = median([one.cvrmse_daily_pct for one in figures])
    bias = median([None if one.nmbe_pct is None else abs(one.nmbe_pct) for one in figures])
    return f"{name:26} {method:20} {len(figures):6} {hourly:8.2f} {daily:8.2f} {bias:8.2f} {seconds:8.3f}"


def read(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, list[pl.DataFrame]]]:
    """Yield each case's name and its meters' PROCESS frames of two years: of these files, or the known."""
    for file in files:
        yield file, list(frames_in(folder, file).values())
    for case in () if files else CASES:
        yield case.name, [frame for _, frame in frames_of(folder, case)]


def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds cambridge/")
    parser.add_argument("--file", nargs="+", default=[], help="files of cambridge/, instead of those known")
    parser.add_argument("--meters", type=int, default=None, help="take only the first so many of each file")
    options = parser.parse_args()
    folder = options.data / "cambridge"
    if lacking := what_lacks(folder, options.file):
        print(lacking, file=sys.stderr)
        return 2
    plant = campus()
    calendar_features(pl.Series([datetime(2016, 1, 1, tzinfo=UTC)]), plant)  # imports the holidays
    print(f"{'':26} {'':20} {'':6} {'CV(RMSE)':>8} {'daily':>8} {'|NMBE|':>8} {'CPU s/':>8}")
    print(f"{'case':26} {'method':20} {'meters':>6} {'%':>8} {'%':>8} {'%':>8} {'meter':>8}")
    for name, every in read(folder, options.file):
        frames = every[: options.meters]
        scores = [one for frame in frames if (one := score(frame, frame["start"][0].year, plant)) is not None]
        if not scores:
            print(f"{name:26} no baseline could be made of any of {len(frames)} pairs of years")
            continue
        cpu = statistics.mean(one.fit_s + one.expect_s for one in scores)
        print(row(name, "baseline", [one.ours for one in scores], cpu))
        plain_s = statistics.mean(one.plain_s for one in scores)
        print(row("", "plain TOWT", [one.plain for one in scores], plain_s))
        print(row("", "naive hour of week", [one.naive for one in scores], 0.0))
        chosen = {key: sum(one.model == key for one in scores) for key in sorted({s.model for s in scores})}
        refused = len(frames) - len(scores)
        print(f"{'':26} chosen: {', '.join(f'{n} {key}' for key, n in chosen.items())}; refused: {refused}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
