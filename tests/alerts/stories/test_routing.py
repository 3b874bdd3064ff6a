"""Who is told: roles and shifts."""

from __future__ import annotations

from alerts.outbox import ChannelRule
from tests.alerts.builders import a_hotspot_condition
from tests.alerts.script import Script
from tests.alerts.stories.builders import AFTERNOON, CHEAP, CREW, HOUR, LEAK, MORNING_ENDS_S, a_silent, calm


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
