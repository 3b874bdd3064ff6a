"""The analyst tells each stream what the others did, across a restart and in a replay of the past."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from analytics.common_days import LEAST_OTHERS
from analytics.drift.common import slope_of
from analytics.drift.judge import load
from analytics.drift.memory import Memory
from app.analyst import Analyst
from domain.plant import Plant
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics.living_plant import FAULT, LIVED, StillClock, a_history, a_plant, an_entry, day

NUMBERS = range(LEAST_OTHERS + 1)
#: often enough that no stream is more than a day ahead of the others
HALF_DAYS = [22.0 + number / 2.0 for number in range(29)]


def many() -> Plant:
    """Return a plant of alike processes."""
    one = a_plant()
    process, meter = one.processes["p"], one.meters["m"]
    return replace(
        one,
        processes={f"p{i}": replace(process, id=f"p{i}") for i in NUMBERS},
        meters={f"m{i}": replace(meter, id=f"m{i}", process=f"p{i}") for i in NUMBERS},
    )


@pytest.fixture(scope="module")
def history() -> pl.DataFrame:
    """Return readings of meters that stray together: one fault hits them all."""
    shared = a_history(factor=1.3)
    of_meter = shared.filter(pl.col("meter") == "m")
    every = [of_meter.with_columns(meter=pl.lit(f"m{i}")) for i in NUMBERS]
    return pl.concat([*every, shared.filter(pl.col("meter") == "output")])


class Works:
    """The plant with its stores; `live` runs the analyst at some days of its life."""

    def __init__(self, history: pl.DataFrame) -> None:
        self.plant, self.store, self.clock = many(), MemorySeries(), StillClock()
        self.ledger = SqlLedger("sqlite://")
        self.store.load(history)
        self.start()

    def start(self) -> None:
        self.analyst = Analyst(self.plant, self.store, self.ledger, self.clock, lateness_s=120.0)

    def live(self, *days: float) -> None:
        for number in days:
            self.clock.at = day(number)
            seen = dict.fromkeys([*self.plant.meters, "output"], min(day(number), day(LIVED)))
            self.analyst.run_once(seen)

    def memory(self, number: int) -> Memory:
        with self.ledger.begin() as tx:
            saved = tx.snapshot(f"p{number}", "water")
        assert saved is not None
        return load(saved.state).memory


@pytest.fixture(scope="module")
def lived(history: pl.DataFrame) -> Works:
    works = Works(history)
    works.live(*HALF_DAYS)
    return works


def test_every_stream_is_told_what_the_others_did_in_the_shared_fault(lived: Works) -> None:
    for number in NUMBERS:
        told = {at // 1_000_000: share for at, share in lived.memory(number).commons}
        hit = [
            share
            for at, share in told.items()
            if day(FAULT[0]).timestamp() <= at < day(FAULT[1] - 1).timestamp()
        ]
        assert len(hit) >= 2
        assert all(0.25 < share < 0.35 for share in hit)
        assert slope_of(lived.memory(number)) > 0.0


def test_a_restart_within_a_day_changes_nothing_of_what_is_told(history: pl.DataFrame, lived: Works) -> None:
    works = Works(history)
    for one in HALF_DAYS:
        works.start()
        works.live(one)
    for number in NUMBERS:
        before, after = lived.memory(number).commons, works.memory(number).commons
        last = {at: share for at, share in after if at >= before[0][0]}
        assert last
        assert [dict(before)[at] for at in last] == pytest.approx(list(last.values()))


def test_a_past_that_is_judged_again_is_told_what_it_was_told_then(lived: Works) -> None:
    number = NUMBERS[-1]
    before = lived.memory(number).commons
    with lived.ledger.begin() as tx:
        tx.save_amendment(an_entry("scaled", *FAULT, value=0.5, meter=f"m{number}"))
    lived.live(36.5)
    after = lived.memory(number)
    assert after.commons == before
    assert after.days != []
