"""Snapshots and hotspots on every ledger: SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from domain.errors import LedgerError
from domain.hotspot import HotspotKind
from store.ledger import SqlLedger
from tests.contract.conftest import OpenLedger
from tests.store.builders import HOUR, START, a_hotspot, a_snapshot


def test_a_snapshot_is_replaced_and_its_bytes_are_exact(ledger: SqlLedger) -> None:
    state = bytes(range(256)) * 400
    with ledger.begin() as tx:
        assert tx.snapshot("dye_line_2", "water") is None
        tx.save_snapshot(a_snapshot(1))
        tx.save_snapshot(a_snapshot(2, state=state, baseline_version=3, format=2))
        tx.save_snapshot(a_snapshot(9, resource="gas"))
    with ledger.begin() as tx:
        assert tx.snapshot("dye_line_2", "water") == a_snapshot(2, state=state, baseline_version=3, format=2)
        assert tx.snapshot("dye_line_2", "gas") == a_snapshot(9, resource="gas")


def test_a_watermark_never_goes_back(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(2))
    with pytest.raises(LedgerError, match="another analyser") as caught, ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(2 - 1 / 3600_000_000))  # a microsecond
    assert caught.value.retryable
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(2, state=b"the same instant again"))
        assert tx.snapshot("dye_line_2", "water") == a_snapshot(2, state=b"the same instant again")


def test_two_analysers_never_judge_one_interval_twice(open_ledger: OpenLedger) -> None:
    """Each reads the watermark, judges one hour and saves; together they judge each hour exactly once."""
    ledgers = [open_ledger() for _ in range(3)]
    judged: list[int] = []
    together = threading.Barrier(3)

    def analyse(ledger: SqlLedger) -> None:
        together.wait(10)
        for _ in range(8):
            with ledger.begin() as tx:
                kept = tx.snapshot("dye_line_2", "water")
                hour = round((kept.watermark - START) / HOUR) if kept else 0
                tx.save_snapshot(a_snapshot(hour + 1, state=str(hour).encode()))
            judged.append(hour)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(analyse, ledgers))
    assert sorted(judged) == list(range(24))


def test_a_hotspot_comes_back_as_it_was_and_is_replaced_by_id(ledger: SqlLedger) -> None:
    full = a_hotspot(kg_co2e_per_hour=0.1 + 0.2, kg_co2e_total=1e-300, ended_at=START + 9 * HOUR)
    bare = a_hotspot("b", kind=HotspotKind.STUCK_METER, cost_per_hour=None, cost_total=None, evidence={})
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot())
        tx.save_hotspot(full)
        tx.save_hotspot(bare)
    with ledger.begin() as tx:
        assert tx.hotspots() == [full, bare]


def test_hotspots_are_listed_by_since_and_can_be_narrowed(ledger: SqlLedger) -> None:
    spots = {
        "ended": a_hotspot("ended", since=START, ended_at=START + 2 * HOUR),
        "open": a_hotspot("open", since=START - HOUR),
        "later": a_hotspot("later", since=START + 5 * HOUR, ended_at=START + 6 * HOUR),
    }
    with ledger.begin() as tx:
        for spot in spots.values():
            tx.save_hotspot(spot)

        def named(**asked: Any) -> list[str]:
            return [spot.id for spot in tx.hotspots(**asked)]

        assert named() == ["open", "ended", "later"]
        assert named(open_only=True) == ["open"]
        assert named(since=START + HOUR) == ["open", "ended", "later"]
        assert named(since=START + 2 * HOUR) == ["open", "later"]  # at its end it was open no more
        assert named(since=START + 9 * HOUR) == ["open"]
        assert named(open_only=True, since=START + 9 * HOUR) == ["open"]


def test_what_is_not_a_number_is_refused_not_kept_as_unknown(ledger: SqlLedger) -> None:
    nan, infinity = float("nan"), float("inf")
    fields: list[dict[str, Any]] = [
        {"excess_per_hour": nan},
        {"cost_total": infinity},
        {"evidence": {"deep": [nan]}},
        {"evidence": {"deep": object()}},
    ]
    for field in fields:
        with pytest.raises(LedgerError) as caught, ledger.begin() as tx:
            tx.save_hotspot(a_hotspot(**field))
        assert not caught.value.retryable
    with ledger.begin() as tx:
        assert tx.hotspots() == []
