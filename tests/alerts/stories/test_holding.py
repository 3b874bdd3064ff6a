"""What holds, for how long and how severely: when a beginning, a reminder and an end are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.acting import acknowledge
from alerts.conditions import Bands, hotspot_conditions, hotspot_severity
from domain.alert import Condition
from domain.baseline import Severity
from domain.hotspot import HotspotKind
from tests.alerts.builders import NOW, a_condition, a_hotspot, a_plant
from tests.alerts.script import Script
from tests.alerts.stories.builders import CALM, HOUR, LEAK, calm, of


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
        less = a_hotspot("less", kind=HotspotKind.UNDER_CONSUMPTION, excess_per_hour=-8.9 * share)
        return hotspot_conditions([less], a_plant(), bands)[0]

    script = Script(calm(), every_s=60).push(0, using(0.02)).push(600, using(0.05))
    script.expect(600, 600, "firing less").push(1200, using(0.02)).clear(3000, "less")
    script.expect(3060, 3060, "resolved less").run(HOUR)


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
