"""Readings that come late, twice or out of order, and clocks that jump: what is judged is what was."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import polars as pl
import pytest

from app.analyst import Analyst
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics.living_plant import PAIR, Site, StillClock, a_history, a_plant, day

LATENESS_S = 7200.0
ON_TIME = timedelta()
#: the analysis runs every seven hours, from the day on which a baseline can be learned
FIRST, LAST = 22, 37
RUNS = [FIRST + 7 * number / 24 for number in range((LAST - FIRST) * 24 // 7 + 1)]

Delay = Callable[[datetime], timedelta]
Step = Callable[[float], timedelta]


def at_once(_at: datetime) -> timedelta:
    return ON_TIME


def within_lateness() -> Delay:
    chance = random.Random(11)
    return lambda _at: timedelta(seconds=chance.uniform(0.0, LATENESS_S))


@pytest.fixture(scope="module")
def history() -> pl.DataFrame:
    return a_history(factor=2.0).filter(pl.col("time") < day(LAST))


@contextmanager
def lived(
    history: pl.DataFrame, delay: Delay, clock_error: Step = lambda _day: ON_TIME, *, twice: bool = False
) -> Iterator[Site]:
    """Return a plant whose readings arrived with a delay each, judged on a clock with an error."""
    arrivals = pl.Series("arrival", [at + delay(at) for at in history["time"]])
    arrived = history.with_columns(arrivals).sort("arrival")
    store, ledger, clock = MemorySeries(), SqlLedger("sqlite://"), StillClock()
    analyst = Analyst(a_plant(), store, ledger, clock, LATENESS_S)
    last = None
    for number in [*RUNS, LAST + 1]:
        now = day(number)
        new = pl.col("arrival") <= now
        batch = arrived.filter(new if last is None else new & (pl.col("arrival") > last))
        store.load(batch)
        if twice:
            store.load(batch.sample(fraction=0.3, seed=1))
        last, clock.at = now, now + clock_error(number)
        analyst.run_once(analyst.last_seen())
    try:
        yield Site(store, ledger, clock, analyst)
    finally:
        ledger.close()


@pytest.fixture(scope="module")
def ordered(history: pl.DataFrame) -> Iterator[Site]:
    """The plant whose readings all came at once and in order."""
    with lived(history, at_once) as site:
        assert site.everything()[1], "the history must hold a hotspot, or a comparison shows little"
        yield site


def same(one: Site, other: Site) -> bool:
    return one.everything() == other.everything() and one.intervals().equals(other.intervals())


@pytest.mark.fault(25)
def test_readings_out_of_order_within_the_lateness_are_judged_as_in_order_bit_for_bit(
    history: pl.DataFrame, ordered: Site
) -> None:
    with lived(history, within_lateness(), twice=True) as mixed:
        assert same(mixed, ordered)
        mixed.analyst.nightly()
        assert mixed.analyst.progress.recomputed == 0


@pytest.mark.fault(25)
def test_later_ones_are_counted_and_recomputed_at_night(history: pl.DataFrame, ordered: Site) -> None:
    late = {day(34.5) + timedelta(minutes=30 * number) for number in range(20)}

    def delay(at: datetime) -> timedelta:
        return timedelta(hours=30) if at in late else ON_TIME

    with lived(history, delay) as delayed:
        window = pl.col("start").is_between(min(late), max(late))
        before = delayed.intervals().filter(window)
        assert set(before["quality"][:-1]) <= {"missing", "catch_up"}
        delayed.analyst.nightly()
        recomputed = delayed.analyst.progress.recomputed
        assert recomputed >= len(late)
        assert delayed.intervals().equals(ordered.intervals())
        delayed.analyst.nightly()
        assert delayed.analyst.progress.recomputed == recomputed


def test_an_outage_is_a_catch_up_with_the_right_total_that_no_detector_sees(
    history: pl.DataFrame, ordered: Site
) -> None:
    gap = pl.col("time").is_between(day(34), day(34.75), closed="left") & (pl.col("meter") == "m")
    with lived(history.filter(~gap), at_once) as lost:
        lost.analyst.nightly()
        window = pl.col("start").is_between(day(33.9), day(34.8))
        now, whole = lost.intervals().filter(window), ordered.intervals().filter(window)
        inside = pl.col("start").is_between(day(34), day(34.7))
        assert set(now.filter(inside)["quality"]) == {"catch_up"}
        assert now["actual"].sum() == pytest.approx(whole["actual"].sum())
        assert [one.id for one in lost.everything()[1]] == [one.id for one in ordered.everything()[1]]  # type: ignore[attr-defined]


@pytest.mark.fault(24)
@pytest.mark.parametrize("hours", [-1.0, 1.0])
def test_a_clock_that_jumps_by_an_hour_and_back_leaves_no_interval_out_and_none_twice(
    history: pl.DataFrame, ordered: Site, hours: float
) -> None:
    def error(number: float) -> timedelta:
        return timedelta(hours=hours) if 27.0 <= number < 31.0 else ON_TIME

    with lived(history, at_once, error) as jumping:
        assert same(jumping, ordered)
        starts = jumping.intervals()["start"]
        assert set(starts.diff().drop_nulls()) == {timedelta(minutes=30)}
        assert jumping.analyst.progress.intervals == starts.len()


def test_a_device_whose_clock_runs_ahead_is_judged_no_further_than_the_present(history: pl.DataFrame) -> None:
    ahead = timedelta(minutes=10)
    own = pl.when(pl.col("meter") == "m").then(pl.col("time") + ahead).otherwise("time")
    early = history.filter(pl.col("time") < day(24)).with_columns(time=own)
    store, ledger, clock = MemorySeries(), SqlLedger("sqlite://"), StillClock()
    analyst = Analyst(a_plant(), store, ledger, clock, lateness_s=0.0)
    store.load(early)
    clock.at = day(23) + timedelta(minutes=5)
    analyst.run_once({"m": day(23) + ahead, "output": day(23)})
    watermark = analyst.progress.streams[PAIR].watermark
    assert watermark == day(23)
    ledger.close()
