"""What a message says of what keeps us from measuring: silent meters, the installation, a day off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.conditions import infrastructure_conditions
from alerts.silence import Listening, silent_conditions
from domain.baseline import Severity
from domain.presence import MeterStatus, Presence
from tests.alerts.builders import NOW, a_condition, a_meter, a_plant
from tests.alerts.messages import a_silence, shown, told


def test_a_meter_that_told_its_death_says_who_told_it() -> None:
    plant = a_plant(a_meter("dye_line_2.water", every_s=None))
    since = NOW - timedelta(seconds=90)
    dead = {"dye_line_2.water": MeterStatus("dye_line_2.water", Presence.OFFLINE, since, "DDEATH of p/e/d")}
    condition = silent_conditions({}, plant, NOW, Listening(since), dead)[0]
    english, vietnamese = (shown(told(condition), language).body.splitlines() for language in ("en", "vi"))
    when = "offline since Sun 22 Nov, 09:38 (90 sec ago)"
    assert english[0] == f"Meter dye_line_2.water: {when}, as was reported: DDEATH of p/e/d."
    assert "DDEATH of p/e/d" in vietnamese[0]


def test_a_silent_meter_says_which_and_since_when() -> None:
    rendered = shown(told(a_silence()), "en")
    assert rendered.title == "△ MEDIUM · Chuyền nhuộm 2 · water: no data"
    assert rendered.body.splitlines()[0] == (
        "Meter dye_line_2.water: last reading Sun 22 Nov, 09:15 (25 min ago); expected every 10 sec."
    )
    assert shown(told(a_silence(), over_after_s=60)).title == (
        "✔ ĐÃ XONG · Chuyền nhuộm 2 · nước: đã có số liệu lại"
    )


def test_a_meter_never_heard_is_not_given_a_last_reading() -> None:
    assert shown(told(a_silence(None)), "en").body.startswith(
        "Meter dye_line_2.water has not been heard yet;"
    )


def test_trouble_of_the_installation_says_what_and_keeps_the_servers_words() -> None:
    trouble = infrastructure_conditions([("store", "HTTP 503 from influx")], NOW)[0]
    rendered = shown(told(replace(trouble, hold_s=0)))
    assert rendered.title == "▲ CAO · cơ sở dữ liệu số đo không trả lời"
    assert "HTTP 503 from influx" in rendered.body
    assert shown(told(a_condition("rabbit"))).title == "▲ CAO · sự cố rabbit"
    whole = replace(
        a_condition("plant_silent"), facts={"problem": "plant_silent", "silent": 12, "judged": 14}
    )
    assert shown(told(whole)).title == "▲ CAO · mất số liệu từ 12/14 đồng hồ"
    assert (
        shown(told(whole, over_after_s=60), "en").title == "✔ RESOLVED · no data from 12 of 14 meters: over"
    )


def test_a_day_off_that_nobody_wrote_down_says_where_to_write_it() -> None:
    facts = {"problem": "plant_still", "text": "", "stood": 11, "judged": 14}
    still = replace(a_condition("plant_still", severity=Severity.INFO), facts=facts)
    english, vietnamese = shown(told(still), "en"), shown(told(still))
    assert "11 of 14 measuring points used less than half" in english.title
    assert "extra_holidays" in english.body
    assert "Silent meters" not in english.body
    assert "11/14 điểm đo" in vietnamese.title
