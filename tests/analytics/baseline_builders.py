"""Plants and PROCESS frames for the tests of baselines: a process whose true needs are known."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from numpy.typing import ArrayLike, NDArray

from analytics.baseline import Refusal, fit_baseline
from domain.baseline import Baseline, Finding
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import BaselineRule, Plant, Process
from domain.resource import Resource, ResourceKind
from domain.units import UNITS

DATA = Path(os.environ.get("WASTENOT_DATA", Path(__file__).parents[3] / "shared" / "data"))
MONDAY = datetime(2026, 5, 11, tzinfo=UTC)  # seven weeks without a public holiday follow, in Vietnam
NOW = datetime(2027, 1, 1, tzinfo=UTC)
OUTPUT, OUTSIDE = "line.output", "outside"
HOUR_S = 3600


def a_plant(
    *names: str,
    zone: str = "UTC",
    country: str = "VN",
    interval_s: int = HOUR_S,
    min_days: int = 14,
    **given: Any,
) -> Plant:
    """Return a plant with a process `line` that these variables drive, and a meter of its electricity."""
    rule = PayloadRule("")
    variables = {
        OUTPUT: Variable(OUTPUT, MeterKind.DELTA, UNITS["kg"], rule),
        OUTSIDE: Variable(OUTSIDE, MeterKind.GAUGE, UNITS["degC"], rule),
    }
    meter = Meter("line.electricity", "line", "electricity", MeterKind.DELTA, UNITS["kWh"], rule)
    plant = Plant(
        name="works",
        timezone=ZoneInfo(zone),
        country=country,
        currency="VND",
        language="en",
        interval_s=interval_s,
        resources={"electricity": Resource("electricity", "Electricity", ResourceKind.ENERGY, "kWh")},
        processes={"line": Process("line", "Line", variables=tuple(names))},
        meters={meter.id: meter},
        variables={name: variables[name] for name in names},
        baseline=BaselineRule(min_days=min_days),
    )
    return replace(plant, **given)


def starts(n: int, start: datetime = MONDAY, interval_s: int = HOUR_S) -> pl.Series:
    """Return n interval starts."""
    step = timedelta(seconds=interval_s)
    return pl.Series("start", [start + i * step for i in range(n)], dtype=pl.Datetime("us", "UTC"))


def a_frame(
    actual: ArrayLike,
    variables: Mapping[str, ArrayLike] | None = None,
    *,
    start: datetime = MONDAY,
    interval_s: int = HOUR_S,
    quality: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return a PROCESS frame; NaN is null, and missing unless a quality is given."""
    values = np.asarray(actual, dtype=np.float64)
    given = quality or ["missing" if np.isnan(value) else "measured" for value in values]
    frame = pl.DataFrame(
        {"start": starts(values.size, start, interval_s), "actual": values, "quality": given},
    )
    columns = [pl.Series(name, np.asarray(of, np.float64)) for name, of in (variables or {}).items()]
    return frame.with_columns(*columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def fitted(frame: pl.DataFrame, plant: Plant, **given: Any) -> Baseline:
    """Return the baseline of a frame, which must not be refused."""
    result = fit_baseline(frame, plant, "line", "electricity", now=NOW, author="a", reason="r", **given)
    assert isinstance(result, Baseline), result
    return result


def refused(frame: pl.DataFrame, plant: Plant) -> Refusal:
    """Return why no baseline can be made of a frame."""
    result = fit_baseline(frame, plant, "line", "electricity", now=NOW, author="a", reason="r")
    assert isinstance(result, Refusal), result
    return result


def hours_of(n: int, interval_s: int = HOUR_S) -> NDArray[np.float64]:
    """Return the UTC hour of the week of n intervals after MONDAY."""
    return np.arange(n) * interval_s / 3600 % 168


def week(n: int, interval_s: int = HOUR_S) -> NDArray[np.float64]:
    """Return a use that only the hour of the week decides: 20 at rest, 50 on workdays from 6 to 18 h."""
    hour = hours_of(n, interval_s)
    return np.where((hour < 120) & (hour % 24 >= 6) & (hour % 24 < 18), 50.0, 20.0) * interval_s / 3600


def noise(n: int, size: float, seed: int = 0) -> NDArray[np.float64]:
    """Return normal noise."""
    return np.random.default_rng(seed).normal(0.0, size, n)


def temperatures(n: int, seed: int = 1) -> NDArray[np.float64]:
    """Return an hourly temperature: a year's and a day's wave, and weather that lasts for days [degC]."""
    hour = np.arange(n)
    rng = np.random.default_rng(seed)
    weather = np.repeat(rng.normal(0.0, 3.0, n // 48 + 1), 48)[:n]
    return 12 + 10 * np.sin(2 * np.pi * hour / 8766) + 4 * np.sin(2 * np.pi * (hour % 24 - 9) / 24) + weather


def kinds(findings: Sequence[Finding]) -> list[str]:
    """Return the findings' kinds, in order."""
    return [finding.kind for finding in findings]


def water_frame() -> pl.DataFrame:
    """Return the first four weeks of river's WaterFlow, hours without a row as missing, with labels."""
    path = DATA / "water_flow" / "water-flow-labels.csv"
    if not path.is_file():
        pytest.skip(f"no {path}: set WASTENOT_DATA to the folder of the shared data")
    rows = pl.read_csv(path, schema_overrides={"Time": pl.String}).select(
        start=pl.col("Time").str.to_datetime(time_unit="us", time_zone="UTC"),
        actual=pl.col("Flow").cast(pl.Float64),
        anomaly=pl.col("anomaly").cast(pl.Boolean),
    )
    end = datetime(2022, 4, 17, tzinfo=ZoneInfo("Europe/Rome")).astimezone(UTC)
    rows = rows.filter(pl.col("start") < end).unique("start")
    first, last = rows.select(first=pl.col("start").min(), last=pl.col("start").max()).row(0)
    grid = pl.DataFrame({"start": pl.datetime_range(first, last, "1h", eager=True, time_unit="us")})
    quality = pl.when(pl.col("actual").is_null()).then(pl.lit("missing")).otherwise(pl.lit("measured"))
    joined = grid.join(rows, on="start", how="left", maintain_order="left")
    return joined.with_columns(quality=quality, anomaly=pl.col("anomaly").fill_null(value=False))
