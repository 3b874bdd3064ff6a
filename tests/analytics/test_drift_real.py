"""The judge on real meters with the real baseline: a water main's low flow, and a year of buildings."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.baseline import expect, fit_baseline
from analytics.calendar import calendar_features
from analytics.drift.judge import Context, fresh_state, judge
from analytics.excess import excess_frame
from domain.baseline import Baseline
from domain.hotspot import Hotspot, HotspotKind
from domain.meter import Meter, MeterKind, PayloadRule
from domain.plant import Plant, Process
from domain.resource import Price, Resource, ResourceKind
from domain.units import UNITS

DATA = Path(os.environ.get("WASTENOT_DATA", Path(__file__).parents[3] / "shared" / "data"))
ROME = ZoneInfo("Europe/Rome")


def a_water_plant() -> Plant:
    price = Price(date(2022, 1, 1), None, 1.5)
    water = Resource("water", "Water", ResourceKind.WATER, "m3", (price,))
    meter = Meter("main.flow", "main", "water", MeterKind.DELTA, UNITS["m3"], PayloadRule(""))
    return Plant(
        "network", ROME, "IT", "EUR", "en", 3600, {"water": water}, {"main": Process("main", "Main")},
        {meter.id: meter},
    )  # fmt: skip


def water_frame() -> pl.DataFrame:
    """Return the WaterFlow series as a PROCESS frame; hours without a row are missing."""
    path = DATA / "water_flow" / "water-flow-labels.csv"
    if not path.is_file():
        pytest.skip(f"no {path}: set WASTENOT_DATA to the folder of the shared data")
    rows = pl.read_csv(path, schema_overrides={"Time": pl.String})
    rows = rows.select(
        pl.col("Time").str.to_datetime(time_unit="us", time_zone="UTC").alias("start"),
        pl.col("Flow").cast(pl.Float64).alias("actual"),
    ).unique("start")
    span = rows.select(first=pl.col("start").min(), last=pl.col("start").max()).row(0)
    grid = pl.DataFrame({"start": pl.datetime_range(*span, "1h", eager=True, time_unit="us")})
    known = pl.col("actual").is_not_null()
    quality = pl.when(known).then(pl.lit("measured")).otherwise(pl.lit("missing"))
    return grid.join(rows, on="start", how="left", maintain_order="left").with_columns(quality=quality)


@pytest.fixture(scope="module")
def water_hotspots() -> list[Hotspot]:
    plant, frame = a_water_plant(), water_frame()
    middle = frame["start"][0] + timedelta(weeks=4)
    before, after = frame.filter(pl.col("start") < middle), frame.filter(pl.col("start") >= middle)
    baseline = fit_baseline(before, plant, "main", "water", now=middle, author="test", reason="test")
    assert isinstance(baseline, Baseline)
    excess = excess_frame(after, expect(baseline, after, plant), plant, plant.resources["water"])
    context = Context("main", "water", "m3", "EUR", 3600, plant.detection)
    return judge(fresh_state(baseline), excess, calendar_features(after["start"], plant), context)[1]


def test_the_low_flow_of_27_april_is_found_within_four_hours(water_hotspots: list[Hotspot]) -> None:
    onset, end = datetime(2022, 4, 27, 15, tzinfo=ROME), datetime(2022, 4, 28, 7, tzinfo=ROME)
    low = [one for one in water_hotspots if onset <= one.detected_at <= onset + timedelta(hours=4)]
    assert [one.kind for one in low] == [HotspotKind.UNDER_CONSUMPTION]
    assert abs(low[0].since - onset) <= timedelta(hours=2)
    assert low[0].ended_at is not None
    assert abs(low[0].ended_at - end) <= timedelta(hours=4)
    assert low[0].cost_total is None


def test_there_is_at_most_one_false_hotspot_in_the_rest_of_the_series(water_hotspots: list[Hotspot]) -> None:
    onset = datetime(2022, 4, 27, 15, tzinfo=ROME).astimezone(UTC)
    others = [one for one in water_hotspots if not onset <= one.detected_at <= onset + timedelta(hours=4)]
    assert len(others) <= 1


@pytest.mark.slow
def test_the_benchmark_on_some_meters_finds_faults_the_dice_do_not_and_keeps_the_budget() -> None:
    from bench.detection import examine, learn, together
    from bench.detection_world import FILES, process_frames

    folder = DATA / "cambridge"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set WASTENOT_DATA to the folder of the shared data")
    frames = list(process_frames(folder, FILES["2018"]).items())[::6]
    learned = [one for name, frame in frames if (one := learn((name, frame, "semi", 3))) is not None]
    lived = together(learned)
    assert all(one.year.common.shares for one in lived)
    results = [examine(one) for one in lived]
    assert len(results) >= 4
    rate = sum(one.episodes["judge"] for one in results) / sum(one.years for one in results)
    cases = [case for one in results for case in one.cases if case.fault in {"step15", "step20", "night20"}]
    found = {
        name: sum(case.delays[name] is not None for case in cases) / len(cases)
        for name in ("judge", "dice, 1 a year")
    }
    assert rate <= 1.0
    assert found["judge"] >= 0.5
    assert found["judge"] >= 3 * found["dice, 1 a year"] > 0.0
