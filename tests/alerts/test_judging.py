"""Feedback: kept, counted, and within its bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.judging import give_feedback
from domain.alert import AlertState
from domain.errors import RefusedError
from domain.feedback import HALF_LIFE, WIDER, Feedback, Verdict, limit_factor, limit_factors
from tests.alerts.builders import NOW, a_hotspot_condition, after, an_alert
from tests.alerts.memory_ledger import MemoryLedger

STREAM = ("dye_line_2", "water")


def a_word(verdict: Verdict, days: float = 0.0, **changes: str) -> Feedback:
    names = {"fingerprint": f"f{days}", "process": STREAM[0], "resource": STREAM[1], "channel": "cusum_idle"}
    names |= changes
    return Feedback(episode=1, at=NOW + timedelta(days=days), who="Lan", verdict=verdict, reason="", **names)


FALSE, TRUE = Verdict.FALSE_ALARM, Verdict.CONFIRMED


def test_a_false_alarm_needs_a_reason_acknowledges_and_names_the_channel() -> None:
    ledger, alert = MemoryLedger(), an_alert(a_hotspot_condition(), AlertState.FIRING)
    with ledger.begin() as tx:
        tx.save_alert(alert)
    with ledger.begin() as tx, pytest.raises(RefusedError, match="needs a reason"):
        give_feedback(tx, alert.fingerprint, FALSE, " ", "Lan", NOW)
    with ledger.begin() as tx:
        said = give_feedback(tx, alert.fingerprint, FALSE, "vệ sinh bồn", "Lan", after(60))
        assert tx.alerts()[0].acknowledged_by == "Lan"
    assert (said.process, said.resource, said.channel) == (*STREAM, "cusum")
    assert [one.change.value for one in ledger.tables.changes] == ["acknowledged", "feedback"]


def test_one_false_alarm_widens_its_channel_of_its_stream_and_no_other() -> None:
    words = [a_word(FALSE)]
    assert limit_factors(words, *STREAM, NOW) == {"cusum_idle": WIDER}
    assert limit_factor(words, "boiler", "water", NOW) == 1.0
    assert limit_factor(words, *STREAM, NOW - timedelta(days=1)) == 1.0


def test_what_is_no_detector_with_learned_limits_widens_nothing() -> None:
    words = [a_word(FALSE, day, channel=name) for day, name in enumerate(("rule_night_flow", "stuck", ""))]
    assert limit_factors(words, *STREAM, NOW + timedelta(days=3)) == {}
    assert limit_factor(words, *STREAM, NOW + timedelta(days=3)) == 1.0


def test_the_widest_of_the_judges_detectors_is_that_of_all() -> None:
    words = [a_word(FALSE, 0, fingerprint="a"), a_word(FALSE, 0, fingerprint="b")]
    words.append(a_word(FALSE, 0, fingerprint="c", channel="ewma"))
    assert limit_factors(words, *STREAM, NOW) == pytest.approx({"cusum_idle": WIDER**2, "ewma": WIDER})
    assert limit_factor(words, *STREAM, NOW) == pytest.approx(WIDER**2)


def test_a_widened_limit_comes_back_with_time_and_with_confirmed_alerts() -> None:
    words = [a_word(FALSE)]
    assert limit_factor(words, *STREAM, NOW + HALF_LIFE) == pytest.approx(1 + (WIDER - 1) / 2)
    assert limit_factor([*words, a_word(TRUE, 0.001)], *STREAM, NOW + timedelta(days=1)) == 1.0


def test_the_last_word_on_an_episode_counts() -> None:
    words = [a_word(FALSE, 0, fingerprint="f"), a_word(TRUE, 1, fingerprint="f")]
    assert limit_factor(words, *STREAM, NOW) == WIDER
    assert limit_factor(words, *STREAM, NOW + timedelta(days=1)) == 1.0


@given(st.lists(st.tuples(st.sampled_from(list(Verdict)), st.floats(0, 400)), max_size=40))
def test_whatever_is_said_the_factor_stays_within_its_bounds(said: list[tuple[Verdict, float]]) -> None:
    words = [a_word(verdict, days, fingerprint=f"f{at}") for at, (verdict, days) in enumerate(said)]
    words.sort(key=lambda one: one.at)
    for day in range(0, 800, 40):
        assert 1.0 <= limit_factor(words, *STREAM, NOW + timedelta(days=day)) <= 2.0


def test_enough_false_alarms_reach_the_widest_and_no_more() -> None:
    words = [a_word(FALSE, number / 100) for number in range(20)]
    assert limit_factor(words, *STREAM, NOW + timedelta(days=0.19)) == pytest.approx(2.0)
