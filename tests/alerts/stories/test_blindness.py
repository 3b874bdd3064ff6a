"""No data and a store that is away: an alert that cannot be seen."""

from __future__ import annotations

from dataclasses import replace

from domain.alert import AlertKind, AlertState, Condition
from domain.baseline import Severity
from tests.alerts.builders import NOW, a_condition
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.script import Script
from tests.alerts.stories.builders import CALM, HOUR, LEAK, calm


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
