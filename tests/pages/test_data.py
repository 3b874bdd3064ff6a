"""Data health in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look


@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [
        ("phone", "vi", "light"),
        ("desktop", "en", "dark"),
        ("desktop", "vi", "light"),
        ("phone", "en", "dark"),
    ],
)
def test_data_health_is_accessible_fits_and_lives(
    browser: Browser, demo: Demo, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        page = look.go("/data")
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
        before = page.inner_text(".pair")
        page.wait_for_function(
            "before => document.querySelector('.pair').innerText !== before", arg=before, timeout=60_000
        )
        assert page.locator("tbody tr").count() >= 18
