"""The past is amended: a stream ends where it would be had the entry always been there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from app.analyst import Analyst
from domain.amendment import AmendmentKind
from domain.baseline import BaselineStatus
from domain.errors import LedgerError
from domain.hotspot import Snapshot
from domain.ports import LedgerTx
from store.memory import MemorySeries
from tests.analytics.living_plant import (
    BEGIN,
    DAYS,
    FAULT,
    PAIR,
    STEP_S,
    a_history,
    a_plant,
    an_entry,
    day,
    site,
)


def without_ids(snapshot: Snapshot | None) -> Snapshot:
    assert snapshot is not None
    return replace(snapshot, amended=0)


@pytest.fixture(scope="module")
def faulty() -> pl.DataFrame:
    return a_history(factor=2.0)


SCALED = an_entry("scaled", *FAULT, value=0.5)


def test_a_corrected_past_is_judged_as_if_it_had_always_been_so(faulty: pl.DataFrame) -> None:
    with site(faulty, SCALED) as scratch, site(faulty) as lived:
        before = lived.everything()
        assert len(lived.everything()[1]) >= 1, "the fault must be a hotspot, or the correction shows nothing"
        lived.enter(SCALED)
        lived.live(49)
        assert lived.everything() != before
        assert lived.everything() == scratch.everything()
        assert lived.intervals().equals(scratch.intervals())
        assert lived.everything()[1] == []


def test_undoing_it_brings_back_what_was_lived(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived:
        before, intervals = lived.everything(), lived.intervals()
        entry = lived.enter(SCALED)
        lived.live(49)
        undone = replace(entry, id=0, kind=AmendmentKind.UNDONE, value=None, undoes=entry.id)
        lived.enter(undone)
        lived.live(49)
        after = lived.everything()
        assert without_ids(after[0]) == without_ids(before[0])  # type: ignore[arg-type]
        assert after[1:] == before[1:]
        assert lived.intervals().equals(intervals)


def test_applying_it_once_more_changes_nothing(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived:
        lived.enter(SCALED)
        lived.live(49)
        once = lived.everything()
        with lived.ledger.begin() as tx:
            trail = tx.audit_trail()
        again = Analyst(a_plant(), lived.store, lived.ledger, lived.clock, lateness_s=120.0)
        again.run_once({"m": day(49), "output": day(49)})
        assert again.progress.amendments == 0
        assert lived.everything() == once
        with lived.ledger.begin() as tx:
            assert tx.audit_trail() == trail


def test_the_audit_trail_keeps_the_hotspot_that_is_none_any_more(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived:
        with lived.ledger.begin() as tx:
            (hotspot,) = tx.hotspots()
        entry = lived.enter(SCALED)
        lived.live(49)
        with lived.ledger.begin() as tx:
            (line,) = tx.audit_trail("p/water")
        assert (line["what"], line["who"], line["why"]) == (
            "amendments.applied", "wastenot", f"amendments {entry.id}",
        )  # fmt: skip
        assert [one["id"] for one in line["details"]["withdrawn"]] == [hotspot.id]
        assert line["details"]["withdrawn"][0]["excess_total"] == hotspot.excess_total


def test_a_crash_before_the_ledgers_commit_is_made_good_by_the_next_run(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived, site(faulty, SCALED) as scratch:
        lived.enter(SCALED)
        whole = lived.ledger.begin

        @contextmanager
        def dying() -> Iterator[LedgerTx]:
            with whole() as tx:
                yield tx
                if tx.audit_trail("p/water"):
                    raise LedgerError("killed just before the commit")

        lived.ledger.begin = dying  # type: ignore[method-assign]
        with pytest.raises(LedgerError, match="killed"):
            lived.live(49)
        lived.ledger.begin = whole  # type: ignore[method-assign]
        assert lived.everything() != scratch.everything()
        lived.live(49)
        assert lived.everything() == scratch.everything()
        assert lived.intervals().equals(scratch.intervals())


def test_a_reset_that_is_declared_a_replacement_later_is_recomputed() -> None:
    history = a_history(reset_day=31.0)
    shown = history.filter(pl.col("meter") == "m", pl.col("time") < day(31))["value"][-1]
    entry = an_entry("replaced", 31.0, 31.0, old_register=shown + 2.0, new_register=0.0)
    with site(history) as lived, site(history, entry) as scratch:
        at = day(31) - timedelta(seconds=STEP_S)
        quality = lived.intervals().filter(pl.col("start") == at)["quality"].item()
        assert quality == "reset"
        lived.enter(entry)
        lived.live(49)
        row = lived.intervals().filter(pl.col("start") == at).to_dicts()[0]
        assert (row["quality"], row["actual"]) == ("measured", pytest.approx(2.0))
        assert lived.everything() == scratch.everything()
        assert lived.intervals().equals(scratch.intervals())


def test_a_corrected_variable_changes_what_was_expected(faulty: pl.DataFrame) -> None:
    entry = an_entry("scaled", 40.0, 41.0, value=0.5, meter="output")
    with site(faulty) as lived, site(faulty, entry) as scratch:
        before = lived.intervals()
        lived.enter(entry)
        lived.live(49)
        changed = (
            lived.intervals().join(before, on="start").filter(pl.col("expected") != pl.col("expected_right"))
        )
        assert (changed["start"].min(), changed["start"].max()) == (
            day(40),
            day(41) + timedelta(hours=1) - timedelta(seconds=STEP_S),  # what the hour after remembers
        )
        assert lived.everything() == scratch.everything()
        assert lived.intervals().equals(scratch.intervals())


def test_entries_of_other_meters_are_only_noted(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived:
        before = lived.everything()
        lived.enter(replace(SCALED, meter="another"))
        lived.live(49)
        after = lived.everything()
        assert isinstance(after[0], Snapshot)
        assert after[0].amended == 1
        assert without_ids(after[0]) == without_ids(before[0])  # type: ignore[arg-type]
        assert after[1:] == before[1:]


def test_a_baseline_whose_period_is_touched_is_doubted_and_never_refitted(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived:
        with lived.ledger.begin() as tx:
            before = tx.approved_baseline(*PAIR)
        assert before is not None
        lived.enter(an_entry("bad", 10.0, 11.0))
        lived.live(49)
        lived.live(49)
        with lived.ledger.begin() as tx:
            approved, proposed = tx.baselines(*PAIR)
        assert approved.status is BaselineStatus.APPROVED
        assert (approved.version, approved.coefficients) == (before.version, before.coefficients)
        (finding,) = [one for one in approved.findings if one.kind == "period_amended"]
        assert (finding.start, finding.end) == (day(10), day(11))
        assert finding.evidence == {"amendments": [1], "meters": ["m"], "adjusted": False}
        assert proposed.status is BaselineStatus.PROPOSED
        assert proposed.reason == finding.message
        assert proposed.statistics.coverage < before.statistics.coverage  # a catch-up enters no baseline
        assert (proposed.period_start, proposed.period_end) == (before.period_start, before.period_end)


def test_what_was_entered_while_a_proposal_waited_is_told_of_the_baseline_that_it_became(
    faulty: pl.DataFrame,
) -> None:
    with site(faulty) as lived:
        lived.enter(replace(an_entry("bad", 10.0, 11.0), at=day(99)))
        lived.enter(replace(an_entry("bad", 2.0, 2.1), at=BEGIN))  # before the baseline was made
        lived.enter(replace(an_entry("bad", 48.0, 48.5), at=day(99)))  # after its period
        with lived.ledger.begin() as tx:  # the judge knows of them all: it began after the approval
            snapshot = tx.snapshot(*PAIR)
            assert snapshot is not None
            tx.save_snapshot(replace(snapshot, amended=3))
        (finding,) = lived.analyst.nightly()
        assert (finding.kind, finding.evidence["amendments"]) == ("period_amended", [1])
        assert lived.analyst.nightly() == []  # once
        with lived.ledger.begin() as tx:
            approved, proposed = tx.baselines(*PAIR)
        assert [one.kind for one in approved.findings].count("period_amended") == 1
        assert (proposed.status, proposed.reason) == (BaselineStatus.PROPOSED, finding.message)


def test_where_the_raw_readings_are_gone_amounts_become_right_and_hotspots_stay(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived:
        hotspots = lived.everything()[1]
        kept = MemorySeries()
        kept.load(faulty.filter(pl.col("time") >= day(29.8)))
        kept.append_intervals(lived.intervals())
        lived.enter(SCALED)
        after = Analyst(a_plant(), kept, lived.ledger, lived.clock, lateness_s=120.0)
        after.run_once({"m": day(49), "output": day(49)})
        now = kept.read_intervals(*PAIR, BEGIN, day(99))
        old = now.filter(pl.col("start") < day(29.5))
        assert old.equals(lived.intervals().filter(pl.col("start") < day(29.5)))
        window = pl.col("start").is_between(day(30), day(33), closed="left")
        assert now.filter(window)["actual"].sum() == pytest.approx(
            lived.intervals().filter(window)["actual"].sum() / 2
        )
        assert lived.everything()[1] == hotspots
        with lived.ledger.begin() as tx:
            assert tx.audit_trail("p/water")[0]["details"]["replayed_from"] is None


def test_a_ledger_without_checkpoints_gets_right_amounts_and_keeps_its_hotspots(faulty: pl.DataFrame) -> None:
    with site(faulty) as lived, site(faulty, SCALED) as scratch:
        hotspots = lived.everything()[1]
        with lived.ledger.begin() as tx:
            tx.drop_checkpoints(*PAIR, BEGIN)
        lived.enter(SCALED)
        lived.live(49)
        assert lived.intervals().equals(scratch.intervals())
        assert lived.everything()[1] == hotspots


def test_an_entry_before_the_first_baseline_is_there_when_it_is_learned(faulty: pl.DataFrame) -> None:
    entry = an_entry("bad", 10.0, 11.0)
    with site(faulty, entry) as known, site(faulty, days=(1, 12)) as early:
        early.enter(entry)
        early.live(*DAYS)
        assert early.everything() == known.everything()
        assert early.intervals().equals(known.intervals())
        with early.ledger.begin() as tx:
            assert len(tx.baselines(*PAIR)) == 1
