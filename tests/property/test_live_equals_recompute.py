"""Whenever the analyser looks, however late readings come: judged live has the bits of a recompute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.frames import consumed, stream_of
from analytics.keeping import keep_new
from analytics.pipeline import stream_excess, with_names
from app.analyst import Analyst
from domain.baseline import Baseline
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics.living_plant import PAIR, STEP_S, StillClock, a_history, a_plant, day, site

LATENESS_S = 7200.0
FIRST, LAST = 21, 24  # judged days
SLOW = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


class Life(NamedTuple):
    """How a plant's readings arrived, and when the analyser looked."""

    polls: list[float]  # hours after FIRST
    delays: list[float]  # s; in turn for the readings
    lost: set[int]  # positions of readings that never came
    restart: int | None  # position from which the register counts from zero
    twice: bool


@st.composite
def lives(draw: st.DrawFn) -> Life:
    hours = (LAST - FIRST) * 24
    return Life(
        sorted(draw(st.lists(st.floats(0.0, hours), min_size=1, max_size=12, unique=True))),
        draw(st.lists(st.floats(0.0, LATENESS_S - 1), min_size=1, max_size=9)),
        draw(st.sets(st.integers(0, 300), max_size=25)),
        draw(st.none() | st.integers(20, 250)),
        draw(st.booleans()),
    )


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    with site(a_history(), days=(22,)) as learned, learned.ledger.begin() as tx:
        found = tx.approved_baseline(*PAIR)
    assert found is not None
    return found


def arrivals(life: Life) -> pl.DataFrame:
    """Return the readings of the judged days with the instant at which each arrived."""
    frame = a_history().filter(pl.col("time") < day(LAST + 1)).sort("time", "meter")
    fresh = frame.filter(pl.col("time") >= day(FIRST)).with_row_index("row")
    if life.restart is not None:
        at = fresh["row"] >= life.restart
        shown = fresh.filter(at & (pl.col("meter") == "m"))["value"][0]
        low = pl.when((pl.col("row") >= life.restart) & (pl.col("meter") == "m")).then(
            pl.col("value") - shown
        )
        fresh = fresh.with_columns(low.otherwise("value").alias("value"))
    fresh = fresh.filter(~pl.col("row").is_in(sorted(life.lost)))
    waits = [timedelta(seconds=life.delays[row % len(life.delays)]) for row in fresh["row"]]
    late = fresh.with_columns(
        arrival=pl.Series([at + wait for at, wait in zip(fresh["time"], waits, strict=True)])
    )
    early = frame.filter(pl.col("time") < day(FIRST)).with_columns(arrival=pl.col("time"))
    columns = ["meter", "time", "value", "arrival"]
    return pl.concat([early.select(columns), late.select(columns)])


def until(frame: pl.DataFrame, now: datetime, after: datetime | None) -> pl.DataFrame:
    new = pl.col("arrival") <= now
    return (
        frame.filter(new if after is None else new & (pl.col("arrival") > after))
        .sort("arrival")
        .drop("arrival")
    )


@SLOW
@given(life=lives())
@pytest.mark.fault(25)
def test_live_increments_and_a_full_recompute_have_the_same_bits(life: Life, baseline: Baseline) -> None:
    frame, plant = arrivals(life), a_plant()
    store, ledger, clock = MemorySeries(), SqlLedger("sqlite://"), StillClock()
    with ledger.begin() as tx:
        tx.save_baseline(baseline)
    analyst, last = Analyst(plant, store, ledger, clock, LATENESS_S), None
    for now in [*(day(FIRST) + timedelta(hours=hours) for hours in life.polls), day(LAST + 1)]:
        batch = until(frame, now, last)
        store.load(pl.concat([batch, batch[::3]]) if life.twice else batch)
        last = clock.at = now
        analyst.run_once(analyst.last_seen())
        keep_new(plant, store, now - timedelta(seconds=LATENESS_S))
    ledger.close()

    judged = store.read_intervals(*PAIR, day(0), day(99))
    whole = MemorySeries()
    whole.load(frame.drop("arrival"))
    start, end = judged["start"][0], judged["start"][-1] + timedelta(seconds=STEP_S)
    assert end > day(LAST - 1)
    stream = stream_of(plant, *PAIR)
    again = with_names(stream_excess(plant, whole, stream, baseline, start, end), stream)
    assert judged.equals(again.select(judged.columns))

    kept = store.read_consumption(["m", "output"], day(FIRST), day(LAST)).drop("interval_s")
    computed = consumed(plant, whole, stream.inputs, day(FIRST), day(LAST)).filter(pl.col("coverage") > 0.0)
    assert kept.equals(computed.select(kept.columns))
