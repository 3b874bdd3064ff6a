"""The chart: where the lines are, what is shaded, that gaps stay gaps, and that names do nothing in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from alerts.chart import Curve, chart_of, chart_window
from alerts.chart_png import chart_png
from alerts.chart_svg import chart_svg
from alerts.charting import message_chart
from alerts.drawing import DRAWING
from alerts.flow_path import flow_path
from domain.errors import StoreError
from domain.plant import Process
from tests.alerts.builders import NOW, a_condition, a_hotspot_condition, a_letterhead, a_plant
from tests.alerts.messages import told
from tests.alerts.test_clean import HOSTILE

ITEM: Mapping[str, Any] = told(a_hotspot_condition()).body
SINCE = NOW - timedelta(hours=8)


def a_curve(unit: str = "m3", hole: int = 0) -> Curve:
    starts = [SINCE - timedelta(hours=24) + timedelta(hours=hour) for hour in range(32)]
    actual = [13.0 if start >= SINCE else 8.9 for start in starts]
    holes = [None if hole and at == hole else value for at, value in enumerate(actual)]
    return Curve(starts, holes, [8.9] * 32, unit, 3600.0)


def test_lines_stand_where_they_should_and_the_alerts_time_is_shaded() -> None:
    chart = chart_of(ITEM, a_curve(), a_letterhead("en"))
    assert chart is not None
    (actual,), (expected,) = chart.actual, chart.expected
    assert actual[0][0] == DRAWING.left
    assert actual[-1] == (DRAWING.end, DRAWING.top)  # the most that was used is the top
    assert {y for _, y in expected} == {round(DRAWING.foot - 8.9 / 13.0 * (DRAWING.foot - DRAWING.top), 1)}
    assert chart.shade == (DRAWING.left + 0.75 * (DRAWING.end - DRAWING.left), DRAWING.end)
    assert (chart.top_label, chart.legend) == ("13 m³/h", ("actual", "expected"))


def test_what_is_unknown_is_a_gap_and_never_zero() -> None:
    chart = chart_of(ITEM, a_curve(hole=5), a_letterhead())
    assert chart is not None
    assert len(chart.actual) == 2
    assert all(y < DRAWING.foot for line in chart.actual for _, y in line)
    nothing = Curve([SINCE], [None], [None], "m3", 3600.0)
    assert chart_of(ITEM, nothing, a_letterhead()) is None


@pytest.mark.fault(29)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_unit_stays_text_in_the_svg_and_the_image_opens(name: str) -> None:
    message = told(a_hotspot_condition())
    chart = message_chart(message, lambda *_: a_curve("".join(filter(str.isprintable, name))), a_letterhead())
    assert chart is not None
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(chart_svg(chart)).iter()}
    assert tags == {"svg", "rect", "path", "polyline", "text", "tspan"}
    with Image.open(BytesIO(chart_png(chart))) as image:
        assert image.size == (2 * DRAWING.width, 2 * DRAWING.height)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_image_is_small_and_holds_both_lines_and_the_shade(language: str) -> None:
    chart = chart_of(ITEM, a_curve(), a_letterhead(language))
    assert chart is not None
    content = chart_png(chart)
    assert len(content) < 40_000
    with Image.open(BytesIO(content)) as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(100_000) or ()}
    near = lambda want: any(sum(abs(a - b) for a, b in zip(c, want, strict=True)) < 40 for c in colours)  # noqa: E731
    assert all(near(want) for want in ((0xC2, 0x41, 0x0C), (0x6B, 0x72, 0x80), (0xFD, 0xEC, 0xD8)))


def test_a_store_that_is_away_costs_the_chart_and_not_the_message() -> None:
    def away(*_: object) -> Curve:
        raise StoreError("refused")

    assert message_chart(told(a_hotspot_condition()), away, a_letterhead()) is None
    assert message_chart(told(a_condition()), lambda *_: a_curve(), a_letterhead()) is None
    many = told(*(a_hotspot_condition(f"h{number}") for number in range(6)))
    assert message_chart(many, lambda *_: a_curve(), a_letterhead()) is None


def test_a_chart_goes_back_a_day_before_the_alert_and_a_week_at_most() -> None:
    assert chart_window(ITEM) == (SINCE - timedelta(hours=24), NOW)
    old = {**ITEM, "facts": {**ITEM["facts"], "since": (NOW - timedelta(days=40)).isoformat()}}
    assert chart_window(old) == (NOW - timedelta(days=7), NOW)
    assert isinstance(chart_window(told(a_condition()).body)[0], datetime)


def test_the_path_follows_the_first_feeder_and_goes_through_a_loop_once() -> None:
    def step(name: str, *feeds: str) -> Process:
        return Process(name, name.upper(), feeds=feeds)

    steps = [step("a", "b"), step("b", "c"), step("c", "d", "a"), step("x", "c"), step("d"), step("alone")]
    plant = a_plant(processes={one.id: one for one in steps})
    assert flow_path(plant, "c") == ["A", "B", "C", "D"]
    assert flow_path(plant, "d") == ["A", "B", "C", "D"]
    assert flow_path(plant, "alone") == flow_path(plant, "unknown") == []
