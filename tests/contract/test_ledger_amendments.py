"""The journal of amendments and the checkpoints on every ledger: SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from domain.amendment import FOREVER, AmendmentKind, Journal, adjustments
from domain.errors import LedgerError
from store.ledger import SqlLedger
from tests.contract.conftest import OpenLedger
from tests.store.builders import HOUR, START, a_hotspot, a_snapshot, an_amendment

STREAM = ("dye_line_2", "water")


def undoing(number: int) -> object:
    return replace(
        an_amendment(), kind=AmendmentKind.UNDONE, undoes=number, old_register=None, new_register=None,
        old_rollover=None,
    )  # fmt: skip


def test_an_entry_comes_back_as_it_was_entered_with_the_next_number(ledger: SqlLedger) -> None:
    correction = an_amendment(
        kind=AmendmentKind.SET, end=START + HOUR, value=1e-9, old_register=None, new_register=None,
        old_rollover=None,
    )  # fmt: skip
    with ledger.begin() as tx:
        first, second = tx.save_amendment(an_amendment()), tx.save_amendment(correction)
    assert (first.id, second.id) == (1, 2)
    assert replace(first, id=0) == an_amendment()
    with ledger.begin() as tx:
        assert tx.amendments() == [first, second]


def test_an_adjustment_is_about_a_process_and_resource_and_has_no_end_where_none_is_said(
    ledger: SqlLedger,
) -> None:
    adjustment = an_amendment(
        meter="", process="dye_line_2", resource="water", kind=AmendmentKind.ADDED, end=FOREVER, value=-12.5,
        old_register=None, new_register=None, old_rollover=None,
    )  # fmt: skip
    with ledger.begin() as tx:
        saved = tx.save_amendment(adjustment)
        tx.save_amendment(an_amendment())
    with ledger.begin() as tx:
        first, second = tx.amendments()
    assert first == saved == replace(adjustment, id=1)
    assert (second.process, second.resource) == ("", "")
    assert adjustments((first, second), *STREAM) == (first,)


def test_an_entry_can_not_be_entered_twice(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        saved = tx.save_amendment(an_amendment())
    with pytest.raises(LedgerError, match="already") as caught, ledger.begin() as tx:
        tx.save_amendment(saved)
    assert not caught.value.retryable


def test_an_entry_is_undone_once_and_an_undoing_never(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_amendment(an_amendment())
        undone = tx.save_amendment(undoing(1))  # type: ignore[arg-type]
    for number, words in ((1, "undone before"), (2, "no amendment 2"), (7, "no amendment 7")):
        with pytest.raises(LedgerError, match=words), ledger.begin() as tx:
            tx.save_amendment(undoing(number))  # type: ignore[arg-type]
    with ledger.begin() as tx:
        journal = Journal(tuple(tx.amendments()))
    assert journal.last == undone.id == 2
    assert journal.in_force == ()


def test_people_who_enter_together_take_turns_and_no_number_is_missing(open_ledger: OpenLedger) -> None:
    together = threading.Barrier(4)

    def enter(ledger: SqlLedger) -> None:
        together.wait(10)
        for _ in range(5):
            with ledger.begin() as tx:
                tx.save_amendment(an_amendment())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enter, [open_ledger() for _ in range(4)]))
    with open_ledger().begin() as tx:
        assert [entry.id for entry in tx.amendments()] == list(range(1, 21))


def test_a_snapshot_tells_which_entries_it_knows_of(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(amended=3))
    with ledger.begin() as tx:
        assert tx.snapshot(*STREAM) == a_snapshot(amended=3)


def test_checkpoints_come_back_oldest_first_and_only_of_their_stream(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        for hours in (9, 2, 5):
            tx.save_checkpoint(a_snapshot(hours))
        tx.save_checkpoint(a_snapshot(2, state=b"again", amended=1))
        tx.save_checkpoint(a_snapshot(3, process="kiln"))
    with ledger.begin() as tx:
        found = tx.checkpoints(*STREAM)
    assert found == [a_snapshot(2, state=b"again", amended=1), a_snapshot(5), a_snapshot(9)]


def test_checkpoints_after_an_instant_are_forgotten_and_that_of_the_instant_is_not(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        for hours in (1, 2, 3):
            tx.save_checkpoint(a_snapshot(hours))
        tx.save_checkpoint(a_snapshot(3, process="kiln"))
        tx.drop_checkpoints(*STREAM, START + 2 * HOUR)
    with ledger.begin() as tx:
        assert tx.checkpoints(*STREAM) == [a_snapshot(1), a_snapshot(2)]
        assert tx.checkpoints("kiln", "water") == [a_snapshot(3, process="kiln")]


def test_old_checkpoints_are_thinned_but_for_each_versions_first(ledger: SqlLedger) -> None:
    marks = [a_snapshot(hours) for hours in (1, 2, 3)]
    marks += [a_snapshot(hours, baseline_version=2) for hours in (3, 4, 5)]
    with ledger.begin() as tx:
        for mark in marks:
            tx.save_checkpoint(mark)
        tx.thin_checkpoints(*STREAM, START + 5 * HOUR)
    with ledger.begin() as tx:
        assert tx.checkpoints(*STREAM) == [marks[0], marks[3], marks[5]]


def test_a_hotspot_that_is_none_any_more_is_forgotten(ledger: SqlLedger) -> None:
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot("a"))
        tx.save_hotspot(a_hotspot("b"))
        tx.drop_hotspot("a")
        tx.drop_hotspot("never was")
    with ledger.begin() as tx:
        assert [hotspot.id for hotspot in tx.hotspots()] == ["b"]
