"""The set-up page in a real browser, while it listens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_set_up_listens_and_shows_what_became_of_the_last_message(browser: Browser, demo: Demo) -> None:
    with a_look(browser, demo.url, "phone", "vi") as look:
        page = look.go("/setup")
        assert look.violations() == []
        page.click("button[value='30']")
        page.wait_for_selector("#heard [role=status]")
        assert look.violations() == []
        page.wait_for_selector("#heard .card", timeout=120_000)
        page.locator("#heard strong").filter(has_text="dye_line_1.water").first.wait_for(timeout=60_000)
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
