"""What a person says of an alert: not now, or a false alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.acting import snooze, unsnooze
from alerts.judging import give_feedback
from domain.feedback import Verdict
from domain.ports import LedgerTx
from tests.alerts.script import Script
from tests.alerts.stories.builders import CALM, CHEAP, HOUR, LEAK, MORNING_ENDS_S, WORKING, calm, of


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


def test_a_false_alarm_is_known_and_reminds_nobody() -> None:
    script = Script(calm(rules=replace(CALM, repeat_s=HOUR)), every_s=60).push(0, LEAK)
    script.expect(0, 0, "firing leak")
    said = of(LEAK, lambda tx, name, now: give_feedback(tx, name, Verdict.FALSE_ALARM, "vệ sinh", "Lan", now))
    script.do(600, said).run(4 * HOUR)
