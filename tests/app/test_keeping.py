"""Readings go, consumption stays: the same figures before and after, corrections included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics.frames import consumed, stream_frame, stream_of
from analytics.keeping import keep_before_they_go, keep_history, keep_new
from config.plant_file import load_plant
from domain.plant import Plant
from domain.reading import Reading
from store.memory import MemorySeries
from store.sqlite import SqliteSeries
from tests.e2e.installation import WATER_WORKS, write_plant

START = datetime(2022, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = START + 120 * DAY
MORE_METERS = """
[[meter]]
id = "supply.counter"
process = "supply"
resource = "water"
kind = "counter"
unit = "m3"
topic = "plant/supply/counter"
value = "total"
"""


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """A plant with a gauge and a counter, intervals of an hour."""
    return load_plant(write_plant(tmp_path, WATER_WORKS + MORE_METERS))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSeries]:
    """A file with four months of readings, one each 20 min, with gaps and a register that starts again."""
    with closing(SqliteSeries(tmp_path / "series.db")) as series:
        series.append(some_history())
        yield series


def some_history(days: int = 120) -> list[Reading]:
    random, register, found = Random(3), 5_000.0, []
    for step in range(days * 72):
        at = round((START + step * timedelta(minutes=20)).timestamp() * 1e6)
        register = 0.0 if step == 4_000 else register + random.random()
        if step % 997 > 30:  # a gap of ten hours every two weeks
            found.append(Reading("supply.water", at, random.random() * 9, 0))
            found.append(Reading("supply.counter", at, register, 0))
    return found


def all_of(plant: Plant, store: SqliteSeries) -> pl.DataFrame:
    return consumed(plant, store, [*plant.meters.values()], START, NOW)


def test_consumption_is_the_same_to_the_bit_when_the_readings_have_gone(
    plant: Plant, store: SqliteSeries
) -> None:
    before = all_of(plant, store)
    process = stream_frame(plant, store, stream_of(plant, "supply", "water"), START, NOW)
    assert keep_new(plant, store, NOW) > 5_000
    store.retention.set("raw", 30 * 86_400.0)
    assert store.forget(NOW) > 10_000
    left = store.read([*plant.meters], START, NOW)
    assert left["time"].min() == NOW - 30 * DAY
    assert_frame_equal(all_of(plant, store), before)
    assert_frame_equal(stream_frame(plant, store, stream_of(plant, "supply", "water"), START, NOW), process)


def test_keeping_again_changes_nothing_and_forgetting_again_finds_nothing(
    plant: Plant, store: SqliteSeries
) -> None:
    keep_new(plant, store, NOW)
    assert keep_new(plant, store, NOW) == 0
    assert keep_before_they_go(plant, store, NOW - 30 * DAY) == 0
    store.retention.set("raw", 30 * 86_400.0)
    store.forget(NOW)
    assert store.forget(NOW) == 0
    assert keep_new(plant, store, NOW) == 0
    assert keep_before_they_go(plant, store, NOW - 60 * DAY) == 0


def test_nights_one_by_one_keep_what_one_night_keeps(plant: Plant, store: SqliteSeries) -> None:
    nightly = MemorySeries()
    readings = store.read([*plant.meters], START, NOW)
    for night in range(1, 121, 7):
        until = START + night * DAY
        nightly.load(readings.filter(pl.col("time") < until))
        keep_new(plant, nightly, until)
    nightly.load(readings)
    keep_new(plant, nightly, NOW)
    keep_new(plant, store, NOW)
    names = [*plant.meters]
    assert_frame_equal(nightly.read_consumption(names, START, NOW), store.read_consumption(names, START, NOW))


def test_late_readings_of_the_last_week_and_corrections_before_the_end_are_in_what_is_kept(
    plant: Plant, store: SqliteSeries
) -> None:
    keep_new(plant, store, NOW)
    late, corrected = NOW - 3 * DAY, NOW - 88 * DAY
    for at in (late, corrected):
        store.append([Reading("supply.water", round(at.timestamp() * 1e6), 5_000.0, 0)])
    assert keep_new(plant, store, NOW) > 0
    assert keep_new(plant, store, NOW) == 0
    assert keep_before_they_go(plant, store, NOW - 90 * DAY) > 0
    kept = store.read_consumption(["supply.water"], START, NOW)
    assert kept.filter(pl.col("start") == late)["amount"][0] > 500
    assert kept.filter(pl.col("start") == corrected)["amount"][0] > 500


def test_where_there_are_readings_they_decide_and_not_what_was_kept(
    plant: Plant, store: SqliteSeries
) -> None:
    keep_new(plant, store, NOW)
    kept = store.read_consumption(["supply.water"], START, NOW)
    store.append_consumption(kept.with_columns(pl.lit(1e6).alias("amount")))
    found = all_of(plant, store).filter(pl.col("start") > kept["start"].min())  # which the readings cover
    assert found["amount"].max() < 1e6  # type: ignore[operator]


def test_rows_of_another_interval_length_are_not_taken_for_ours(plant: Plant, store: SqliteSeries) -> None:
    keep_new(plant, store, NOW)
    kept = store.read_consumption([*plant.meters], START, NOW)
    store.append_consumption(kept.with_columns(pl.lit(900, pl.Int64).alias("interval_s")))
    store.retention.set("raw", 30 * 86_400.0)
    store.forget(NOW)
    gone = all_of(plant, store).filter(pl.col("start") < NOW - 31 * DAY)
    assert {*gone["quality"]} == {"missing"}


def test_readings_whose_consumption_is_not_kept_stay(plant: Plant, store: SqliteSeries) -> None:
    store.append([Reading("of an older plant file", round(START.timestamp() * 1e6), 1.0, 0)])
    store.retention.set("raw", 30 * 86_400.0)
    assert store.forget(NOW) == 0
    keep_new(plant, store, START + 10 * DAY)
    store.forget(NOW)
    first = store.read(["supply.water", "of an older plant file"], START, NOW)
    assert first.group_by("meter").agg(pl.col("time").min()).sort("meter").rows() == [
        ("of an older plant file", START),
        ("supply.water", START + 10 * DAY - timedelta(hours=1)),
    ]


def test_a_meter_that_fell_silent_is_still_known(plant: Plant, store: SqliteSeries) -> None:
    keep_new(plant, store, NOW)
    store.retention.set("raw", 30 * 86_400.0)
    store.forget(NOW + 400 * DAY)
    assert store.last([*plant.meters]).height == 2


def test_consumption_has_an_end_where_one_was_set(plant: Plant, store: SqliteSeries) -> None:
    keep_new(plant, store, NOW)
    store.retention.set("consumption", 50 * 86_400.0)
    store.forget(NOW)
    kept = store.read_consumption([*plant.meters], START, NOW)
    assert kept["start"].min() == NOW - 50 * DAY
    assert store.read([*plant.meters], START, NOW)["time"].min() == START + timedelta(minutes=20 * 31)


def test_history_older_than_readings_are_kept_becomes_consumption(plant: Plant, store: SqliteSeries) -> None:
    history = store.read([*plant.meters], START, NOW)
    other = MemorySeries()
    keep_history(plant, other, history, NOW)
    keep_new(plant, store, NOW)
    names = [*plant.meters]
    from_file = other.read_consumption(names, START, NOW)
    whole = store.read_consumption(names, START, NOW)
    same = whole.join(from_file, on=["meter", "start", "amount", "quality"], how="semi", nulls_equal=True)
    assert same.height == from_file.height > 5_000
    assert keep_history(plant, other, history, NOW) == 0


def test_a_file_of_one_month_leaves_the_other_months_alone(plant: Plant, store: SqliteSeries) -> None:
    keep_new(plant, store, NOW)
    before = store.read_consumption([*plant.meters], START, NOW)
    month = store.read([*plant.meters], START + 30 * DAY, START + 60 * DAY)
    store.retention.set("raw", 30 * 86_400.0)
    store.forget(NOW)
    keep_history(plant, store, month, NOW)
    after = store.read_consumption([*plant.meters], START, NOW)
    outside = ~pl.col("start").is_between(START + 29 * DAY, START + 61 * DAY)
    assert_frame_equal(after.filter(outside), before.filter(outside))
    assert after.height == before.height
