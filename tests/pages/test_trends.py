"""Trends in a real browser: drawn at once, asked for again on zoom, never more points than pixels."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Response

from tests.pages.demo import Demo, a_look

LINE = "/trends?process=dye_line_2&resource=water"


@pytest.mark.parametrize(
    ("size", "language", "scheme", "more"),
    [
        ("phone", "vi", "dark", ""),
        ("desktop", "en", "light", "&compare=previous&by=money"),
        ("desktop", "vi", "dark", "&shift=night&product=dye_line_2.output"),
        ("phone", "en", "light", "&compare=none"),
    ],
)
def test_trends_are_accessible_and_fit(
    browser: Browser, demo: Demo, size: str, language: str, scheme: str, more: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        page = look.go(LINE + more)
        page.wait_for_selector(".chart.live canvas")
        assert "_output" not in page.inner_text("#use"), "the model is told in words"
        assert look.violations() == []
        assert not look.is_wider_than_its_window()


def test_a_zoom_asks_again_for_no_more_points_than_pixels_and_stays_in_the_address(
    browser: Browser, demo: Demo
) -> None:
    with a_look(browser, demo.url) as look:
        with look.page.expect_response("**/trends/curve?*") as first:
            page = look.go(LINE)
        step = fits(first.value)["step"]
        over = page.locator(".u-over").bounding_box()
        assert over is not None
        left, top = over["x"], over["y"] + over["height"] / 2
        page.mouse.move(left + 0.2 * over["width"], top)
        page.mouse.down()
        page.mouse.move(left + 0.4 * over["width"], top, steps=4)
        with page.expect_response("**/trends/curve?*start=*") as zoomed:
            page.mouse.up()
        part = fits(zoomed.value)
        assert part["step"] <= step
        assert part["at"][-1] - part["at"][0] < 0.3 * 7 * 86400
        page.wait_for_selector("#whole:not([hidden])")
        with page.expect_response("**/trends/curve?*start=*") as again:
            page.reload()
        assert fits(again.value)["at"] == part["at"], "the address holds the part"
        with page.expect_response("**/trends/curve?*") as whole:
            page.click("#whole")
        assert fits(whole.value)["step"] == step
        assert "#z=" not in page.url


def fits(answer: Response) -> Any:
    """Return a curve that holds no more points than were asked for, and those no more than the screen has."""
    assert answer.ok
    pixels = int(parse_qs(urlsplit(answer.url).query)["pixels"][0])
    curve = answer.json()
    assert 0 < len(curve["at"]) <= pixels <= 1440
    return curve


def test_without_scripts_there_is_the_same_chart_and_a_form_that_works(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    try:
        page = context.new_page()
        page.goto(demo.url + LINE)
        assert page.locator("#chart svg polyline.actual").count() > 0
        assert page.locator("#days tbody tr").count() >= 7
        page.select_option("#stream", "drying/gas")
        page.click(".span button.main")
        assert "drying" in page.url
        assert page.locator("h1").inner_text().startswith("Drying")
    finally:
        context.close()
