"""False alarms widen the judge's limits by the day, whatever the calls' own spans are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from analytics.drift.judge import JudgeState, dump, fresh_state, judge
from analytics.widening import judge_widened
from domain.feedback import Feedback, Verdict
from domain.hotspot import Hotspot
from tests.analytics.drift_builders import World, a_baseline, a_context, frames_of

WORLD = World("leak", 0.5, interval_s=3600, days=60, end_h=30 * 24.0, seed=4)
FRAME, CALENDAR = frames_of(WORLD)
CONTEXT = a_context(WORLD)
#: so small that a few false alarms keep it from being found
FAINT = frames_of(World("leak", 0.08, interval_s=3600, days=60, end_h=45 * 24.0, seed=4))


def false_alarm(day: float, **changes: str) -> Feedback:
    said = Feedback(
        f"f{day}", 1, FRAME["start"][0] + timedelta(days=day), "Lan", Verdict.FALSE_ALARM, "vệ sinh",
        CONTEXT.process, CONTEXT.resource, "cusum",
    )  # fmt: skip
    return replace(said, **changes)  # type: ignore[arg-type]


def run(cuts: list[int], said: list[Feedback]) -> tuple[bytes, dict[str, Hotspot]]:
    state: JudgeState = fresh_state(a_baseline())
    found: dict[str, Hotspot] = {}
    for begin, end in pairwise([0, *cuts, FRAME.height]):
        state, changed = judge_widened(state, FRAME[begin:end], CALENDAR[begin:end], CONTEXT, said)
        found |= {hotspot.id: hotspot for hotspot in changed}
    return dump(state), found


@pytest.mark.parametrize("said", [[], [false_alarm(1, process="somewhere else")]])
def test_without_a_word_on_this_stream_it_is_the_judge_itself(said: list[Feedback]) -> None:
    state, changed = judge(fresh_state(a_baseline()), FRAME, CALENDAR, CONTEXT)
    assert run([], said) == (dump(state), {hotspot.id: hotspot for hotspot in changed})


def test_with_false_alarms_one_call_gives_what_many_give() -> None:
    said = [false_alarm(day) for day in (1.3, 2.0, 9.9)]
    whole = run([], said)
    assert whole[1]
    assert run(list(range(11, FRAME.height, 11)), said) == whole
    assert run([7, 100, 333], said) == whole


def found_of_the_faint(said: list[Feedback]) -> tuple[bytes, list[Hotspot]]:
    state, found = judge_widened(fresh_state(a_baseline()), *FAINT, CONTEXT, said)
    return dump(state), found


@pytest.mark.parametrize("detector", ["rule_night_flow", "rule_idling", "rule_stuck", "stuck"])
def test_a_false_alarm_of_a_rule_or_of_a_stuck_meter_leaves_the_judges_limits_alone(detector: str) -> None:
    plain = found_of_the_faint([])
    assert [one.detector for one in plain[1]] == ["cusum_total"]
    assert found_of_the_faint([false_alarm(day, channel=detector) for day in range(1, 6)]) == plain


@pytest.mark.parametrize("detector", ["cusum", "ewma", "cusum_total", "cusum_shift early"])
def test_a_false_alarm_of_any_of_the_judges_detectors_widens_its_limits(detector: str) -> None:
    assert found_of_the_faint([])[1]
    assert not found_of_the_faint([false_alarm(day, channel=detector) for day in range(1, 6)])[1]
