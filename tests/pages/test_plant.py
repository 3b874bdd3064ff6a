"""The flow chart in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look


@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [
        ("phone", "vi", "dark"),
        ("desktop", "en", "light"),
        ("desktop", "vi", "dark"),
        ("phone", "en", "light"),
    ],
)
def test_the_flow_chart_is_accessible_fits_and_leads_to_a_process(
    browser: Browser, demo: Demo, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        page = look.go("/plant")
        assert page.locator("svg .box").count() == 7
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
        page.focus("a[href='/plant/dye_line_1']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/plant/dye_line_1")
        assert page.inner_text("h1") == "Dye line 1"
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
