"""The backtest in several processes: the same document as in one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import app.backtest_learning
from app.backtest import backtest
from app.backtest_document import StreamResult
from app.backtest_learning import Learned, Periods
from app.backtest_processes import backtest_in_processes, processes_for
from bench.backtest import plant_of, stored
from store.ledger import SqlLedger

PERIODS = Periods(
    (datetime(2016, 1, 1, tzinfo=UTC), datetime(2016, 3, 1, tzinfo=UTC)),
    (datetime(2016, 3, 1, tzinfo=UTC), datetime(2016, 4, 1, tzinfo=UTC)),
)


def test_two_processes_find_to_the_last_bit_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = plant_of(5)
    store = stored(plant, Path("nowhere"))
    told: list[Learned | StreamResult] = []
    with monkeypatch.context() as patched:
        patched.setattr(app.backtest_learning, "SHARE", 2)
        several = backtest_in_processes(plant, store, PERIODS, 2, told.append)
    ledger = SqlLedger("sqlite://")
    one = backtest(plant, store, ledger, PERIODS)
    ledger.close()
    assert [one.stream.process for one in told] == 2 * [process for process, _ in plant.streams()]
    assert several["baselines"] == one["baselines"]
    assert several["hotspots"] == one["hotspots"]
    assert all(row["out_of_sample"]["n"] == 31 * 24 for row in one["baselines"])
    assert {**several["summary"], "seconds": 0} == {**one["summary"], "seconds": 0}


def test_a_few_streams_are_not_worth_another_process() -> None:
    assert processes_for(plant_of(5)) == 1
    assert 1 <= processes_for(plant_of(60)) <= 3
