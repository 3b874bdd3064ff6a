"""The operator's first page in a real browser: it lives, and an alert leads to its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [("phone", "vi", "light"), ("desktop", "en", "dark"), ("kiosk", "en", "dark")],
)
def test_now_is_accessible_fits_and_lives(
    browser: Browser, demo: Demo, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        page = look.go("/?kiosk" if size == "kiosk" else "/")
        assert page.locator(".tile").count() == 14
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
        before = page.inner_text(".tiles")
        page.wait_for_function(
            "before => document.querySelector('.tiles').innerText !== before", arg=before, timeout=90_000
        )
        assert look.violations() == []


@pytest.mark.timeout(400)
def test_an_alert_appears_by_itself_and_is_acknowledged_with_one_tap(browser: Browser, demo: Demo) -> None:
    with a_look(browser, demo.url, "phone", "vi") as look:
        look.log_in("operator")
        page = look.page
        page.wait_for_selector("a.row[href^='/a/']", timeout=240_000)
        assert look.violations() == []
        page.click("a.row[href^='/a/']")
        page.wait_for_selector("form[action$='/acknowledge'] button")
        assert look.violations() == []
        page.click("form[action$='/acknowledge'] button")
        page.wait_for_selector(".good")
        assert "operator" in page.inner_text(".good")
