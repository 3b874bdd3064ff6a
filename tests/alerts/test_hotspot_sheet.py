"""What a message says of a hotspot: what, where, since when, how much, why and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.message import render
from domain.hotspot import Cause, HotspotKind
from tests.alerts.builders import NOW, a_hotspot_condition, a_letterhead
from tests.alerts.messages import LANGUAGES, shown, told

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
