"""Cold start: something to expect from the third usable day on, marked as provisional."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest

from analytics.drift.judge import fresh_state
from analytics.drift.limits import SHIFT_NEAREST
from analytics.provisional.start import MODEL
from app.analyst import Analyst
from app.baselines import standing
from domain.amendment import Amendment
from domain.baseline import Baseline, BaselineStatus
from domain.errors import LedgerError
from domain.hotspot import Hotspot, Snapshot
from domain.plant import BaselineRule, Plant, Process
from domain.ports import LedgerTx
from tests.analytics.living_plant import PAIR, Site, a_history, a_plant, an_entry, day, site

RUNS = (1.0, 2.0, 3.1, 4.2, 5.0, 6.0, 7.3, 8.1, 8.4, 8.9, 9.2, 9.8, 10.4, 11.0)
FAULT = (8.0, 9.6)  # Tuesday and Wednesday


def a_new_plant(**changes: object) -> Plant:
    return replace(a_plant(), baseline=replace(BaselineRule(), **changes))  # type: ignore[arg-type]


def versions(lived: Site) -> list[Baseline]:
    with lived.ledger.begin() as tx:
        return tx.baselines(*PAIR)


def hotspots(lived: Site) -> list[Hotspot]:
    with lived.ledger.begin() as tx:
        return tx.hotspots()


@pytest.fixture(scope="module")
def usual() -> Iterator[Site]:
    """A new plant that has lived through its first days; only to be looked at."""
    with site(a_history(), plant=a_new_plant(), days=RUNS) as lived:
        yield lived


def test_nothing_is_expected_before_three_usable_days_and_the_reason_is_told() -> None:
    with site(a_history(), plant=a_new_plant(), days=(1.0, 2.0)) as lived:
        assert versions(lived) == []
        assert lived.analyst.progress.streams[PAIR].not_judged == (
            "2 usable days; a provisional expectation needs 3, a baseline 14"
        )


def test_from_the_third_day_on_it_judges_and_says_that_it_is_provisional(usual: Site) -> None:
    (made,) = versions(usual)
    assert (made.status, made.model) == (BaselineStatus.PROVISIONAL, MODEL)
    assert "provisional" in made.findings[0].message
    assert made.findings[0].evidence == {"since": made.period_start.isoformat(), "needed": 14}
    judged = usual.intervals()
    begun = judged["start"].min()
    assert begun == made.period_end
    assert day(2) < begun <= day(3)  # the first local day has more than half of its hours
    assert (judged["excess"].abs() / judged["expected"]).median() < 0.25
    assert hotspots(usual) == []
    assert usual.analyst.progress.streams[PAIR].not_judged == ""
    with usual.ledger.begin() as tx:
        stands = standing(a_new_plant(), tx, *PAIR)
    assert (stands.version, stands.status, stands.not_judged) == (1, BaselineStatus.PROVISIONAL, "")


def test_the_limit_of_its_lasting_shift_is_the_nearest_there_is(usual: Site) -> None:
    (made,) = versions(usual)
    assert made.status is BaselineStatus.PROVISIONAL
    assert fresh_state(made).memory.shift_limit == SHIFT_NEAREST


def test_its_figures_follow_what_each_day_showed_before_it_was_learned() -> None:
    with site(a_history(), plant=a_new_plant(), days=RUNS[:8]) as lived:
        before = versions(lived)[0].statistics
        lived.live(*RUNS[8:])
        after = versions(lived)[0].statistics
    assert after.n > before.n > 0
    assert after.p == 0
    assert after.cvrmse_pct is not None
    assert after.cvrmse_pct < 30


def test_a_hotspot_says_that_it_rests_on_a_provisional_expectation_and_is_not_learned_from(
    usual: Site,
) -> None:
    with site(a_history(2.5, fault=FAULT), plant=a_new_plant(), days=RUNS) as lived:
        (found,) = [one for one in hotspots(lived) if one.excess_per_hour > 0]
        assert found.evidence["provisional"] is True
        assert found.evidence["days_learned"] >= 3
        assert 0.0 < found.confidence <= 0.5
        assert day(7.8) <= found.since <= day(8.5)
        dirty = lived.intervals()
    last = pl.col("start") >= day(10)
    expected = [one.filter(last)["expected"].sum() for one in (dirty, usual.intervals())]
    assert expected[0] < 1.1 * expected[1]  # learned, it would be 1.3 at least


def test_killed_after_every_run_it_ends_where_it_would_have_without() -> None:
    history = a_history(2.5, fault=FAULT)
    with (
        site(history, plant=a_new_plant(), days=RUNS) as whole,
        site(history, plant=a_new_plant(), days=()) as killed,
    ):
        for number in RUNS:
            analyst = Analyst(a_new_plant(), killed.store, killed.ledger, killed.clock, lateness_s=120.0)
            killed.clock.at = day(number)
            analyst.run_once(dict.fromkeys(("m", "output"), day(number)))
        assert killed.everything() == whole.everything()
        assert killed.intervals().equals(whole.intervals())


def test_a_crash_before_the_ledgers_commit_is_made_good_by_the_next_run(usual: Site) -> None:
    with site(a_history(), plant=a_new_plant(), days=RUNS[:8]) as lived:
        whole, left = lived.ledger.begin, iter([True] * 2 + [False] * 99)

        @contextmanager
        def dying() -> Iterator[LedgerTx]:
            with whole() as tx:
                saving = tx.save_snapshot
                if not next(left):

                    def killed(snapshot: Snapshot) -> None:
                        saving(snapshot)
                        raise LedgerError("killed just before the commit")

                    tx.save_snapshot = killed  # type: ignore[method-assign]
                yield tx

        lived.ledger.begin = dying  # type: ignore[method-assign]
        with pytest.raises(LedgerError, match="killed"):
            lived.live(RUNS[9])
        lived.ledger.begin = whole  # type: ignore[method-assign]
        lived.live(*RUNS[9:])
        assert lived.intervals().equals(usual.intervals())
        assert lived.everything()[0] == usual.everything()[0]


def test_another_variable_in_the_plant_file_begins_it_again_where_it_stood(usual: Site) -> None:
    with site(a_history(), plant=a_new_plant(), days=RUNS[:8]) as lived:
        bare = replace(a_new_plant(), processes={"p": Process("p", "P")})
        other = Analyst(bare, lived.store, lived.ledger, lived.clock, lateness_s=120.0)
        lived.clock.at = day(RUNS[-1])
        other.run_once(dict.fromkeys(("m", "output"), day(RUNS[-1])))
        old, new = versions(lived)
        assert (old.status, new.status) == (BaselineStatus.SUPERSEDED, BaselineStatus.PROVISIONAL)
        assert new.variables == ()
        assert lived.intervals()["start"].equals(usual.intervals()["start"])


def test_a_plant_that_slept_and_reads_its_history_late_expects_the_same(usual: Site) -> None:
    with site(a_history(), plant=a_new_plant(), days=(1.0, 2.0, RUNS[-1])) as slept:
        assert slept.intervals().equals(usual.intervals())


def test_an_amendment_of_the_cold_start_is_learned_as_if_it_had_always_been_there() -> None:
    entry = an_entry("scaled", 2.0, 3.0, value=0.5)
    with (
        site(a_history(), entry, plant=a_new_plant(), days=RUNS) as scratch,
        site(a_history(), plant=a_new_plant(), days=RUNS) as lived,
    ):
        assert not lived.intervals().equals(scratch.intervals())
        lived.enter(entry)
        lived.live(RUNS[-1])
        assert lived.intervals().equals(scratch.intervals())
        assert lived.everything()[0] == scratch.everything()[0]


def an_adjustment(begin: float) -> Amendment:
    return an_entry("grown", begin, 20.0, value=50.0, meter="", process="p", resource="water")


def test_an_adjustment_holds_for_a_provisional_expectation_too(usual: Site) -> None:
    with site(a_history(), an_adjustment(9.0), plant=a_new_plant(), days=RUNS) as adjusted:
        both = usual.intervals().join(adjusted.intervals(), on="start", suffix="_adjusted")
    factor = both.select("start", factor=pl.col("expected_adjusted") / pl.col("expected"))
    before = factor.filter(pl.col("start") < day(9))["factor"]
    same_day = factor.filter(pl.col("start").is_between(day(9), day(9.7), closed="left"))["factor"]
    assert (before == 1.0).all()
    assert same_day.to_list() == pytest.approx([1.5] * 34)


def test_the_first_baseline_takes_its_place() -> None:
    days = (*RUNS, 12.0, 14.0, 15.0, 16.0, 18.0)
    with site(a_history(), plant=a_new_plant(), days=days) as lived:
        provisional, first = versions(lived)
        assert (provisional.status, first.status) == (BaselineStatus.SUPERSEDED, BaselineStatus.APPROVED)
        assert first.model != MODEL
        starts = lived.intervals()["start"].to_list()
        assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(minutes=30)}
        assert lived.analyst.progress.streams[PAIR].baseline_version == 2


def test_an_excess_that_the_cold_start_found_is_left_out_of_the_first_baseline() -> None:
    days = (*RUNS, 12.0, 14.0, 16.0, 18.0, 20.0)
    totals = []
    for factor in (1.0, 2.5):
        with site(a_history(factor, fault=FAULT), plant=a_new_plant(), days=days) as lived:
            first = versions(lived)[-1]
            assert first.status is BaselineStatus.APPROVED
            totals.append(sum(first.coefficients["hours"]))
    assert totals[1] == pytest.approx(totals[0], rel=0.05)


def test_a_plant_file_can_do_without_it() -> None:
    with site(a_history(), plant=a_new_plant(provisional=False), days=RUNS) as lived:
        assert versions(lived) == []
        assert lived.intervals().is_empty()
        assert "usable days; a baseline needs 14" in lived.analyst.progress.streams[PAIR].not_judged


def test_a_meter_that_shows_nothing_but_one_value_teaches_nothing() -> None:
    rows = [("m", day(0) + timedelta(minutes=30 * i), 1000.0 + i) for i in range(48 * 8)]
    rows += [("output", at, 1.0) for _, at, _ in rows]
    schema = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    with site(pl.DataFrame(rows, schema, orient="row"), plant=a_new_plant(), days=(6.0,)) as lived:
        assert versions(lived) == []
        assert "nothing to learn" in lived.analyst.progress.streams[PAIR].not_judged or (
            "usable days" in lived.analyst.progress.streams[PAIR].not_judged
        )
