"""What nobody acknowledges is passed on."""

from __future__ import annotations

from dataclasses import replace

from alerts.acting import acknowledge
from alerts.machine import Escalation
from alerts.outbox import ChannelRule
from alerts.stages.routed import MAINTENANCE
from domain.baseline import Severity
from tests.alerts.script import Script
from tests.alerts.stories.builders import CALM, CHEAP, CREW, HOUR, LEAK, calm, of

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
