"""Silences and maintenance windows."""

from __future__ import annotations

from datetime import time, timedelta

from alerts.silencing import add_silence, end_silence
from domain.plant import Maintenance
from domain.silence import Matcher, SilenceKind
from tests.alerts.builders import NOW, elsewhere
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.script import Deed, Script
from tests.alerts.stories.builders import HOUR, LEAK, calm

DYE = Matcher("process", "=", "dye_line_2")


def a_silence(*matchers: Matcher, hours: float = 1, kind: SilenceKind = SilenceKind.SILENCE) -> Deed:
    return lambda tx, now: add_silence(
        tx, kind, matchers, (now, now + timedelta(hours=hours)), "Lan", "thay van", now
    )


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
