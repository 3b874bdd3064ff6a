"""The world of `bench.detection`: real meters, their baselines, and faults of known size put into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.baseline import expect, fit_baseline
from analytics.calendar import calendar_features
from analytics.drift.common import NOTHING_COMMON, Common
from analytics.excess import excess_frame
from bench import towt
from domain.baseline import Baseline
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process
from domain.resource import EmissionFactor, Price, Resource, ResourceKind
from domain.units import UNITS

FILES = {"2016": "cambridge_electricity_2016_2017.parquet", "2018": "cambridge_electricity_2018_2019.parquet"}
#: meters that no constant was chosen on: few, and heating strays more than electricity
GAS = {"gas": "cambridge_gas_2018_2019.parquet"}
#: first years: of each file, and of one over both
FIRST_YEARS = (*FILES, "2017", *GAS)
#: faults by shape and size [%]; a stuck meter, and for how many days, is no loss and not in the mean
DRIFTS = ("step5", "step10", "step15", "step20", "ramp20", "night10", "night20", "base10", "heat25")
STUCK = "stuck"
FAULTS = (*DRIFTS, f"{STUCK}7")
#: a step downwards: no loss either, told as under-consumption
DROP = "drop"
SHAPES = ("step", "ramp", "night", "base", "heat", DROP, STUCK)
#: of a file of meters: start of the hour (UTC), name, use
COLUMNS = ("ts_utc", "meter", "kwh")
#: of a year's hours that have to be known
LEAST_SHARE = 0.5
TEMPERATURE = "outdoor_temperature"


@dataclass(frozen=True)
class Year:
    """One meter's reporting year: frames without faults, and the baseline that judges it."""

    name: str
    plant: Plant
    baseline: Baseline
    frame: pl.DataFrame  # PROCESS frame
    expected: pl.DataFrame
    calendar: pl.DataFrame
    weather_part: np.ndarray
    residuals: np.ndarray  # of the baseline year
    common: Common = NOTHING_COMMON  # what the file's other meters do on each day

    @property
    def days(self) -> int:
        return self.frame.height // 24


def plant_of(name: str) -> Plant:
    """Return a plant with one electricity meter as its only process."""
    meter = Meter(
        name, name, "electricity", MeterKind.DELTA, UNITS["kWh"], PayloadRule(""), zero_is_missing=True
    )
    electricity = Resource(
        "electricity", "Electricity", ResourceKind.ENERGY, "kWh",
        (Price(date(2015, 1, 1), None, 0.15),),
        (EmissionFactor(date(2015, 1, 1), None, 0.35, 2, "benchmark"),),
    )  # fmt: skip
    outdoor = Variable(TEMPERATURE, MeterKind.GAUGE, UNITS["degC"], PayloadRule(""))
    return Plant(
        "estate", ZoneInfo("Europe/London"), "GB", "GBP", "en", 3600, {"electricity": electricity},
        {name: Process(name, name, (), (TEMPERATURE,))}, {name: meter}, {TEMPERATURE: outdoor},
        subdivision="ENG",
    )  # fmt: skip


def process_frames(data: Path, file: str) -> dict[str, pl.DataFrame]:
    """Return each meter's two years as a PROCESS frame; what reads zero is missing."""
    weather = pl.read_parquet(data / "weather_bedford_2016_2022.parquet").select("ts_utc", pl.col("temp"))
    readings = pl.read_parquet(data / file)
    span = readings.select(pl.col("ts_utc").min().alias("first"), pl.col("ts_utc").max().alias("last")).row(0)
    grid = pl.DataFrame({"ts_utc": pl.datetime_range(*span, "1h", eager=True, time_unit="us")})
    grid = grid.join(weather, on="ts_utc", how="left")
    meters = readings.sort("meter").group_by("meter", maintain_order=True)
    return {str(name): _process_frame(grid, one) for (name,), one in meters}


def frames_from(data: Path, first_year: str) -> dict[str, pl.DataFrame]:
    """Return each meter's two years from a first year on; those of 2017 are in both files."""
    files = FILES | GAS
    if first_year in files:
        return process_frames(data, files[first_year])
    before, after = (process_frames(data, file) for file in FILES.values())
    year = pl.col("start").dt.year()
    first, second = int(first_year), int(first_year) + 1
    return {
        name: pl.concat([frame.filter(year == first), after[name].filter(year == second)])
        for name, frame in before.items()
        if name in after
    }


def what_lacks(data: Path, files: Sequence[str]) -> str | None:
    """Return what is to be said of files that are not there or hold no meters; None = all can be read."""

    def holds_meters(file: Path) -> bool:
        return file.is_file() and {*COLUMNS} <= {*pl.read_parquet_schema(file)}

    lacking = [file for file in files if not holds_meters(data / file)]
    return f"no file with {', '.join(COLUMNS)} in {data}: {', '.join(lacking)}" if lacking else None


def frames_in(data: Path, file: str) -> dict[str, pl.DataFrame]:
    """Return each meter's two calendar years in a row, half of whose hours are known, by "meter year"."""
    pairs = {}
    for name, frame in process_frames(data, file).items():
        year, known = pl.col("start").dt.year(), pl.col("actual").is_not_null()
        hours = frame.group_by(year.alias("year")).agg(known.sum().alias("known"))
        full = hours.filter(pl.col("known") >= LEAST_SHARE * 8760)["year"].to_list()
        for first in sorted(full):
            if first + 1 in full:
                pairs[f"{name} {first}"] = frame.filter(year.is_between(first, first + 1))
    return pairs


