"""The frame of every page in a real browser: both languages, phone and desk, dark and light."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Browser

from tests.pages.demo import Demo, a_look

VIEWS = list(itertools.product(("phone", "desktop"), ("en", "vi"), ("light", "dark")))


@pytest.mark.parametrize(("size", "language", "scheme"), VIEWS)
def test_the_login_and_an_error_are_accessible_and_fit(
    browser: Browser, demo: Demo, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, demo.url, size, language, scheme) as look:
        page = look.go("/login")
        assert page.inner_text("h1") == ("Đăng nhập" if language == "vi" else "Log in")
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
        look.log_in("operator")
        assert page.inner_text(".who .name") == "operator"
        assert look.violations() == []
        assert not look.is_wider_than_its_window()


def test_a_language_is_changed_by_a_button_and_stays(browser: Browser, demo: Demo) -> None:
    with a_look(browser, demo.url) as look:
        page = look.go("/login")
        page.click("button[lang=vi]")
        page.wait_for_selector("html[lang=vi]")
        assert page.url == f"{demo.url}/login"
        assert look.go("/login").inner_text("h1") == "Đăng nhập"


def test_logging_in_and_out_works_without_scripts(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo.url}/login")
    page.fill("#name", "operator")
    page.fill("#password", "simulated plant")
    page.click("form button.main")
    page.click(".who form[action='/logout'] button")
    assert page.url == f"{demo.url}/login"
    context.close()


def test_a_failed_request_of_htmx_is_a_passing_note_and_swaps_nothing(browser: Browser, demo: Demo) -> None:
    with a_look(browser, demo.url) as look:
        page = look.go("/login")  # a page that does not live
        before = page.inner_html("main")
        page.evaluate("htmx.ajax('POST', '/nothing', {target: 'main'})")
        page.wait_for_selector("#note:not([hidden])")
        assert page.inner_text("#note").strip() == "There is no such page."
        assert page.inner_html("main") == before
        look.troubles = [one for one in look.troubles if "404" not in one]


def test_a_colour_of_ours_is_a_colour_to_a_canvas(browser: Browser, demo: Demo) -> None:
    with a_look(browser, demo.url, scheme="dark") as look:
        page = look.go("/login")
        colour = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
        assert colour == "rgb(76, 195, 203)"
