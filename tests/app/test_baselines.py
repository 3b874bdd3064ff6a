"""The life of a baseline: judged by or not, decided on by people, and why, for everybody to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.baselines import REFUSED, baseline_json, card, standing
from app.deciding import UndecidableError, approve, reject, version_of
from domain.acceptance import AcceptanceProfile
from domain.baseline import Baseline, BaselineStatus, Decision
from domain.plant import BaselineRule, Plant
from tests.analytics.living_plant import BEGIN, PAIR, Site, a_history, a_plant, day, site
from tests.store.builders import a_baseline

ROUGH = 4.0  # beyond what any profile takes
SEEN = Decision(day(30), "Lan", "seen the chart")


def a_strict_plant(**changes: object) -> Plant:
    """Return the living plant, its baselines bound to a profile, learned from all there is."""
    rule = BaselineRule(profile=AcceptanceProfile.ASHRAE14_HOURLY, provisional=False)
    return replace(a_plant(), baseline=replace(rule, **changes))  # type: ignore[arg-type]


@pytest.fixture
def rough() -> Iterator[Site]:
    """A plant whose profile binds and whose baseline fails it."""
    with site(a_history(rough=ROUGH), plant=a_strict_plant(), days=(22, 23)) as lived:
        yield lived


def versions(lived: Site) -> list[Baseline]:
    with lived.ledger.begin() as tx:
        return tx.baselines(*PAIR)


def test_a_baseline_that_fails_a_profile_that_binds_is_proposed_and_nothing_is_judged(rough: Site) -> None:
    (proposed,) = versions(rough)
    assert proposed.status is BaselineStatus.PROPOSED
    assert rough.intervals().is_empty()
    why = rough.analyst.progress.streams[PAIR].not_judged
    assert "waits for a person" in why
    assert "fails ashrae14-hourly: cvrmse" in why
    with rough.ledger.begin() as tx:
        assert standing(a_strict_plant(), tx, *PAIR).not_judged == why


def test_it_is_judged_by_when_the_plant_file_says_so_or_names_no_profile() -> None:
    for plant in (a_strict_plant(judge_failed=True), a_strict_plant(profile=None)):
        with site(a_history(rough=ROUGH), plant=plant, days=(22, 23)) as lived:
            assert [one.status for one in versions(lived)] == [BaselineStatus.APPROVED]
            assert lived.intervals().height > 0
            assert lived.analyst.progress.streams[PAIR].not_judged == ""


def test_only_force_puts_it_in_force_and_the_audit_trail_says_so(rough: Site) -> None:
    plant = a_strict_plant()
    with rough.ledger.begin() as tx:
        proposed = version_of(tx, *PAIR, 1)
        with pytest.raises(UndecidableError, match="--force"):
            approve(tx, plant, proposed, SEEN)
        approve(tx, plant, proposed, replace(SEEN, forced=True))
        (line,) = tx.audit_trail("p/water/1")
    assert (line["what"], line["who"], line["why"]) == ("baseline.approved", "Lan", "seen the chart")
    assert line["details"]["forced"] is True
    rough.live(25)
    assert rough.intervals().height > 0
    assert versions(rough)[0].decision == replace(SEEN, forced=True)


def test_force_that_was_not_needed_is_not_noted_as_force() -> None:
    with site(a_history(), plant=a_strict_plant(), days=(22,)) as lived, lived.ledger.begin() as tx:
        first = version_of(tx, *PAIR, 1)
        second = tx.save_baseline(replace(first, version=0, status=BaselineStatus.PROPOSED))
        saved = approve(tx, a_strict_plant(), second, replace(SEEN, forced=True))
        assert saved.decision == SEEN
        states = [one.status for one in tx.baselines(*PAIR)]
    assert states == [BaselineStatus.SUPERSEDED, BaselineStatus.APPROVED]


def test_a_rejected_proposal_stays_with_its_reason_and_is_not_made_again_at_once(rough: Site) -> None:
    with rough.ledger.begin() as tx:
        reject(tx, version_of(tx, *PAIR, 1), Decision(day(24), "Lan", "output meter was off"))
    rough.live(26, 33)
    (rejected,) = versions(rough)
    assert rejected.status is BaselineStatus.REJECTED
    assert rejected.decision is not None
    assert rejected.decision.why == "output meter was off"
    with rough.ledger.begin() as tx:
        told = standing(a_strict_plant(), tx, *PAIR).not_judged
    assert told == "version 1 was rejected by Lan: output meter was off"
    with rough.ledger.begin() as tx, pytest.raises(UndecidableError, match="is rejected: what can become"):
        approve(tx, a_strict_plant(), rejected, replace(SEEN, forced=True))


def test_after_a_rejection_a_later_first_baseline_is_only_proposed_however_good_it_is() -> None:
    plant = a_strict_plant(profile=None)
    with site(a_history(), plant=plant, days=()) as lived:
        with lived.ledger.begin() as tx:
            bad = tx.save_baseline(a_baseline(process="p", decision=None))
            reject(tx, bad, Decision(day(5), "Lan", "the meter was wrong"))
        lived.live(22)
        assert len(versions(lived)) == 1  # the rejection is 17 days old
        lived.live(34)
        assert [one.status for one in versions(lived)] == [BaselineStatus.REJECTED, BaselineStatus.PROPOSED]
        assert lived.analyst.progress.streams[PAIR].blocked


def test_a_proposal_nobody_decides_on_gives_way_to_a_later_one(rough: Site) -> None:
    rough.live(25, 31, 32)
    first, second = versions(rough)
    assert (first.status, second.status) == (BaselineStatus.REJECTED, BaselineStatus.PROPOSED)
    assert first.decision is not None
    assert first.decision.why == "a later proposal took its place"


def test_a_version_that_is_not_there_is_said_with_those_that_are(rough: Site) -> None:
    with rough.ledger.begin() as tx, pytest.raises(UndecidableError, match=r"no baseline version 7.*: 1"):
        version_of(tx, *PAIR, 7)


def test_why_there_is_no_baseline_is_kept_for_the_command_line_once_a_day() -> None:
    plant = replace(a_plant(), baseline=BaselineRule(provisional=False))
    with site(a_history(), plant=plant, days=(3, 3.3, 3.6, 6)) as lived:
        with lived.ledger.begin() as tx:
            told = [line["why"] for line in tx.audit_trail("p/water") if line["what"] == REFUSED]
            assert standing(plant, tx, *PAIR).not_judged == told[0]
        assert len(told) == 2
        assert told[0].startswith("6 usable days; a baseline needs 14")


def test_the_card_shows_every_criterion_with_value_limit_and_outcome(rough: Site) -> None:
    (proposed,) = versions(rough)
    shown = card(a_strict_plant(), proposed)
    assert "the simplest within one standard error of the best is chosen" in shown
    assert sum(line.endswith(": chosen") and proposed.model in line for line in shown.splitlines()) == 1
    assert "acceptance  ashrae14-hourly: failed (binds)" in shown
    assert "<= 30 %: failed" in shown
    assert "others: doe-sep" in shown
    row = baseline_json(a_strict_plant(), proposed, whole=True)
    assert set(row["by_profile"]) == {"doe-sep", "ipmvp", "ashrae14-hourly", "ashrae14-monthly"}
    names = {one["name"]: one["outcome"] for one in row["acceptance"]["criteria"]}
    assert names["cvrmse"] == "failed"


def test_a_baseline_of_an_older_version_says_that_it_was_never_asked() -> None:
    old = a_baseline(process="p", acceptance=(), decision=None, created_at=BEGIN + timedelta(days=1))
    assert "made before there were profiles" in card(a_strict_plant(), old)
    assert "never asked" in baseline_json(a_strict_plant(), old, whole=False)["not_judged"]
