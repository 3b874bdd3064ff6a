"""Messages in words: what a person needs, in the plant's language."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.conditions import infrastructure_conditions
from alerts.evaluate import evaluate
from alerts.message import Markup, Rendered, render
from alerts.outbox import ChannelRule
from alerts.silence import Listening, silent_conditions
from domain.alert import Condition, OutboxMessage
from domain.baseline import Severity
from domain.hotspot import Cause, HotspotKind
from domain.presence import MeterStatus, Presence
from tests.alerts.builders import (
    NOW,
    PROMPT,
    a_condition,
    a_hotspot_condition,
    a_letterhead,
    a_meter,
    a_plant,
    after,
)
from tests.alerts.memory_ledger import MemoryLedger

LANGUAGES = ["vi", "en"]
UNDER: dict[str, Any] = {
    "kind": HotspotKind.UNDER_CONSUMPTION, "cause": Cause.USE_DOWN,
    "excess_per_hour": -4.1, "excess_total": -32.8,
    "cost_per_hour": None, "cost_total": None, "kg_co2e_per_hour": None, "kg_co2e_total": None,
}  # fmt: skip
STUCK: dict[str, Any] = {
    **UNDER,
    "kind": HotspotKind.STUCK_METER,
    "excess_per_hour": 0.0,
    "cause": Cause.STUCK_METER,
}


def told(*conditions: Condition, over_after_s: float | None = None) -> OutboxMessage:
    """Return the last message about these conditions, resolved if they are over."""
    ledger, channel = MemoryLedger(), [ChannelRule("mail")]
    evaluate(ledger, conditions, NOW, PROMPT, channel)
    if over_after_s is not None:
        evaluate(ledger, [], after(over_after_s), PROMPT, channel)
    return list(ledger.tables.outbox.values())[-1]


def a_silence(last_s: float | None = 1500) -> Condition:
    plant = a_plant(a_meter("dye_line_2.water"), a_meter("m2"))
    last = None if last_s is None else NOW - timedelta(seconds=last_s)
    heard = Listening(NOW - timedelta(hours=1))
    return silent_conditions({"dye_line_2.water": last, "m2": NOW}, plant, NOW, heard)[0]


def shown(message: OutboxMessage, language: str = "vi", markup: Markup = Markup.TEXT) -> Rendered:
    rendered = render(message, a_letterhead(language), markup)
    return Rendered(rendered.title.replace("\xa0", " "), rendered.body.replace("\xa0", " "))


def test_a_leak_says_what_where_since_when_how_much_why_and_what_to_do_in_vietnamese() -> None:
    rendered = shown(told(a_hotspot_condition()))
    link = f"https://cp.plant.lan/a/{a_hotspot_condition().fingerprint}"
    assert rendered.title == "▲ CAO · Chuyền nhuộm 2 · nước +4,1 m³/giờ (+46%)"
    assert rendered.body.splitlines() == [
        "98.000 ₫/giờ · đã mất 786.000 ₫ · từ CN 22 thg 11, 01:40 (8 giờ)",
        "Đến nay dùng thừa 32,8 m³ · 1,4 kg CO₂e/giờ, tổng cộng 11,2 kg CO₂e",
        (
            "Có thể: mức tiêu thụ nền tăng (71%): "
            "giờ nào cũng thừa ra một lượng như nhau, có sản xuất hay không."
        ),
        "Kiểm tra trước:",
        "  1. Kiểm tra van đáy, van xả, van bypass có kín khi đóng không.",
        "  2. Xem phao và cảm biến mức ở các bồn: có bồn nào đang tràn không?",
        "  3. Khoá hết rồi xem đồng hồ: nếu vẫn quay là có rò rỉ phía sau.",
        f"Song Hong dye works · {link}",
    ]


def test_the_same_leak_in_english() -> None:
    rendered = shown(told(a_hotspot_condition()), "en")
    assert rendered.title == "▲ HIGH · Chuyền nhuộm 2 · water +4.1 m³/h (+46%)"
    assert rendered.body.splitlines()[:4] == [
        "₫98,000/h · ₫786,000 lost so far · since Sun 22 Nov, 01:40 (8 hr)",
        "32.8 m³ too much so far · 1.4 kg CO₂e/h, 11.2 kg CO₂e so far",
        (
            "Probable cause: the base load is up (71%): "
            "the same extra at every hour, with and without production."
        ),
        "Check first:",
    ]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Provisional: there is no baseline yet; what is expected was learned from 5 days."),
        ("vi", "Tạm tính: chưa có đường cơ sở; mức dự kiến mới học từ 5 ngày dữ liệu."),
    ],
)
def test_a_hotspot_of_a_cold_start_says_that_it_is_provisional(language: str, line: str) -> None:
    condition = a_hotspot_condition()
    evidence = {**condition.facts["evidence"], "provisional": True, "days_learned": 5}
    early = replace(condition, facts={**condition.facts, "evidence": evidence})
    assert line in shown(told(early), language).body.splitlines()
    assert line not in shown(told(condition), language).body.splitlines()


def test_its_end_says_how_long_and_what_it_came_to() -> None:
    condition = a_hotspot_condition()
    assert shown(told(condition, over_after_s=3600)).body.splitlines()[:2] == [
        "Kéo dài 9 giờ: từ CN 22 thg 11, 01:40 đến CN 22 thg 11, 10:40.",
        "Tổng cộng: 786.000 ₫, 32,8 m³, 11,2 kg CO₂e.",
    ]
    english = shown(told(condition, over_after_s=3600), "en")
    assert english.title == "✔ RESOLVED · Chuyền nhuộm 2 · water: back to normal"
    assert english.body.splitlines()[1] == "In total: ₫786,000, 32.8 m³, 11.2 kg CO₂e."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("over_after_s", [None, 3600])
def test_too_little_has_no_cost_and_words_of_its_own(language: str, over_after_s: float | None) -> None:
    rendered = shown(told(a_hotspot_condition(**UNDER), over_after_s=over_after_s), language)
    text = rendered.title + rendered.body
    assert not any(sign in text for sign in ("₫", "VND", "CO₂"))
    assert "dự kiến" in text if language == "vi" else "than expected" in text
    if over_after_s is None:
        assert "−4" in rendered.title


def test_a_stuck_meter_and_its_end_have_no_amounts() -> None:
    assert shown(told(a_hotspot_condition(**STUCK))).title == "△ VỪA · Chuyền nhuộm 2 · nước: đồng hồ đứng số"
    over = shown(told(a_hotspot_condition(**STUCK), over_after_s=60), "en")
    assert over.title == "✔ RESOLVED · Chuyền nhuộm 2 · water: the meter moves again"
    assert "m³" not in over.body


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


@pytest.mark.parametrize(
    ("second", "english"),
    [
        (
            a_hotspot_condition(excess_per_hour=9.0, cost_per_hour=30_000.0),
            "Getting worse: far more per hour than in the last message.",
        ),
        (a_hotspot_condition(cost_per_hour=9e6), "More serious than in the last message."),
    ],
)
def test_a_message_told_again_says_why(second: Condition, english: str) -> None:
    ledger, channel = MemoryLedger(), [ChannelRule("mail")]
    evaluate(ledger, [a_hotspot_condition(cost_per_hour=30_000.0)], NOW, PROMPT, channel)
    evaluate(ledger, [second], after(60), PROMPT, channel)
    last = list(ledger.tables.outbox.values())[-1]
    assert shown(last, "en").body.splitlines()[0] == english


def test_no_price_and_no_factor_is_said_and_not_shown_as_zero() -> None:
    unknown: dict[str, Any] = {
        "cost_per_hour": None,
        "cost_total": None,
        "kg_co2e_per_hour": None,
        "kg_co2e_total": None,
    }
    body = shown(told(a_hotspot_condition(**unknown)), "en").body
    assert body.splitlines()[:2] == [
        "No price is known · since Sun 22 Nov, 01:40 (8 hr)",
        "32.8 m³ too much so far",
    ]


def test_replayed_history_tells_its_own_time_and_not_the_years_since() -> None:
    old: dict[str, Any] = {
        "since": NOW - timedelta(days=1600),
        "judged_until": NOW - timedelta(days=1600, hours=-16),
    }
    line = shown(told(a_hotspot_condition(**old)), "en").body.splitlines()[0]
    assert line.endswith("since Wed 6 Jul 2022, 09:40 (16 hr)")


def test_many_at_once_are_listed_once_each_the_dearest_first() -> None:
    conditions = [a_hotspot_condition(f"h{number}", cost_per_hour=1000.0 * number) for number in range(1, 8)]
    rendered = shown(told(*conditions))
    lines = rendered.body.splitlines()
    assert rendered.title == "▲ 7 cảnh báo · Song Hong dye works"
    assert lines[0] == "Tổng cộng: 28.000 ₫/giờ."
    assert lines[1] == "1. ○ THẤP · Chuyền nhuộm 2 · nước +4,1 m³/giờ (+46%) · 7.000 ₫/giờ"
    assert len(lines) == 1 + 7 + 1
    over = shown(told(*conditions, over_after_s=60), "en")
    assert over.title == "✔ 7 alerts resolved · Song Hong dye works"


def test_without_pages_there_is_no_link() -> None:
    message = told(a_hotspot_condition())
    body = render(message, a_letterhead("en", base_url="")).body
    assert body.splitlines()[-1] == "Song Hong dye works"
    assert "<a " not in render(message, a_letterhead("en", base_url=""), Markup.HTML).body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("process", "resource", "rate"),
    [
        ("Line", "Water", 4.1),
        ("Dyeing and finishing hall number two, line seven, rinse section B", "Water", 123_456.0),
        ("P", "Softened and dealkalised boiler feed water from the second plant", 4.1),
        ("Dyeing and finishing hall number two, line seven", "Softened boiler feed water from plant 2", -1e9),
    ],
)
def test_the_first_sixty_letters_stand_alone_however_long_the_names(
    language: str, process: str, resource: str, rate: float
) -> None:
    base = a_hotspot_condition(excess_per_hour=rate)
    named = {"process_name": process, "resource_name": resource}
    title = shown(told(replace(base, facts={**base.facts, **named})), language).title
    start = title[:60]
    assert re.search(r"[+−][\d.,]+ m³/(h|giờ)", start)
    assert process[:4].strip() in start
    assert resource[:4] in start or "nước" in start or "water" in start


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_resource_and_kind_can_be_said(language: str) -> None:
    resources = ["electricity", "gas", "steam", "compressed_air", "water", "wastewater", "caustic", "?"]
    for cause, resource, kind in itertools.product(Cause, resources, HotspotKind):
        message = told(a_hotspot_condition(cause=cause, resource=resource, kind=kind))
        rendered = shown(message, language)
        assert "%(" not in rendered.title + rendered.body
        assert len(re.findall(r"^  \d\. ", rendered.body, re.MULTILINE)) == 3


@pytest.mark.parametrize(
    ("cause", "evidence", "vi", "en"),
    [
        (
            Cause.BASE_LOAD_UP,
            {"production_per_hour": 4.0, "off_hours_per_hour": 4.16},
            "+4 m³/giờ khi sản xuất, +4,2 m³/giờ ngoài giờ sản xuất",
            "+4 m³/h during production, +4.2 m³/h outside it",
        ),
        (
            Cause.OUT_OF_HOURS,
            {"production_per_hour": 0.0, "off_hours_per_hour": 9.0},
            "0 m³/giờ khi sản xuất, +9 m³/giờ ngoài giờ sản xuất",
            "0 m³/h during production, +9 m³/h outside it",
        ),
        (
            Cause.PROPORTIONAL,
            {"share_of_expected": 0.154},
            "sản lượng nào cũng khoảng +15%",
            "about +15% at any output",
        ),
        (
            Cause.ONE_SHIFT,
            {"shifts_per_hour": {"ngày": 0.1, "đêm": 3.0}},
            "+3 m³/giờ ở ca “đêm”, các ca khác ít hơn hẳn",
            "+3 m³/h in the shift “đêm”, far less in the others",
        ),
        (
            Cause.SLOW_RISE,
            {"rise_per_day": 0.2},
            "mỗi ngày tăng thêm 0,2 m³/giờ",
            "it grows by 0.2 m³/h every day",
        ),
        (Cause.SLOW_RISE, {}, "phần thừa tăng lên từng chút một", "growing little by little"),
        (
            Cause.ONE_SHIFT,
            {"shifts_per_hour": {}},
            "phần thừa chỉ rơi vào một ca",
            "falls in a single shift",
        ),
    ],
)
def test_the_cause_comes_with_its_evidence_in_figures_where_there_are_any(
    cause: Cause, evidence: dict[str, Any], vi: str, en: str
) -> None:
    message = told(a_hotspot_condition(cause=cause, evidence=evidence))
    assert vi in shown(message, "vi").body
    assert en in shown(message, "en").body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [HotspotKind.FROZEN_AT_LIMIT, HotspotKind.IMPLAUSIBLE])
def test_doubtful_readings_are_told_with_their_meter_and_without_money(
    language: str, kind: HotspotKind
) -> None:
    facts = {**STUCK, "kind": kind, "cause": Cause(str(kind)), "evidence": {"meter": "dye_line_2.water"}}
    said = render(told(a_hotspot_condition(**facts)), a_letterhead(language))
    assert "dye_line_2.water" in said.body
    assert "₫" not in said.body
    assert "VND" not in said.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leak_that_a_rule_found_says_its_lowest_hour_and_its_money(language: str) -> None:
    evidence = {"meter": "m", "lowest_hour": 4.2, "hours": 31}
    leak = a_hotspot_condition(
        kind=HotspotKind.CONTINUOUS_FLOW, cause=Cause.CONTINUOUS_FLOW, evidence=evidence
    )
    said = render(told(leak), a_letterhead(language))
    assert "31" in said.body
    assert ("4,2" if language == "vi" else "4.2") in said.body
