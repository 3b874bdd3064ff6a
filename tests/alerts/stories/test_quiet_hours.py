"""When a channel is told: quiet hours and the rate limit."""

from __future__ import annotations

from alerts.outbox import ChannelRule
from alerts.stages.limited import Limit
from tests.alerts.builders import a_hotspot_condition, elsewhere
from tests.alerts.script import Script
from tests.alerts.stories.builders import CHEAP, HOUR, LEAK, NIGHT, NIGHT_BEGINS_S, NIGHT_ENDS_S, calm


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
