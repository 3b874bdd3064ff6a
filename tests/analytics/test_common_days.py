"""What the other streams of a plant did on a day: the middle of those that know it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.common_days import LEAST_OTHERS, CommonDays
from analytics.consumption.instants import epoch_us
from analytics.drift.limits import KEEP_COMMONS
from domain.plant import Plant
from store.memory import MemorySeries
from tests.analytics.living_plant import a_plant

HOUR = timedelta(hours=1)
#: local midnight in Viet Nam
BEGIN = datetime(2024, 3, 3, 17, tzinfo=UTC)
PAIRS = [(f"line{number}", "electricity") for number in range(LEAST_OTHERS + 1)]
OWN, OTHERS = PAIRS[0], PAIRS[1:]


@pytest.fixture
def plant() -> Plant:
    return replace(a_plant(), interval_s=3600, timezone=ZoneInfo("Asia/Ho_Chi_Minh"))


def judged(share: float, begin: datetime = BEGIN, hours: int = 24, quality: str = "measured") -> pl.DataFrame:
    """Return hours of 10 units expected each, and so much more used."""
    return pl.DataFrame(
        {
            "start": [begin + number * HOUR for number in range(hours)],
            "actual": [10.0 * (1.0 + share)] * hours,
            "expected": [10.0] * hours,
            "excess": [10.0 * share] * hours,
            "cost": [None] * hours,
            "kg_co2e": [None] * hours,
            "quality": [quality] * hours,
        },
        schema_overrides={"start": pl.Datetime("us", "UTC"), "cost": pl.Float64, "kg_co2e": pl.Float64},
    )


def noted(plant: Plant, shares: list[float], hours: int = 24, quality: str = "measured") -> CommonDays:
    days = CommonDays(plant, MemorySeries())
    for pair, share in zip(OTHERS, shares, strict=True):
        days.told(pair, [], BEGIN, BEGIN)
        days.note(pair, judged(share, hours=hours, quality=quality))
    return days


def test_the_middle_of_the_others_is_told_when_their_day_has_ended(plant: Plant) -> None:
    days = noted(plant, [0.1, 0.2, 0.3, 5.0])
    end = BEGIN + 24 * HOUR
    assert days.told(OWN, PAIRS, end - HOUR, end).shares == ()
    told = days.told(OWN, PAIRS, end, end + HOUR)
    assert told.shares == pytest.approx((0.25,))
    assert told.starts_us == (epoch_us(BEGIN),)


def test_its_own_day_is_not_among_them(plant: Plant) -> None:
    days = noted(plant, [0.1, 0.1, 0.1, 0.1])
    days.told(OWN, [], BEGIN, BEGIN)
    days.note(OWN, judged(9.0))
    assert days.told(OWN, PAIRS, BEGIN + 24 * HOUR, BEGIN + 25 * HOUR).shares == pytest.approx((0.1,))


@pytest.mark.parametrize(("hours", "quality"), [(17, "measured"), (24, "missing"), (24, "catch_up")])
def test_a_day_of_which_too_little_is_known_says_nothing(plant: Plant, hours: int, quality: str) -> None:
    days = noted(plant, [0.1, 0.1, 0.1, 0.1], hours=hours, quality=quality)
    assert days.told(OWN, PAIRS, BEGIN + 24 * HOUR, BEGIN + 25 * HOUR).shares == ()


def test_too_few_others_have_no_middle(plant: Plant) -> None:
    days = noted(plant, [0.1, 0.1, 0.1, 0.1])
    assert days.told(OWN, PAIRS[:-1], BEGIN + 24 * HOUR, BEGIN + 25 * HOUR).shares == ()


def test_a_day_added_in_parts_is_the_day(plant: Plant) -> None:
    days = noted(plant, [0.1, 0.1, 0.1, 0.1], hours=12)
    for pair in OTHERS:
        days.note(pair, judged(0.3, BEGIN + 12 * HOUR, hours=12))
    assert days.told(OWN, PAIRS, BEGIN + 24 * HOUR, BEGIN + 25 * HOUR).shares == pytest.approx((0.2,))


def test_after_a_restart_the_running_day_is_read_once(plant: Plant) -> None:
    store = MemorySeries()
    for process, resource in OTHERS:
        names = (pl.lit(process).alias("process"), pl.lit(resource).alias("resource"))
        store.append_intervals(judged(0.1, hours=20).select(*names, pl.all()))
    days = CommonDays(plant, store)
    for pair in OTHERS:
        days.told(pair, [], BEGIN + 20 * HOUR, BEGIN + 24 * HOUR)
        days.note(pair, judged(0.7, BEGIN + 20 * HOUR, hours=4))
    told = days.told(OWN, PAIRS, BEGIN + 24 * HOUR, BEGIN + 25 * HOUR)
    assert told.shares == pytest.approx((0.2,))


def test_several_days_at_once(plant: Plant) -> None:
    days = noted(plant, [0.1, 0.1, 0.1, 0.1], hours=72)
    told = days.told(OWN, PAIRS, BEGIN, BEGIN + 73 * HOUR)
    assert told.starts_us == tuple(epoch_us(BEGIN + 24 * number * HOUR) for number in range(3))


def test_as_many_days_are_kept_as_a_judge_remembers_and_the_latest_of_them(plant: Plant) -> None:
    days = noted(plant, [0.1, 0.1, 0.1, 0.1], hours=24 * KEEP_COMMONS)
    end = BEGIN + 24 * KEEP_COMMONS * HOUR
    assert len(days.told(OWN, PAIRS, BEGIN, end + HOUR).shares) == KEEP_COMMONS
    for pair in OTHERS:
        days.note(pair, judged(0.3, end, hours=48))
    told = days.told(OWN, PAIRS, BEGIN, end + 49 * HOUR)
    latest = range(2, KEEP_COMMONS + 2)
    assert told.starts_us == tuple(epoch_us(BEGIN + 24 * number * HOUR) for number in latest)
    assert told.shares[-3:] == pytest.approx((0.1, 0.3, 0.3))
