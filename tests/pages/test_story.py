"""The whole story: a leak, an alert, three people, the mended leak, and what it came to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.pages.demo import Demo, Look, a_demo, a_look

#: fast enough for a story within minutes; a leak of a Friday night, mended nine simulated hours later, before
#: a Sunday on which nobody works
ARGUMENTS = ("--speed", "600", "--leak-hours", "9", "--start", "2026-11-20T22:00")
LEAKS, WATER = "dye_line_1", "Dye line 1"


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Demo]:
    """A plant whose leak is mended; a second try begins anew."""
    with a_demo(tmp_path, *ARGUMENTS) as running:
        yield running


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_from_the_leak_to_the_saving(browser: Browser, plant: Demo) -> None:
    with (
        a_look(browser, plant.url, "desktop", "en") as wall,
        a_look(browser, plant.url, "phone", "en") as phone,
    ):
        screen = wall.go("/")
        tile = screen.locator(f".tile[href='/plant/{LEAKS}']", has_text="Water")
        expect(tile).to_be_visible()
        phone.log_in("operator")

        # the tile turns and the alert appears by themselves, on the page that has been open all along
        acknowledge = phone.page.locator("form[action$='/acknowledge'] button").first
        acknowledge.wait_for(timeout=240_000)
        expect(tile).to_have_class(re.compile(r"\bbad\b"), timeout=60_000)
        expect(screen.locator(".alert", has_text=WATER)).to_be_visible()
        expect(screen.locator("#loss")).to_have_class(re.compile(r"\bbad\b"), timeout=20_000)

        acknowledge.click()
        expect(phone.page.locator(".alert", has_text="operator").first).to_be_visible()
        alert = phone.page.locator(".alert a").first.get_attribute("href")
        assert alert is not None

        with a_look(browser, plant.url, "desktop", "en") as desk:
            the_energy_manager_sees_the_sum_bend_and_the_money(desk, alert)
        with a_look(browser, plant.url, "phone", "vi") as workshop:
            maintenance_orders_work_and_does_it(workshop, alert)

        # the leak is mended: the alert leaves by itself, and its page has the total
        expect(screen.locator(f".alert a[href='{alert}']")).to_have_count(0, timeout=300_000)
        expect(tile).not_to_have_class(re.compile(r"\bbad\b"), timeout=60_000)
    with a_look(browser, plant.url, "desktop", "en") as desk:
        page = desk.go(alert)
        assert page.inner_text("h1").startswith("✔ RESOLVED"), page.inner_text("h1")
        assert re.search(r"2[01] Nov", page.inner_text("main")), "the demonstration began when it was told to"
        assert re.search(r"In total\s+₫[\d,]{6,}", page.inner_text("dl.facts")), page.inner_text("dl.facts")
        assert "new seal" in page.inner_text("#work")
        assert desk.violations() == []


def the_energy_manager_sees_the_sum_bend_and_the_money(desk: Look, alert: str) -> None:
    desk.log_in("energy_manager")
    page = desk.go(alert)
    assert desk.violations() == []
    page.locator("a[href^='/trends?']").first.click()
    page.wait_for_url(re.compile(r"/trends\?.*process=dye_line_1"))
    expect(page.locator("main canvas").first).to_be_visible()
    expect(page.locator("main")).to_contain_text(re.compile(r"\+[\d.,]+ m³.*₫[\d,]{6,}", re.DOTALL))
    expect(page.locator(f"main a[href='{alert}']").first).to_be_visible()


def maintenance_orders_work_and_does_it(workshop: Look, alert: str) -> None:
    workshop.log_in("maintenance")
    page = workshop.go(alert)
    assert workshop.violations() == []
    assert not workshop.is_wider_than_its_window()
    page.fill("#what", "Thay gioăng van xả")
    page.click("form[action$='/order'] button")
    page.wait_for_selector("form[action$='/take'] button")
    page = workshop.go("/work")
    assert workshop.violations() == []
    assert not workshop.is_wider_than_its_window()
    page.click(f"a[href='{alert}#work']")
    page.wait_for_url(f"**{alert}#work")  # the list has the same buttons
    page.click("form[action$='/take'] button")
    page.fill("#outcome", "new seal")
    page.click("form[action$='/done'] button")
    expect(page.locator("#work")).to_contain_text("new seal")