def split(fault: str) -> tuple[str, int]:
    """Return a fault's shape and its size, 0 where it has none.

    >>> split("step8"), split("step")
    (('step', 8), ('step', 0))
    """
    shape = fault.rstrip("0123456789")
    return shape, int(fault.removeprefix(shape) or 0)


def fault_of(text: str) -> str:
    """Return a fault that is named by its shape and its size, "step8".

    Raises:
        ValueError: it is none; says what is allowed.
    """
    shape, size = split(text)
    if shape not in SHAPES or size == 0:
        raise ValueError(
            f"{text!r} is no fault: {', '.join(SHAPES)}, each with per cent (stuck: days), as step8"
        )
    return text


def _process_frame(grid: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    kwh = pl.col("kwh").cast(pl.Float64)
    joined = grid.join(readings.unique("ts_utc"), on="ts_utc", how="left", maintain_order="left")
    return joined.select(
        pl.col("ts_utc").dt.replace_time_zone("UTC").alias("start"),
        pl.when(kwh > 0.0).then(kwh).alias("actual"),
        pl.when(kwh > 0.0).then(pl.lit("measured")).otherwise(pl.lit("missing")).alias("quality"),
        pl.col("temp").alias(TEMPERATURE),
    )


def year_of(name: str, frame: pl.DataFrame) -> Year | None:
    """Return a meter's reporting year, or None when no baseline can be made of the first."""
    plant = plant_of(name)
    middle = datetime(frame["start"][0].year + 1, 1, 1, tzinfo=UTC)
    before, after = frame.filter(pl.col("start") < middle), frame.filter(pl.col("start") >= middle)
    baseline = fit_baseline(
        before, plant, name, "electricity", now=middle, author="bench", reason="benchmark"
    )
    if not isinstance(baseline, Baseline) or after["actual"].is_not_null().mean() < LEAST_SHARE:  # type: ignore[operator]  # a share
        return None
    expected = expect(baseline, after, plant)
    residuals = _residuals(baseline, before, expect(baseline, before, plant))
    calendar = calendar_features(after["start"], plant)
    return Year(
        name, plant, baseline, after, expected, calendar, weather_part(before, after, plant), residuals
    )


def weather_part(before: pl.DataFrame, after: pl.DataFrame, plant: Plant) -> np.ndarray:
    """Return what the weather adds to each hour of the reporting year, by a plain model of its own.

    Hours of the week and a piecewise linear temperature, least squares over the baseline year; the part is
    what the temperature adds above its least effect. Not the judged baseline's: that one may call the same
    use a season, and a fault is not measured with the ruler that is to find it.
    """
    how = calendar_features(before["start"], plant)["hour_of_week"].to_numpy()
    degrees, used = before[TEMPERATURE].to_numpy(), before["actual"].fill_null(np.nan).to_numpy()
    slopes = towt.coefficients(how, degrees, used)[towt.HOURS :]
    least = float((towt.hinges(np.arange(-2.0, 26.0)) @ slopes).min())
    return np.maximum(np.nan_to_num(towt.hinges(after[TEMPERATURE].to_numpy()) @ slopes - least), 0.0)


def _residuals(baseline: Baseline, before: pl.DataFrame, expected: pl.DataFrame) -> np.ndarray:
    """Return the baseline year's residuals; zero where unknown, and in what the fit has left out.

    Those are faults by the baseline's own judgement: drawn again and again, they would not be false alarms.
    """
    normal = pl.lit(value=True)
    for finding in baseline.findings:
        if finding.kind in ("excluded_segment", "scale_changed"):
            normal &= ~pl.col("start").is_between(finding.start, finding.end, closed="left")
    frame = before.select("start", residual=pl.col("actual") - expected["expected"])
    return frame.select(pl.when(normal).then("residual").fill_null(0.0)).to_series().fill_null(0.0).to_numpy()


def semi(year: Year, rng: np.random.Generator) -> np.ndarray:
    """Return a year without any change: expected plus whole weeks of the baseline year's residuals."""
    weeks = year.residuals.size // 168
    picked = rng.integers(0, weeks, year.frame.height // 168 + 1)
    noise = np.concatenate([year.residuals[week * 168 : (week + 1) * 168] for week in picked])
    return np.maximum(year.expected["expected"].to_numpy() + noise[: year.frame.height], 0.0)


def inject(year: Year, actual: np.ndarray, fault: str, start_day: int) -> np.ndarray:
    """Return the consumption with a fault from a day on."""
    hours = np.arange(actual.size) - start_day * 24
    week = year.calendar["hour_of_week"].to_numpy()
    idle = (week % 24 < 6) | (week % 24 >= 20) | (week >= 120)
    level = float(np.nanmean(actual))
    name, number = split(fault)
    if name == STUCK:
        before = actual[: start_day * 24]
        last = before[np.isfinite(before)][-1]
        return np.where((hours >= 0) & (hours < 24 * number), last, actual)
    shape = {
        "step": actual,
        DROP: -actual,
        "ramp": actual * np.clip(hours / (60 * 24), 0.0, 1.0),
        "night": level * idle,
        "base": np.full_like(actual, level),
        "heat": year.weather_part,
    }[name]
    return actual + np.where(hours >= 0, number / 100.0 * shape, 0.0)


def excess_of(year: Year, actual: np.ndarray) -> pl.DataFrame:
    """Return the EXCESS frame of the year with other consumption."""
    frame = year.frame.with_columns(actual=pl.Series(actual).fill_nan(None))
    frame = frame.with_columns(
        quality=pl.when(pl.col("actual").is_null()).then(pl.lit("missing")).otherwise(pl.lit("measured"))
    )
    return excess_frame(frame, year.expected, year.plant, year.plant.resources["electricity"])
