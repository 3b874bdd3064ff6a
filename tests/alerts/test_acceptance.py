"""Whole stories in simulated time: what holds, what people do, and who is told what, when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.acting import acknowledge, snooze, unsnooze
from alerts.conditions import LATELY, LEANING, PLANT_STILL, Bands, hotspot_conditions, hotspot_severity
from alerts.handover import hand_over, handovers_due
from alerts.judging import give_feedback
from alerts.machine import Escalation, Rules
from alerts.outbox import ChannelRule
from alerts.policy import Policy
from alerts.shifts import Shifts
from alerts.silencing import add_silence, end_silence
from alerts.stages.limited import Limit
from alerts.stages.plant_wide import PlantWide
from alerts.stages.routed import MAINTENANCE, OPERATOR
from domain.alert import AlertKind, AlertState, Condition
from domain.baseline import Severity
from domain.feedback import Verdict
from domain.hotspot import HotspotKind
from domain.plant import Maintenance, Shift
from domain.ports import Ledger, LedgerTx
from domain.silence import Matcher, SilenceKind
from tests.alerts.builders import (
    NOW,
    a_condition,
    a_hotspot,
    a_hotspot_condition,
    a_plant,
    after,
    elsewhere,
)
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.script import Deed, Script

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3600.0, 86_400.0
#: no reminders, no groups in time
CALM = Rules(repeat_s=None, group_wait_s=0, keep_s=60)
#: NOW is Sunday 09:40 in Hanoi: the morning shift works, 4 h 20 min to go
MORNING_ENDS_S = 4 * HOUR + 20 * 60
SHIFTS = (
    Shift("morning", frozenset(range(7)), time(6), time(14)),
    Shift("afternoon", frozenset(range(7)), time(14), time(22)),
    Shift("night", frozenset(range(7)), time(22), time(6)),
)
WORKING = Shifts(HANOI, SHIFTS)
LEAK = a_hotspot_condition("leak")
CHEAP = a_hotspot_condition("leak", cost_per_hour=30_000.0)  # a warning


def calm(**changes: object) -> Policy:
    return Policy(**({"rules": CALM, "shifts": WORKING} | changes))  # type: ignore[arg-type]


def of(condition: Condition, deed: Callable[[LedgerTx, str, datetime], object]) -> Deed:
    return lambda tx, now: deed(tx, condition.fingerprint, now)


# -- the machine


def test_pushed_at_1_s_it_is_told_between_1_and_1_5_s() -> None:
    Script(calm()).push(1, LEAK).expect(1, 1.5, "firing leak").run(10)


def test_a_hold_time_is_waited_for_and_a_keep_time_after() -> None:
    trouble = a_condition("store", hold_s=2)
    script = Script(calm()).push(1, trouble).expect(3, 3.5, "firing store")
    script.clear(10, "store").expect(70, 70.5, "resolved store").run(100)


def test_what_a_person_does_stops_reminders_and_a_new_episode_starts_them_again() -> None:
    policy = calm(rules=replace(CALM, repeat_s=HOUR))
    script = Script(policy, every_s=60).push(0, LEAK).expect(0, 0, "firing leak")
    script.expect(HOUR, HOUR, "repeat/reminder leak")
    script.do(HOUR + 600, of(LEAK, lambda tx, name, now: acknowledge(tx, name, "Lan", "", now)))
    script.clear(5 * HOUR, "leak").expect(5 * HOUR + 60, 5 * HOUR + 60, "resolved leak")
    script.push(7 * HOUR, LEAK).expect(7 * HOUR, 7 * HOUR, "firing leak")
    script.expect(8 * HOUR, 8 * HOUR, "repeat/reminder leak").run(8.5 * HOUR)


def test_losses_that_add_up_raise_the_severity_and_are_told_once() -> None:
    bands = Bands(warning=20_000, critical=1e9, warning_total=1e6, critical_total=2e6)

    def lost(hours: float) -> Condition:
        spot = a_hotspot("leak", cost_per_hour=30_000.0, cost_total=30_000.0 * hours)
        return hotspot_conditions([spot], a_plant(), bands)[0]

    script = Script(calm(), every_s=HOUR)
    for hour in range(80):
        script.push(hour * HOUR, lost(hour))
    script.expect(0, 0, "firing leak").expect(67 * HOUR, 67 * HOUR, "repeat/more_severe leak").run(79 * HOUR)


def test_time_alone_can_make_it_critical() -> None:
    bands = Bands(warning=1e9, critical=1e9, warning_after_s=3600.0, critical_after_s=86_400.0)
    fresh = a_hotspot(since=NOW - timedelta(minutes=30), cost_per_hour=1.0, cost_total=1.0)
    assert hotspot_severity(fresh, bands) is Severity.INFO
    assert hotspot_severity(replace(fresh, since=NOW - timedelta(hours=2)), bands) is Severity.WARNING
    assert hotspot_severity(replace(fresh, since=NOW - timedelta(days=2)), bands) is Severity.CRITICAL
    unpriced = replace(fresh, cost_per_hour=None, since=NOW - timedelta(days=2))
    assert hotspot_severity(unpriced, bands) is Severity.CRITICAL


# -- no data and error


def test_an_alert_that_goes_blind_is_neither_resolved_nor_told_again_until_it_can_be_seen() -> None:
    policy = calm(meters={("dye_line_2", "water"): ["m1"]}, rules=replace(CALM, repeat_s=HOUR))
    silent = Condition(
        AlertKind.SILENT_METER, "silent/m1", Severity.WARNING, NOW, 0,
        {"meter": "m1", "process": "dye_line_2", "resource": "electricity"},
    )  # fmt: skip
    script = Script(policy, every_s=60).push(0, LEAK).expect(0, 0, "firing leak")
    script.push(600, silent).expect(600, 600, "firing silent/m1")
    script.do(700, lambda tx, _now: states.append(tx.alerts(open_only=True)[0].state))
    script.expect(600 + HOUR, 600 + HOUR, "repeat/reminder silent/m1")
    script.clear(2 * HOUR, "silent/m1").expect(2 * HOUR, 2 * HOUR + 60, "repeat/reminder leak")
    script.expect(2 * HOUR + 60, 2 * HOUR + 120, "resolved silent/m1")
    states: list[AlertState] = []
    script.run(2.5 * HOUR)
    assert states == [AlertState.NO_DATA]
    assert isinstance(script.ledger, MemoryLedger)
    seen = [one.change.value for one in script.ledger.tables.changes if one.fingerprint == LEAK.fingerprint]
    assert seen == ["firing", "told", "no_data", "firing", "told"]


def test_while_the_store_is_away_an_open_alert_stands_at_error() -> None:
    script = Script(calm(), every_s=10).push(0, LEAK).expect(0, 0, "firing leak")
    script.push(60, a_condition("store", hold_s=30)).expect(90, 90, "firing store")
    script.do(120, lambda tx, _now: states.append(tx.alerts(open_only=True)[0].state))
    script.clear(300, "store").expect(360, 370, "resolved store")
    script.do(420, lambda tx, _now: states.append(tx.alerts(open_only=True)[0].state))
    states: list[AlertState] = []
    script.run(600)
    assert states == [AlertState.ERROR, AlertState.FIRING]


# -- silences and maintenance


def a_silence(*matchers: Matcher, hours: float = 1, kind: SilenceKind = SilenceKind.SILENCE) -> Deed:
    return lambda tx, now: add_silence(
        tx, kind, matchers, (now, now + timedelta(hours=hours)), "Lan", "thay van", now
    )


DYE = Matcher("process", "=", "dye_line_2")


def test_a_silenced_alert_is_told_when_the_silence_is_over_if_it_still_holds() -> None:
    script = Script(calm(), every_s=60).do(0, a_silence(DYE)).push(60, LEAK)
    script.expect(HOUR, HOUR, "firing leak").run(2 * HOUR)


def test_what_begins_and_ends_in_a_silence_is_told_to_nobody_and_stands_in_the_history() -> None:
    script = Script(calm(), every_s=60).do(0, a_silence(DYE)).push(60, LEAK).clear(600, "leak")
    script.run(2 * HOUR)
    assert isinstance(script.ledger, MemoryLedger)
    seen = [(one.change.value, one.why) for one in script.ledger.tables.changes]
    assert seen[0] == ("firing", "holds")
    assert seen[1] == ("withheld", "silence 1 of Lan: thay van")
    assert [change for change, _ in seen] == ["firing", "withheld", "resolved"]


def test_a_silence_is_about_what_it_matches_and_can_be_ended() -> None:
    other = elsewhere("other")
    script = Script(calm(), every_s=60).do(0, a_silence(DYE, hours=5)).push(60, LEAK, other)
    script.expect(60, 60, "firing other")
    script.do(1200, lambda tx, now: end_silence(tx, 1, "Lan", "xong", now))
    script.expect(1200, 1200, "firing leak").run(HOUR)


def test_an_end_is_told_through_a_silence_to_those_who_heard_the_beginning() -> None:
    script = Script(calm(), every_s=60).push(0, LEAK).expect(0, 0, "firing leak")
    script.do(60, a_silence(DYE, hours=5)).clear(600, "leak").expect(660, 660, "resolved leak").run(HOUR)


def test_a_maintenance_window_of_the_plant_file_comes_every_week_by_itself() -> None:
    window = Maintenance("blow-down", (DYE,), time(9), time(10), frozenset({6}))  # Sunday, NOW is 09:40
    script = Script(calm(maintenance=(window,)), every_s=60).push(0, LEAK)
    script.expect(1200, 1200, "firing leak").run(HOUR)
    assert window.falls_on(NOW.date())
    assert not window.falls_on(NOW.date() + timedelta(days=1))


# -- inhibition


def a_silent(name: str, process: str, resource: str = "water") -> Condition:
    facts = {"meter": name, "process": process, "resource": resource}
    return Condition(AlertKind.SILENT_METER, f"silent/{name}", Severity.WARNING, NOW, 0, facts)


def test_a_silent_main_meter_silences_those_behind_it() -> None:
    policy = calm(mains={"hall": {"main"}, "kiln": {"hall", "main"}})
    script = Script(policy, every_s=60)
    script.push(0, a_silent("m", "main"), a_silent("h", "hall"), a_silent("k", "kiln"))
    script.expect(0, 0, "firing silent/m")
    script.clear(600, "silent/m", "silent/h").expect(600, 600, "firing silent/k")
    script.expect(660, 660, "resolved silent/m").run(HOUR)


def test_a_supply_that_falls_explains_what_falls_behind_it() -> None:
    fell = {"kind": "under_consumption", "excess_per_hour": -3.0}
    main = a_hotspot_condition("main", process="main", **under(fell))
    behind = a_hotspot_condition("behind", process="hall", **under(fell))
    script = Script(calm(before={"hall": {"main"}}), every_s=60).push(0, main, behind)
    script.expect(0, 0, "firing main").run(HOUR)


def under(changes: dict[str, object]) -> dict[str, object]:
    return changes | {"kind": HotspotKind(changes["kind"])}


@pytest.mark.parametrize(("share", "told"), [(0.9, ["leak"]), (0.2, ["leak", "main"])])
def test_an_excess_found_at_a_process_explains_the_main_meters_when_it_is_most_of_it(
    share: float, told: list[str]
) -> None:
    main = a_hotspot_condition("main", process="main", excess_per_hour=4.1 / share)
    script = Script(calm(mains={"dye_line_2": {"main"}}), every_s=60).push(0, LEAK, main)
    for name in told:
        script.expect(0, 0, f"firing {name}")
    script.run(HOUR)


def test_what_a_process_passes_on_explains_nothing_of_what_the_next_one_wastes_or_does_not_say() -> None:
    policy = calm(before={"dye_line_2": {"weaving"}})
    weaving = a_hotspot_condition("weaving", process="weaving")
    script = Script(policy, every_s=60).push(0, LEAK, weaving)
    script.expect(0, 0, "firing leak").expect(0, 0, "firing weaving")
    script.push(60, a_silent("w", "weaving"), a_silent("d", "dye_line_2"))
    script.expect(60, 60, "firing silent/w").expect(60, 60, "firing silent/d").run(HOUR)


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


def test_a_hotspot_that_costs_less_than_the_threshold_is_no_news_and_no_end() -> None:
    bands = Bands(warning=20_000, critical=80_000, least=10_000)

    def costing(rate: float) -> Condition:
        return hotspot_conditions([a_hotspot("leak", cost_per_hour=rate)], a_plant(), bands)[0]

    script = Script(calm(), every_s=60).push(0, costing(9_000.0)).push(600, costing(11_000.0))
    script.expect(600, 600, "firing leak").push(1200, costing(9_000.0)).clear(3000, "leak")
    script.expect(3060, 3060, "resolved leak").run(HOUR)


def test_less_use_than_expected_that_has_become_nearly_nothing_is_no_news() -> None:
    bands = Bands(warning=20_000, critical=80_000, least_pct=3.0)

    def using(share: float) -> Condition:
        changes = {"kind": "under_consumption", "excess_per_hour": -8.9 * share}
        return hotspot_conditions([a_hotspot("less", **under(changes))], a_plant(), bands)[0]

    script = Script(calm(), every_s=60).push(0, using(0.02)).push(600, using(0.05))
    script.expect(600, 600, "firing less").push(1200, using(0.02)).clear(3000, "less")
    script.expect(3060, 3060, "resolved less").run(HOUR)


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
    less = under({"kind": "under_consumption", "excess_per_hour": -5.0})
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


# -- grouping, deduplication, nuisance


def test_what_concerns_the_same_process_and_resource_is_told_together() -> None:
    script = Script(calm(), every_s=60)
    script.push(0, LEAK, a_hotspot_condition("second", cost_per_hour=99_000.0), elsewhere("other"))
    script.expect(0, 0, "group(firing second, firing leak)").expect(0, 0, "firing other").run(600)


def test_a_second_hotspot_of_the_same_stream_is_no_news_unless_it_is_twice_as_large() -> None:
    script = Script(calm(), every_s=60).push(0, LEAK).expect(0, 0, "firing leak")
    script.push(600, a_hotspot_condition("same")).push(900, a_hotspot_condition("twice", excess_per_hour=8.3))
    script.expect(900, 900, "firing twice").run(HOUR)


@pytest.mark.parametrize(
    ("onset_s", "found_s", "rate", "told_at_s"),
    [
        (
            -DAY,
            3 * DAY,
            4.0,
            17 * DAY,
        ),  # begins before the first one: it has two weeks to prove that it stays
        (-DAY, 3 * DAY, 9.0, 3 * DAY),  # twice as large as what was told
        (HOUR, 3 * DAY, 4.0, 3 * DAY),  # begins after the end of the first one
        (-DAY, 600.0, 4.0, HOUR),  # found while the first one held
    ],
)
def test_what_counts_an_excess_that_was_told_and_is_over_waits_until_something_is_left_of_it(
    onset_s: float, found_s: float, rate: float, told_at_s: float
) -> None:
    script = Script(calm(), every_s=1800).push(0, LEAK).expect(0, 0, "firing leak").clear(1800, "leak")
    script.expect(1800, HOUR, "resolved leak")
    again = a_hotspot_condition(
        "again", since=after(onset_s), detected_at=after(found_s), excess_per_hour=rate
    )
    script.push(max(found_s, HOUR), again).expect(told_at_s, told_at_s + HOUR, "firing again")
    script.run(18 * DAY)


def test_a_nuisance_is_told_three_times_and_then_waits_until_eight_hours_are_over() -> None:
    script = Script(calm(), every_s=60)
    for turn in range(10):
        start = turn * 1800.0
        script.push(start, a_hotspot_condition(f"h{turn}")).clear(start + 600, f"h{turn}")
        if turn < 3:
            script.expect(start, start, f"firing h{turn}")
            script.expect(start + 660, start + 660, f"resolved h{turn}")
    script.push(6 * HOUR, a_hotspot_condition("stays")).expect(8 * HOUR, 8 * HOUR, "firing stays")
    script.run(9 * HOUR)


def test_a_nuisance_that_becomes_worse_is_told_at_once() -> None:
    script = Script(calm(), every_s=60)
    for turn in range(3):
        start = turn * 1800.0
        script.push(start, a_hotspot_condition(f"h{turn}")).clear(start + 600, f"h{turn}")
        script.expect(start, start, f"firing h{turn}")
        script.expect(start + 660, start + 660, f"resolved h{turn}")
    script.push(2 * HOUR, a_hotspot_condition("worse", excess_per_hour=9.0))
    script.expect(2 * HOUR, 2 * HOUR, "firing worse").run(3 * HOUR)


# -- who: roles, shifts, escalation

MORNING = ChannelRule("morning", roles=frozenset({OPERATOR}), shifts=frozenset({"morning"}))
AFTERNOON = ChannelRule("afternoon", roles=frozenset({OPERATOR}), shifts=frozenset({"afternoon"}))
FITTER = ChannelRule("fitter", roles=frozenset({MAINTENANCE}))
CREW = (MORNING, AFTERNOON, FITTER)


def test_waste_goes_to_the_operator_on_shift_and_a_silent_meter_to_maintenance() -> None:
    script = Script(calm(), CREW, every_s=60).push(0, LEAK, a_silent("m1", "boiler"))
    script.expect(0, 0, "firing leak", "morning").expect(0, 0, "firing silent/m1", "fitter").run(HOUR)


def test_after_the_change_of_shift_the_next_operator_is_told() -> None:
    script = Script(calm(), CREW, every_s=60).push(MORNING_ENDS_S, LEAK)
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "firing leak", "afternoon").run(MORNING_ENDS_S + HOUR)


def test_when_nobody_is_on_shift_a_warning_waits_and_a_critical_alert_does_not() -> None:
    dear = a_hotspot_condition("dear", process="boiler")
    script = Script(calm(), (AFTERNOON,), every_s=60).push(0, CHEAP).push(60, dear)
    script.expect(60, 60, "firing dear", "afternoon")
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "firing leak", "afternoon").run(MORNING_ENDS_S + HOUR)


def test_an_alert_for_which_there_is_no_one_goes_to_everybody() -> None:
    manager = ChannelRule("manager", roles=frozenset({"energy_manager"}))
    script = Script(calm(), (manager,), every_s=60).push(0, LEAK)
    script.expect(0, 0, "firing leak", "manager").run(HOUR)


STEPS = (
    Escalation(1800, frozenset({MAINTENANCE})),
    Escalation(7200, frozenset({"energy_manager"})),
)


def test_what_nobody_acknowledges_is_passed_on_step_by_step() -> None:
    crew = (*CREW, ChannelRule("manager", roles=frozenset({"energy_manager"})))
    script = Script(calm(rules=replace(CALM, escalation=STEPS)), crew, every_s=60).push(0, LEAK)
    script.expect(0, 0, "firing leak", "morning").expect(1800, 1800, "firing/escalated leak", "fitter")
    script.expect(7200, 7200, "firing/escalated leak", "manager").clear(9000, "leak")
    for name in ("morning", "fitter", "manager"):
        script.expect(9060, 9060, "resolved leak", name)
    script.run(3 * HOUR)


def test_an_acknowledgement_stops_the_escalation() -> None:
    script = Script(calm(rules=replace(CALM, escalation=STEPS)), CREW, every_s=60).push(0, LEAK)
    script.expect(0, 0, "firing leak", "morning")
    script.do(600, of(LEAK, lambda tx, name, now: acknowledge(tx, name, "Lan", "", now))).run(3 * HOUR)


def test_less_than_the_steps_severity_is_not_passed_on() -> None:
    steps = (replace(STEPS[0], min_severity=Severity.CRITICAL),)
    script = Script(calm(rules=replace(CALM, escalation=steps)), CREW, every_s=60).push(0, CHEAP)
    script.expect(0, 0, "firing leak", "morning").run(3 * HOUR)


# -- snooze


def test_a_snooze_comes_back_by_itself_at_the_end_of_the_shift() -> None:
    script = Script(calm(rules=replace(CALM, repeat_s=HOUR)), every_s=60).push(0, LEAK)
    script.expect(0, 0, "firing leak")

    def until_end_of_shift(tx: LedgerTx, name: str, now: datetime) -> object:
        end = WORKING.end_of_shift(now)
        assert end is not None
        return snooze(tx, name, end, "Lan", "hết ca", now)

    script.do(600, of(LEAK, until_end_of_shift))
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "repeat/snooze_over leak")
    script.run(MORNING_ENDS_S + 1800)


def test_a_snoozed_alert_that_becomes_critical_breaks_the_snooze() -> None:
    script = Script(calm(), every_s=60).push(0, CHEAP).expect(0, 0, "firing leak")
    script.do(60, of(LEAK, lambda tx, name, now: snooze(tx, name, now + timedelta(hours=4), "Lan", "", now)))
    script.push(600, LEAK).expect(600, 600, "repeat/more_severe leak").run(HOUR)


def test_a_snooze_that_is_ended_tells_at_once_and_one_of_an_alert_that_ends_tells_the_end() -> None:
    quiet = of(LEAK, lambda tx, name, now: snooze(tx, name, now + timedelta(hours=4), "Lan", "", now))
    script = Script(calm(), every_s=60).push(0, LEAK).expect(0, 0, "firing leak").do(60, quiet)
    script.do(600, of(LEAK, lambda tx, name, now: unsnooze(tx, name, "Lan", "", now)))
    script.expect(600, 600, "repeat/snooze_over leak").do(660, quiet)
    script.clear(900, "leak").expect(960, 960, "resolved leak").run(HOUR)


# -- when: quiet hours, rate limit

NIGHT = ChannelRule("phone", quiet=(time(22), time(6)))
NIGHT_BEGINS_S, NIGHT_ENDS_S = 12 * HOUR + 1200, 20 * HOUR + 1200  # from Sunday 09:40


def test_in_quiet_hours_only_critical_alerts_are_told_the_rest_comes_after_as_one() -> None:
    dear = a_hotspot_condition("dear", process="boiler")
    warning = elsewhere("warning", cost_per_hour=30_000.0)
    script = Script(calm(), (NIGHT,), every_s=600)
    script.push(NIGHT_BEGINS_S, CHEAP).push(NIGHT_BEGINS_S + 600, dear, warning)
    script.expect(NIGHT_BEGINS_S + 600, NIGHT_BEGINS_S + 600, "firing dear", "phone")
    script.expect(NIGHT_ENDS_S, NIGHT_ENDS_S, "firing leak", "phone")
    script.expect(NIGHT_ENDS_S, NIGHT_ENDS_S, "firing warning", "phone").run(NIGHT_ENDS_S + HOUR)


def test_an_end_in_quiet_hours_waits_behind_its_beginning() -> None:
    script = Script(calm(), (NIGHT,), every_s=600).push(NIGHT_BEGINS_S, CHEAP)
    script.clear(NIGHT_BEGINS_S + HOUR, "leak")
    script.expect(NIGHT_ENDS_S, NIGHT_ENDS_S, "group(firing leak, resolved leak)", "phone")
    script.run(NIGHT_ENDS_S + HOUR)


def test_what_becomes_critical_at_night_takes_what_was_kept_back_along() -> None:
    script = Script(calm(), (NIGHT,), every_s=600).push(NIGHT_BEGINS_S, CHEAP)
    later = NIGHT_BEGINS_S + HOUR
    script.push(later, LEAK).expect(later, later, "group(firing leak, repeat/more_severe leak)", "phone")
    script.run(NIGHT_ENDS_S + HOUR)


def test_more_than_the_limit_leaves_as_one_summary_and_nothing_is_lost() -> None:
    phone = ChannelRule("phone", limit=Limit(burst=3, per_hour=6), group_above=99)
    script = Script(calm(), (phone,), every_s=60)
    for number in range(8):
        cost = 30_000.0 + number
        script.push(60.0 * number, elsewhere(f"h{number}", cost_per_hour=cost))
    for number in range(3):
        script.expect(60.0 * number, 60.0 * number, f"firing h{number}", "phone")
    late = "group(firing h7, firing h6, firing h5, firing h4, firing h3)"
    script.expect(600, 720, late, "phone").run(HOUR)


def test_a_critical_alert_may_overdraw_the_limit() -> None:
    phone = ChannelRule("phone", limit=Limit(burst=1, per_hour=1))
    script = Script(calm(), (phone,), every_s=60).push(0, CHEAP).push(60, elsewhere("dear"))
    script.expect(0, 0, "firing leak", "phone").expect(60, 60, "firing dear", "phone").run(1200)


# -- hand-over

GIVEN = tuple(replace(one, handover=True) for one in (MORNING, AFTERNOON))


def handing_over(ledger: Ledger, now: datetime) -> None:
    hand_over(ledger, a_plant(shifts=SHIFTS), handovers_due(WORKING, GIVEN, now), now)


def test_a_change_of_shift_hands_over_what_is_open_and_the_next_shift_hears_the_end() -> None:
    script = Script(calm(), GIVEN, every_s=60, extra=handing_over).push(0, CHEAP)
    script.expect(0, 0, "firing leak", "morning")
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "handover(firing leak)", "afternoon")
    over = MORNING_ENDS_S + HOUR
    script.clear(over, "leak").expect(over + 60, over + 60, "resolved leak", "afternoon")
    script.expect(NIGHT_ENDS_S, NIGHT_ENDS_S, "handover(resolved leak)", "morning").run(DAY)


def test_what_the_next_shift_knows_and_somebody_has_acknowledged_is_not_handed_over_again() -> None:
    script = Script(calm(), GIVEN, every_s=600, extra=handing_over).push(0, CHEAP)
    script.expect(0, 0, "firing leak", "morning")
    script.expect(MORNING_ENDS_S, MORNING_ENDS_S, "handover(firing leak)", "afternoon")
    seen = of(LEAK, lambda tx, name, now: acknowledge(tx, name, "Lan", "", now))
    script.do(MORNING_ENDS_S + HOUR, seen).run(3 * DAY)


def test_a_shift_without_anything_hands_over_nothing() -> None:
    Script(calm(), GIVEN, every_s=600, extra=handing_over).run(DAY)


# -- feedback


def test_a_false_alarm_is_known_and_reminds_nobody() -> None:
    script = Script(calm(rules=replace(CALM, repeat_s=HOUR)), every_s=60).push(0, LEAK)
    script.expect(0, 0, "firing leak")
    said = of(LEAK, lambda tx, name, now: give_feedback(tx, name, Verdict.FALSE_ALARM, "vệ sinh", "Lan", now))
    script.do(600, said).run(4 * HOUR)


# -- faults


@pytest.mark.fault(37)
@pytest.mark.parametrize("hold_s", [0.0, 30.0])
def test_flapping_at_the_threshold_for_ten_minutes_triggers_at_most_once(hold_s: float) -> None:
    flap = replace(LEAK, hold_s=hold_s)
    script = Script(calm(), every_s=1)
    for second in range(0, 600, 2):
        script.push(second, flap).clear(second + 1, "leak")
    if hold_s == 0:
        script.expect(0, 0, "firing leak").expect(600, 720, "resolved leak")
    script.run(900)
