"""The operator's first page in a real browser: it lives, one tap acknowledges, a cut line is mended."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from tests.pages.demo import Demo, a_look
from tests.pages.served import serving
from tests.servers.process import free_port
from tests.web.site import START, a_demo_user, a_site
from tests.web.test_now_page import FINE, a_process
from web.pages.now import now_pages


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
        if size == "kiosk":
            assert not page.evaluate("document.documentElement.scrollHeight > window.innerHeight")
            ends = page.evaluate(
                "[...document.querySelectorAll('.tile')].map(tile => tile.getBoundingClientRect().bottom)"
            )
            assert max(ends) <= 1080
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
        button = page.locator("form[action$='/acknowledge'] button").first
        button.wait_for(timeout=240_000)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 56
        assert look.violations() == []
        button.click()
        expect(page.locator(".alert", has_text="operator đã nhận").first).to_be_visible()
        assert page.url.endswith("/"), "in place"
        page.locator(".alert a").first.click()
        page.wait_for_url(re.compile("/a/"))


@contextmanager
def now_server(port: int, used: float) -> Iterator[None]:
    """Serve the page of one process as the demonstration's user."""
    process = a_process("dye", replace(FINE, actual_per_hour=used))
    built = a_site(now_pages(lambda: [process], lambda _: (), lambda: START), demo_user=a_demo_user())
    with serving(built, port):
        yield


@pytest.mark.timeout(120)
def test_a_wall_screen_says_that_there_is_no_news_and_goes_on_within_ten_seconds_of_a_restart(
    browser: Browser,
) -> None:
    port = free_port()
    with a_look(browser, f"http://127.0.0.1:{port}", "kiosk") as look:
        with now_server(port, 8.0):
            page = look.go("/?kiosk")
            expect(page.locator(".tile .value")).to_have_text("8 m³/h")
            page.wait_for_function("() => document.querySelector('#live')._htmx?.sse?.reader")
            expect(page.locator("#cut")).to_be_hidden()
        expect(page.locator("#cut")).to_be_visible(timeout=10_000)
        assert "No news since Sun 1 Mar, 15:00" in page.inner_text("#cut")
        page.wait_for_timeout(12_000)  # long enough for the longest pause between two attempts
        with now_server(port, 9.0):
            began = time.monotonic()
            expect(page.locator(".tile .value")).to_have_text("9 m³/h", timeout=10_000)
            expect(page.locator("#cut")).to_be_hidden()
            assert time.monotonic() - began < 10
        assert all("ERR_" in one or "Failed to fetch" in one for one in look.troubles), look.troubles
        look.troubles.clear()


@pytest.mark.timeout(120)
def test_a_page_that_never_got_a_line_asks_for_one_again(browser: Browser) -> None:
    port = free_port()
    with a_look(browser, f"http://127.0.0.1:{port}", "kiosk") as look:
        look.page.route("**/live/now*", lambda route: route.abort())
        with now_server(port, 8.0):
            page = look.go("/?kiosk")
            page.wait_for_timeout(1_000)
            assert not page.evaluate("Boolean(document.querySelector('#live')._htmx?.sse)")
            page.unroute("**/live/now*")
            page.wait_for_function(
                "() => document.querySelector('#live')?._htmx?.sse?.reader", timeout=20_000
            )
        look.troubles.clear()
