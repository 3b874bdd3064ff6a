"""A backtest tells each stream what the others did on each day, as the live analysis does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

import app.backtest_learning
from analytics.common_days import LEAST_OTHERS, CommonDays
from analytics.drift.judge import load
from analytics.frames import stream_of
from analytics.pipeline import UNAMENDED, advance
from app.backtest import backtest, judge_one
from app.backtest_document import StreamResult, hotspot_row
from app.backtest_learning import Periods, learn_some
from app.backtest_processes import backtest_in_processes
from domain.baseline import Baseline
from domain.plant import Plant
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics.baseline_builders import MONDAY, a_plant, week

LEARNED, JUDGED = 60, 240  # days
BEGIN = MONDAY + timedelta(days=LEARNED)
PERIODS = Periods((MONDAY, BEGIN), (BEGIN, BEGIN + timedelta(days=JUDGED)))
#: a day on which all use so much more, and the weather of days that no sensor tells
BAD_DAY, BAD, WEATHER, WEATHER_DAYS = 100, 0.5, 0.06, 6.0
#: what each does by itself from hour to hour
OWN, OWN_RHO = 0.15, 0.9


def works(streams: int) -> Plant:
    """Return a plant of alike lines."""
    one = a_plant()
    process, meter = one.processes["line"], one.meters["line.electricity"]
    names = [f"line{number}" for number in range(streams)]
    return replace(
        one,
        processes={name: replace(process, id=name) for name in names},
        meters={f"{name}.kwh": replace(meter, id=f"{name}.kwh", process=name) for name in names},
    )


def lasting(n: int, rho: float, seed: int) -> np.ndarray:
    """Return n values of deviation 1 that go on like the one before (AR(1))."""
    steps = np.random.default_rng(seed).normal(0.0, math.sqrt(1.0 - rho * rho), n)
    for i in range(1, n):
        steps[i] += rho * steps[i - 1]
    return steps


def history(plant: Plant) -> MemorySeries:
    """Return readings of lines that all stray with the same weather, and of one bad day."""
    days = LEARNED + JUDGED
    shared = 1.0 + WEATHER * lasting(days, math.exp(-1.0 / WEATHER_DAYS), 100)
    shared[LEARNED + BAD_DAY] = 1.0 + BAD
    store = MemorySeries()
    for number, name in enumerate(plant.meters):
        own = 1.0 + OWN * lasting(24 * days, OWN_RHO, number)
        times = [MONDAY + timedelta(hours=hour, minutes=59) for hour in range(24 * days)]
        use = week(24 * days) * own * np.repeat(shared, 24)
        store.load(pl.DataFrame({"meter": [name] * len(times), "time": times, "value": use}))
    return store


@dataclass(frozen=True)
class Found:
    """What was found, and what each line was told: (day's start [us], share) pairs."""

    results: Sequence[StreamResult]
    told: Sequence[Sequence[tuple[int, float]]]

    @property
    def slow(self) -> int:
        """Return how many hotspots the daily channels found: they are told, the fast ones are not."""
        return sum(one.detector.startswith("cusum_") for result in self.results for one in result.hotspots)


def told_of(ledger: SqlLedger, plant: Plant) -> list[list[tuple[int, float]]]:
    found = []
    for pair in plant.streams():
        with ledger.begin() as tx:
            saved = tx.snapshot(*pair)
        assert saved is not None
        found.append([(at, share) for at, share in load(saved.state).memory.commons])
    return found


def together(plant: Plant, store: MemorySeries) -> Found:
    ledger, done = SqlLedger("sqlite://"), []
    backtest(plant, store, ledger, PERIODS, done.append)
    found = Found([one for one in done if isinstance(one, StreamResult)], told_of(ledger, plant))
    ledger.close()
    return found


def alone(plant: Plant, store: MemorySeries) -> Found:
    ledger, results = SqlLedger("sqlite://"), []
    for pair in plant.streams():
        (learned,) = learn_some(plant, store, [stream_of(plant, *pair)], PERIODS, UNAMENDED)
        results.append(judge_one(plant, store, ledger, learned, PERIODS, UNAMENDED))
    found = Found(results, told_of(ledger, plant))
    ledger.close()
    return found


@pytest.fixture(scope="module")
def many() -> tuple[Plant, MemorySeries, Found]:
    plant = works(LEAST_OTHERS + 2)
    store = history(plant)
    return plant, store, together(plant, store)


def test_every_line_is_told_of_the_bad_day_and_what_it_is_told_leaves_the_slow_channels(
    many: tuple[Plant, MemorySeries, Found],
) -> None:
    plant, store, found = many
    bad_us = int((BEGIN + timedelta(days=BAD_DAY)).timestamp()) * 1_000_000
    shares = [dict(told)[bad_us] for told in found.told]
    assert shares == pytest.approx([BAD] * len(shares), abs=0.15)
    assert len(set(shares)) > 1, "each is told of the others, not of itself"
    by_themselves = alone(plant, store)
    assert by_themselves.told == [[]] * len(shares)
    assert found.slow < 0.7 * by_themselves.slow


def test_it_is_what_a_live_analysis_that_keeps_up_is_told(
    many: tuple[Plant, MemorySeries, Found],
) -> None:
    plant, store, found = many
    ledger, days, lived = SqlLedger("sqlite://"), CommonDays(plant, MemorySeries()), MemorySeries()
    baselines = []
    with ledger.begin() as tx:
        for result in found.results:
            assert isinstance(result.baseline, Baseline)
            baselines.append(tx.save_baseline(result.baseline))
    lived.load(store.read(list(plant.meters), MONDAY, PERIODS.report[1]))
    for day in range(1, 22):  # a day is told when the next one is judged
        for pair, baseline in zip(plant.streams(), baselines, strict=True):
            until = BEGIN + timedelta(days=day)
            advance(plant, lived, ledger, stream_of(plant, *pair), baseline, until, common=days)
    for told, live in zip(found.told, told_of(ledger, plant), strict=True):
        assert len(live) == 20
        assert [at for at, _ in live] == [at for at, _ in told[:20]]
        assert [share for _, share in live] == pytest.approx([share for _, share in told[:20]])
    ledger.close()


def test_two_processes_tell_to_the_last_bit_the_same(
    monkeypatch: pytest.MonkeyPatch, many: tuple[Plant, MemorySeries, Found]
) -> None:
    monkeypatch.setattr(app.backtest_learning, "SHARE", 2)
    plant, store, found = many
    several = backtest_in_processes(plant, store, PERIODS, 2)
    assert several["hotspots"] == [hotspot_row(one) for result in found.results for one in result.hotspots]


def test_what_is_computed_again_for_a_large_plant_is_what_is_kept_for_a_small_one(
    monkeypatch: pytest.MonkeyPatch, many: tuple[Plant, MemorySeries, Found]
) -> None:
    plant, store, found = many
    streams = [stream_of(plant, *plant.streams()[0])]
    assert not learn_some(plant, store, streams, PERIODS, UNAMENDED)[0].needs_readings
    monkeypatch.setattr(app.backtest_learning, "KEPT_INTERVALS", 0)
    assert learn_some(plant, store, streams, PERIODS, UNAMENDED)[0].needs_readings
    assert together(plant, store) == found


def test_too_few_lines_have_nothing_in_common() -> None:
    plant = works(LEAST_OTHERS)
    found = together(plant, history(plant))
    assert found.told == [[]] * LEAST_OTHERS
