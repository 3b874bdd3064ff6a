"""Losses, flows, indicators and baselines in a real browser: they fit, can be read by all, and stay calm."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look

CARD = "/trends/baselines?process=dye_line_2&resource=water"


@pytest.mark.parametrize(
    ("path", "size", "language", "scheme"),
    [
        ("/trends/losses", "phone", "vi", "dark"),
        ("/trends/losses", "desktop", "en", "light"),
        ("/trends/flows", "phone", "en", "light"),
        ("/trends/flows?by=kWh", "desktop", "vi", "dark"),
        ("/trends/indicators", "phone", "vi", "light"),
        ("/trends/indicators?level=process", "desktop", "en", "dark"),
        ("/trends/baselines", "phone", "vi", "dark"),
        (CARD, "phone", "vi", "light"),
        (CARD, "desktop", "en", "dark"),
    ],
)
def test_the_page_is_accessible_and_fits(
    browser: Browser, demo: Demo, path: str, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        page = look.go(path)
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
        in_sight = "here => here.getBoundingClientRect().right <= innerWidth"
        assert page.locator("nav [aria-current]").evaluate_all(f"all => all.every({in_sight})")
