"""A disturbance of the whole plant, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.conditions import LATELY, LEANING, PLANT_STILL
from alerts.stages.plant_wide import PlantWide
from domain.hotspot import HotspotKind
from tests.alerts.builders import NOW, a_condition, after, elsewhere
from tests.alerts.script import Script
from tests.alerts.stories.builders import DAY, HOUR, a_silent, calm


def streams(count: int) -> dict[tuple[str, str], list[str]]:
    return {(f"at_h{number}", "water"): [] for number in range(count)}


def test_a_disturbance_of_the_whole_plant_is_one_alert_and_no_process_is_blamed() -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=60).push(60, *moved).expect(60, 60, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved)).expect(HOUR + 60, HOUR + 60, "resolved plant_wide")
    script.run(2 * HOUR)


def test_a_few_of_many_that_began_together_wait_whether_others_follow_and_are_told_then() -> None:
    script = Script(calm(meters=streams(20)), every_s=60).push(0, *(elsewhere(f"h{n}") for n in range(3)))
    for number in range(3):
        script.expect(6 * HOUR, 6 * HOUR, f"firing h{number}")
    script.run(7 * HOUR)


@pytest.mark.parametrize(("share", "told_at_s"), [(0.6, 6 * HOUR), (0.4, 0.0)])
def test_one_whose_way_most_of_the_plant_leans_waits_whether_others_follow(
    share: float, told_at_s: float
) -> None:
    first = elsewhere("first")
    leaning = replace(first, facts={**first.facts, LEANING: share})
    script = Script(calm(meters=streams(20)), every_s=60).push(0, leaning)
    script.expect(told_at_s, told_at_s, "firing first").run(7 * HOUR)


def test_one_whose_way_three_quarters_of_the_plant_lean_is_a_disturbance_by_itself() -> None:
    first = elsewhere("first")
    leaning = replace(first, facts={**first.facts, LEANING: 0.8})
    script = Script(calm(meters=streams(21)), every_s=60).push(0, leaning)
    script.expect(0, 0, "firing plant_wide")
    script.do(60, lambda tx, _now: moved.append(tx.alerts(open_only=True)[0].facts["moved"]))
    moved: list[int] = []
    script.clear(HOUR, "first").expect(HOUR + 60, HOUR + 60, "resolved plant_wide").run(2 * HOUR)
    assert moved == [17]


def test_what_began_at_very_different_times_is_no_disturbance_and_waits_for_nothing() -> None:
    rule = PlantWide(within=timedelta(hours=1))
    apart = [elsewhere(f"h{number}", since=after(-7200 * number)) for number in range(4)]
    script = Script(calm(meters=streams(6), plant_wide=rule), every_s=60).push(0, *apart)
    for one in apart:
        script.expect(0, 0, f"firing {one.key}")
    script.run(600)


def test_what_a_disturbance_left_behind_is_told_only_when_it_is_still_there_a_day_later() -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=600).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(HOUR, "h0", "h1", "h2", "h3").clear(10 * HOUR, "h4")
    script.expect(HOUR + 600, HOUR + 600, "resolved plant_wide")
    script.expect(DAY + HOUR + 600, DAY + HOUR + 600, "firing h5").run(DAY + 3 * HOUR)


@pytest.mark.parametrize(
    ("rate", "found_h", "told_at_s"),
    [
        (0.3, 15, 14 * DAY + 2 * HOUR),  # 5 % of the expected: it has two weeks to prove that it stays
        (3.0, 15, 15 * HOUR),  # 50 %: no echo of anything
        (0.3, 40, 40 * HOUR),  # found when the disturbance's day is long over
    ],
)
def test_what_sums_over_days_find_because_of_a_disturbance_is_told_when_it_stays(
    rate: float, found_h: float, told_at_s: float
) -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=1800).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(2 * HOUR, *(one.key for one in moved)).expect(2 * HOUR, 3 * HOUR, "resolved plant_wide")
    found = after(found_h * HOUR)
    echo = elsewhere(
        "echo", since=after(-9 * DAY), detected_at=found, excess_per_hour=rate, expected_per_hour=6.0
    )
    script.push(found_h * HOUR, echo).expect(told_at_s, told_at_s + HOUR, "firing echo").run(15 * DAY)


def test_a_day_off_that_nobody_wrote_down_is_told_once_and_its_small_traces_are_not() -> None:
    """NOW is Sunday 09:40; the plant stood still on Saturday."""
    midnight = after(-(9 * HOUR + 40 * 60))
    facts = {"problem": PLANT_STILL, "text": "", "stood": 7, "judged": 8, "until": midnight.isoformat()}
    still = replace(a_condition(PLANT_STILL), facts=facts, since=midnight - timedelta(days=1))
    young = elsewhere("young", since=midnight - timedelta(hours=9), detected_at=NOW)
    far_back = elsewhere("far_back", since=after(-6 * DAY), detected_at=NOW, excess_per_hour=0.5)
    fault = elsewhere("fault", since=after(-6 * DAY), detected_at=NOW)
    script = Script(calm(meters=streams(8)), every_s=1800).push(0, still).push(1800, young, far_back, fault)
    script.expect(0, 0, "firing plant_still").expect(1800, 1800, "firing fault")
    script.clear(DAY, PLANT_STILL).expect(DAY, DAY + HOUR, "resolved plant_still")
    script.expect(14 * HOUR + 1800, 15 * HOUR, "firing young")  # more than small, and still there a day later
    script.run(3 * DAY)


def test_a_plant_that_stood_still_explains_no_silent_meter() -> None:
    script = Script(calm(), every_s=60).push(0, a_condition(PLANT_STILL)).expect(0, 0, "firing plant_still")
    script.push(600, a_silent("m1", "boiler")).expect(600, 600, "firing silent/m1").run(HOUR)


def test_what_a_sum_over_days_finds_in_a_disturbance_begins_with_its_day() -> None:
    moved = [elsewhere(f"h{number}", since=NOW) for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=1800).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(2 * HOUR, *(one.key for one in moved)).expect(2 * HOUR, 3 * HOUR, "resolved plant_wide")
    of_the_day = elsewhere("day", since=after(-10 * HOUR), detected_at=after(14 * HOUR))
    script.push(14 * HOUR, of_the_day).expect(DAY + 2 * HOUR, DAY + 3 * HOUR, "firing day").run(2 * DAY)


def test_what_begins_after_a_disturbance_is_told_at_once() -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=600).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved)).expect(HOUR + 600, HOUR + 600, "resolved plant_wide")
    later = elsewhere("later", since=after(5 * HOUR))
    script.push(6 * HOUR, later).expect(6 * HOUR, 6 * HOUR, "firing later").run(8 * HOUR)


@pytest.mark.parametrize(
    ("lately", "told_at_s"), [(2.0, None), (60.0, DAY + 2 * HOUR), (None, DAY + 2 * HOUR)]
)
def test_what_a_disturbance_left_behind_is_over_when_the_last_day_was_as_expected(
    lately: float | None, told_at_s: float | None
) -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    slow = replace(moved[0], facts={**moved[0].facts, LATELY: lately})
    script = Script(calm(meters=streams(8)), every_s=1800).push(0, *moved[1:], slow)
    script.expect(0, 0, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved[1:])).expect(HOUR, 2 * HOUR, "resolved plant_wide")
    if told_at_s is not None:
        script.expect(told_at_s - HOUR, told_at_s, "firing h0")
    script.run(3 * DAY)


def test_what_begins_anew_on_what_a_disturbance_left_behind_is_told() -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=1800).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved[1:])).expect(HOUR, 2 * HOUR, "resolved plant_wide")
    script.push(20 * HOUR, replace(moved[0], facts={**moved[0].facts, LATELY: 1.0}))
    script.push(3 * DAY, replace(moved[0], facts={**moved[0].facts, LATELY: 40.0}))
    script.expect(3 * DAY, 3 * DAY, "firing h0").run(4 * DAY)


def test_less_use_that_comes_back_after_a_disturbance_waits_a_day() -> None:
    less = {"kind": HotspotKind.UNDER_CONSUMPTION, "excess_per_hour": -5.0}
    moved = [elsewhere(f"h{number}", **less) for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=1800).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved[1:])).expect(HOUR, 2 * HOUR, "resolved plant_wide")
    for at_s, lately in ((20 * HOUR, 1.0), (3 * DAY, 40.0), (3.5 * DAY, 1.0), (5 * DAY, 40.0)):
        script.push(at_s, replace(moved[0], facts={**moved[0].facts, LATELY: lately}))
    script.expect(6 * DAY, 6 * DAY, "firing h0").run(7 * DAY)


def test_what_one_disturbance_left_behind_is_explained_by_the_next_as_well() -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    others = [elsewhere(f"k{number}", since=after(4 * DAY)) for number in range(6)]
    script = Script(calm(meters=streams(14)), every_s=1800).push(0, *moved).expect(0, 0, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved[1:])).expect(HOUR, 2 * HOUR, "resolved plant_wide")
    for at_s, lately in ((20 * HOUR, 1.0), (4 * DAY + 1800, 40.0), (5 * DAY, 1.0)):
        script.push(at_s, replace(moved[0], facts={**moved[0].facts, LATELY: lately}))
    script.push(4 * DAY, *others).expect(4 * DAY, 4 * DAY, "firing plant_wide")
    script.clear(4 * DAY + 2 * HOUR, *(one.key for one in others))
    script.expect(4 * DAY + 2 * HOUR, 4 * DAY + 3 * HOUR, "resolved plant_wide").run(7 * DAY)


def test_what_was_told_before_the_disturbance_was_seen_is_held_without_a_word() -> None:
    moved = [elsewhere(f"h{number}") for number in range(6)]
    script = Script(calm(meters=streams(8)), every_s=60).push(0, moved[0]).expect(0, 0, "firing h0")
    script.push(600, *moved[1:]).expect(600, 600, "firing plant_wide")
    script.clear(HOUR, *(one.key for one in moved))
    script.expect(HOUR + 60, HOUR + 60, "resolved plant_wide")
    script.expect(HOUR + 60, HOUR + 60, "resolved h0").run(2 * HOUR)
