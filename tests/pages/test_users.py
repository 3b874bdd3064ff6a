"""Settings and users in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look


@pytest.mark.parametrize(
    ("size", "language", "scheme"), [("phone", "vi", "dark"), ("desktop", "en", "light")]
)
def test_settings_and_users_are_accessible_fit_and_work(
    browser: Browser, demo: Demo, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        look.log_in("admin")
        page = look.page
        for path in ("/settings", "/users", "/users/operator"):
            look.go(path)
            assert look.violations() == [], path
            assert not look.is_wider_than_its_window(), path
        page.fill("#token_name", "report")
        page.check("input[name=scope][value=read]")
        page.click("form[action='/users/operator/tokens'] button")
        token = page.inner_text("#token")
        assert look.violations() == []
        answer = page.request.get(f"{demo.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["name"] == "operator"
