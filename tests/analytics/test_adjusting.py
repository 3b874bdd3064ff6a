"""Non-routine adjustments: what is expected changes with a static factor, from its date on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.adjusting import adjusted, unadjusted
from app.backtest import backtest
from app.backtest_learning import Periods
from domain.amendment import FOREVER, Amendment, AmendmentKind, Journal
from domain.baseline import Baseline, BaselineStatus
from domain.feedback import Feedback, Verdict
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics.living_plant import DAYS, FAULT, PAIR, Site, a_history, a_plant, an_entry, day, site
from tests.store.builders import a_baseline

NAMES: dict[str, Any] = {"meter": "", "process": PAIR[0], "resource": PAIR[1]}
DOUBLE = an_entry("grown", *FAULT, value=100.0, **NAMES)


def a_model(floor: float | None = 0.0) -> Baseline:
    return a_baseline(process="p", resource="water", interval_s=3600, coefficients={"floor": floor})


def an_expectation(*expected: float | None) -> pl.DataFrame:
    starts = [day(0) + i * timedelta(hours=1) for i in range(len(expected))]
    return pl.DataFrame(
        {"start": starts, "expected": expected, "sigma": [1.0] * len(expected)},
        schema_overrides={"start": pl.Datetime("us", "UTC"), "expected": pl.Float64},
    )


def an_adjustment(kind: str, value: float, begin: float = 0.0, end: float | None = None) -> Amendment:
    entry = an_entry(kind, begin / 24, 1.0, value=value, **NAMES)
    return replace(entry, end=FOREVER if end is None else day(end / 24))


def test_an_amount_per_hour_is_added_from_its_date_on_and_an_interval_that_it_cuts_gets_its_share() -> None:
    after = adjusted(an_expectation(10.0, 10.0, 10.0), a_model(), [an_adjustment("added", 12.0, begin=1.25)])
    assert after["expected"].to_list() == [10.0, 19.0, 22.0]
    assert after["sigma"].to_list() == [1.0, 1.0, 1.0]


def test_per_cent_widen_what_is_usual_alike_and_what_is_unknown_stays_so() -> None:
    after = adjusted(an_expectation(10.0, None), a_model(), [an_adjustment("grown", 50.0)])
    assert after["expected"].to_list() == [15.0, None]
    assert after["sigma"].to_list() == [1.5, 1.5]


def test_it_ends_with_its_window_and_concerns_its_process_alone() -> None:
    entry = an_adjustment("added", 5.0, end=1)
    assert adjusted(an_expectation(1.0, 1.0), a_model(), [entry])["expected"].to_list() == [6.0, 1.0]
    other = replace(entry, process="q")
    assert adjusted(an_expectation(1.0, 1.0), a_model(), [other])["expected"].to_list() == [1.0, 1.0]


@pytest.mark.parametrize(("floor", "expected"), [(0.0, 0.0), (None, -2.0)])
def test_nobody_is_expected_to_use_less_than_nothing_but_who_gives_back(
    floor: float | None, expected: float
) -> None:
    after = adjusted(an_expectation(3.0), a_model(floor), [an_adjustment("added", -5.0)])
    assert after["expected"].to_list() == [expected]


@given(
    st.floats(0.1, 1e6),
    st.lists(
        st.tuples(st.sampled_from(["added", "grown"]), st.floats(-90, 900), st.floats(0, 3), st.floats(0, 3)),
        max_size=4,
    ),
)
def test_what_is_learned_from_is_what_the_adjustments_would_turn_back_into_the_actual_use(
    use: float, several: list[tuple[str, float, float, float]]
) -> None:
    """expected + adjustments of (actual without adjustments) = actual: a refit never counts one twice."""
    entries = [
        an_adjustment(kind, value, min(a, b), max(a, b) + 0.01) for kind, value, a, b in several if value
    ]
    frame = an_expectation(use, use, use).rename({"expected": "actual"}).drop("sigma")
    bare = unadjusted(frame, *PAIR, 3600, entries)
    back = adjusted(
        bare.rename({"actual": "expected"}).with_columns(sigma=pl.lit(1.0)), a_model(None), entries
    )
    assert back["expected"].to_list() == pytest.approx([use] * 3, rel=1e-6, abs=1e-6)


def test_nothing_is_learned_from_a_time_of_which_nothing_is_left() -> None:
    frame = an_expectation(5.0).rename({"expected": "actual"})
    assert unadjusted(frame, *PAIR, 3600, [an_adjustment("grown", -100.0)])["actual"].to_list() == [None]


# -- in a plant that lives


def test_an_adjustment_that_is_entered_late_is_judged_as_if_it_had_always_been_there() -> None:
    with site(a_history(factor=2.0), DOUBLE) as scratch, site(a_history(factor=2.0)) as lived:
        before = lived.everything()
        assert before[1], "the fault must be a hotspot, or the adjustment shows nothing"
        lived.enter(DOUBLE)
        lived.live(49)
        assert lived.everything() == scratch.everything()
        assert lived.intervals().equals(scratch.intervals())
        assert lived.everything()[1] == []


def test_undoing_it_brings_the_hotspot_back() -> None:
    with site(a_history(factor=2.0)) as lived:
        before = lived.everything()
        entry = lived.enter(DOUBLE)
        lived.live(49)
        lived.enter(replace(entry, id=0, kind=AmendmentKind.UNDONE, value=None, undoes=entry.id))
        lived.live(49)
        assert lived.everything()[1] == before[1]


def test_a_backtest_with_the_same_journal_finds_what_was_lived() -> None:
    plant, history = a_plant(), a_history(factor=2.0)
    found = []
    for journal in (Journal(), Journal((replace(DOUBLE, id=1),))):
        store, ledger = MemorySeries(), SqlLedger("sqlite://")
        store.load(history)
        periods = Periods((day(1), day(21)), (day(21), day(49)))
        found.append(backtest(plant, store, ledger, periods, journal=journal)["hotspots"])
        ledger.close()
    assert len(found[0]) == 1
    assert found[1] == []


def proposals(lived: Site) -> list[Baseline]:
    with lived.ledger.begin() as tx:
        return [one for one in tx.baselines(*PAIR) if one.status is BaselineStatus.PROPOSED]


def test_one_that_reaches_into_the_baseline_period_casts_doubt_on_it_and_is_taken_out_of_the_proposal() -> (
    None
):
    entry = an_entry("added", 10.0, 49.0, value=1.0, **NAMES)
    with site(a_history(), days=DAYS[:3]) as lived:
        with lived.ledger.begin() as tx:
            first = tx.approved_baseline(*PAIR)
        lived.enter(entry)
        lived.live(29)
        (proposed,) = proposals(lived)
        assert "what is expected was adjusted in the baseline period" in proposed.reason
        assert first is not None
        # half of the period used 1 m3/h less than it did, by the adjustment: the model's mean is lower
        assert sum(proposed.coefficients["hours"]) < sum(first.coefficients["hours"])


def test_a_static_factor_that_changed_asks_for_a_new_baseline_after_four_weeks_and_says_who_said_so() -> None:
    entry = replace(an_entry("added", 22.0, 30.0, value=0.01, **NAMES), end=FOREVER)
    with site(a_history(), entry, days=DAYS) as lived:
        findings = lived.analyst.nightly()
        assert [one.kind for one in findings] == []  # day 49: 27 days are too few
        lived.clock.at = day(50.5)
        lived.analyst.nightly()
        (proposed,) = proposals(lived)
        assert "static factors changed after the baseline" in proposed.reason
        assert "pulse factor" in proposed.reason
        assert proposed.findings[0].evidence["changes"][0]["who"] == "Lan"
        assert lived.analyst.nightly() == []  # one proposal is enough


@pytest.mark.parametrize(("standing_days", "is_open"), [(28.0, True), (14.0, False)])
def test_an_excess_that_people_called_normal_is_learned_from_open_or_standing(
    standing_days: float, *, is_open: bool
) -> None:
    plant = a_plant()
    plant = replace(plant, detection=replace(plant.detection, standing_days=standing_days))
    with site(a_history(factor=1.6, fault=(24.0, 99.0)), days=(*DAYS, 49.0), plant=plant) as lived:
        with lived.ledger.begin() as tx:
            first = min(tx.hotspots(), key=lambda one: one.detected_at)
        assert (first.ended_at is None) is is_open
        lived.clock.at = day(54)
        if is_open:  # what stands is proposed without a word, too: see the next test
            assert lived.analyst.nightly() == []
        with lived.ledger.begin() as tx:
            word = Feedback("f", 1, day(40), "Minh", Verdict.NORMAL_CHANGE, "second shift", *PAIR, "c")
            tx.add_feedback(word)
        (finding,) = lived.analyst.nightly()
        assert finding.kind == "static_factor_changed"
        assert "Minh called the excess a normal change (second shift)" in finding.message
        (proposed,) = proposals(lived)
        assert abs(proposed.period_start - first.since) < timedelta(hours=1)
        with lived.ledger.begin() as tx:
            still = tx.approved_baseline(*PAIR)
        assert still is not None
        assert still.version != proposed.version  # proposed, never put in force by itself


def test_a_loss_that_stands_is_found_once_and_then_asks_whether_the_baseline_still_holds() -> None:
    plant = a_plant()
    plant = replace(plant, detection=replace(plant.detection, standing_days=14.0))
    with site(a_history(factor=1.6, fault=(24.0, 99.0)), days=(*DAYS, 49.0), plant=plant) as lived:
        with lived.ledger.begin() as tx:
            (found,) = tx.hotspots()
        assert found.evidence["goes_on"] is True
        lived.clock.at = day(54)
        (finding,) = lived.analyst.nightly()
        assert finding.kind == "static_drift"
        assert "without an open hotspot" in finding.message
        assert len(proposals(lived)) == 1
