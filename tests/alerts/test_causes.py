"""Probable causes in words, with their evidence in figures."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from alerts.message import render
from domain.hotspot import Cause, HotspotKind
from tests.alerts.builders import a_hotspot_condition, a_letterhead
from tests.alerts.messages import LANGUAGES, shown, told


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
            Cause.METER_SCALE,
            {"share_of_expected": 9.02},
            "khoảng 1.002% mức dự kiến, cả giờ vắng lẫn giờ bận",
            "about 1,002% of what is expected, in quiet and in busy hours alike",
        ),
        (
            Cause.METER_SCALE,
            {"share_of_expected": -0.9},
            "khoảng 10% mức dự kiến",
            "about 10% of what is expected",
        ),
        (Cause.METER_SCALE, {}, "gấp nhiều lần hoặc chỉ bằng một phần", "a multiple or a fraction"),
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
def test_a_leak_that_a_rule_found_says_its_lowest_hour_and_its_money(language: str) -> None:
    evidence = {"meter": "m", "lowest_hour": 4.2, "hours": 31}
    leak = a_hotspot_condition(
        kind=HotspotKind.CONTINUOUS_FLOW, cause=Cause.CONTINUOUS_FLOW, evidence=evidence
    )
    said = render(told(leak), a_letterhead(language))
    assert "31" in said.body
    assert ("4,2" if language == "vi" else "4.2") in said.body
