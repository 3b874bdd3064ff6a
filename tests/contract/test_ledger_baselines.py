"""Baselines on every ledger: SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.baseline import BaselineStatus
from domain.errors import LedgerError
from store.ledger import SqlLedger
from tests.contract.conftest import OpenLedger
from tests.store.builders import HOUR, START, a_baseline

APPROVED, SUPERSEDED = BaselineStatus.APPROVED, BaselineStatus.SUPERSEDED


def test_a_baseline_comes_back_as_it_was(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        saved = tx.save_baseline(a_baseline())
        without = tx.save_baseline(a_baseline(cross_validated=None, findings=(), variables=()))
    with ledger.begin() as tx:
        assert tx.baselines() == [saved, without]
    assert saved == a_baseline(version=1)
    assert saved.findings[0].start is not None
    assert saved.findings[0].start.utcoffset() == timedelta(0)


def test_versions_are_counted_per_process_and_resource(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        numbers = [tx.save_baseline(a_baseline()).version for _ in range(3)]
        numbers.append(tx.save_baseline(a_baseline(resource="gas")).version)
        numbers.append(tx.save_baseline(a_baseline(version=7)).version)
        numbers.append(tx.save_baseline(a_baseline()).version)
    assert numbers == [1, 2, 3, 1, 7, 8]


def test_baselines_are_listed_oldest_first_by_process_and_resource(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        for process, resource in (("b", "water"), ("a", "water"), ("a", "gas"), ("a", "water")):
            tx.save_baseline(a_baseline(process=process, resource=resource))

        def listed(process: str | None, resource: str | None) -> list[tuple[str, str, int]]:
            return [(b.process, b.resource, b.version) for b in tx.baselines(process, resource)]

        assert listed(None, None) == [
            ("a", "gas", 1),
            ("a", "water", 1),
            ("a", "water", 2),
            ("b", "water", 1),
        ]
        assert listed("a", "water") == [("a", "water", 1), ("a", "water", 2)]
        assert listed(None, "water") == [("a", "water", 1), ("a", "water", 2), ("b", "water", 1)]
        assert listed("a", None) == [("a", "gas", 1), ("a", "water", 1), ("a", "water", 2)]


def test_an_approved_baseline_supersedes_its_predecessor(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        assert tx.approved_baseline("dye_line_2", "water") is None
        tx.save_baseline(a_baseline(status=APPROVED))
        other = tx.save_baseline(a_baseline(status=APPROVED, process="kiln"))
        tx.save_baseline(a_baseline())
        assert tx.approved_baseline("dye_line_2", "water") == a_baseline(status=APPROVED, version=1)
        second = tx.save_baseline(a_baseline(status=APPROVED, version=2, author="a person"))
    with ledger.begin() as tx:
        assert tx.approved_baseline("dye_line_2", "water") == second
        assert tx.approved_baseline("kiln", "water") == other
        assert [b.status for b in tx.baselines("dye_line_2", "water")] == [SUPERSEDED, APPROVED]


def test_an_older_version_can_be_put_in_force_again(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        first = tx.save_baseline(a_baseline(status=APPROVED))
        tx.save_baseline(a_baseline(status=APPROVED))
        tx.save_baseline(first)
        assert [b.status for b in tx.baselines()] == [APPROVED, SUPERSEDED]


def test_a_saved_version_keeps_its_model_for_ever(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        saved = tx.save_baseline(a_baseline())
    changes: list[dict[str, Any]] = [
        {"model": "another"},
        {"variables": ()},
        {"coefficients": {"base": 0.31, "hours": [1.0, 2.5e-17]}},
        {"period_end": START + HOUR},
        {"interval_s": 3600},
    ]
    for change in changes:
        with pytest.raises(LedgerError, match="frozen") as caught, ledger.begin() as tx:
            tx.save_baseline(replace(saved, **change))
        assert not caught.value.retryable
    with ledger.begin() as tx:
        assert tx.baselines() == [saved]
        tx.save_baseline(replace(saved, status=APPROVED, reason="seen", author="me"))


def test_two_who_save_at_once_get_two_numbers_and_one_is_in_force(open_ledger: OpenLedger) -> None:
    ledgers = [open_ledger() for _ in range(4)]
    together = threading.Barrier(4)

    def save(ledger: SqlLedger) -> int:
        together.wait(10)
        with ledger.begin() as tx:
            return tx.save_baseline(a_baseline(status=APPROVED)).version

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(save, ledgers))
    with ledgers[0].begin() as tx:
        in_force = [b for b in tx.baselines() if b.status is APPROVED]
    assert numbers == [1, 2, 3, 4]
    assert len(in_force) == 1
