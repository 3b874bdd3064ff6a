"""An alert, the work list and the QR codes in a real browser: they fit, and can be read by all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from alerts.figures import Letterhead
from alerts.shifts import Shifts
from app.alert_actions import AlertActions
from app.alert_pages import AlertReader
from app.work_list import work_list
from tests.pages.demo import a_look
from tests.pages.served import serving
from tests.web.alert_site import a_curve, a_leak
from tests.web.site import a_demo_user, a_ground, a_site, the_plant
from tests.web.test_plant_page import DRY, DYE
from web.pages.alert import alert_pages
from web.pages.now import now_pages
from web.pages.qr import qr_pages
from web.pages.work import work_pages

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOSTILE = "Dò van <img src=x onerror=alert(1)> " + "rấtdài" * 30


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Two leaks, one with everything that can be done about it."""
    ground = a_ground()
    with ground.ledger.begin() as tx:
        tx.save_alert(a_leak("1eac"))
        small = a_leak("5a11", "dye_line_1")
        tx.save_alert(replace(small, facts={**small.facts, "cost_per_hour": None, "cost_total": None}))
    actions = AlertActions(ground.ledger, ground.clock, Shifts(ZONE))
    actions.acknowledge("1eac", "operator")
    actions.comment("1eac", "operator", HOSTILE)
    picture = BytesIO()
    Image.new("RGB", (3000, 900), "#777").save(picture, "PNG")
    actions.add_photo("1eac", "maintenance", picture.getvalue(), "Van V12")
    actions.order_work("1eac", HOSTILE, date(2026, 3, 2), "operator")
    ground.clock.at += timedelta(days=2)
    head = lambda one: Letterhead("Sông Hồng", ZONE, "VND", one)  # noqa: E731
    reader = AlertReader(ground.ledger, ground.clock, head, the_plant(), a_curve)
    lines = work_list(ground.ledger, ground.clock, head)
    pages = (
        *alert_pages(reader.read, actions, ground.clock.now),
        *work_pages(lines, lambda: ground.clock.now().date()),
        *qr_pages(lambda: [DYE, DRY], ""),
        *now_pages(lambda: [DYE], reader.open, ground.clock.now),
    )
    built = a_site(pages, demo_user=a_demo_user(""), ground=ground)
    with serving(built) as served:
        yield served


@pytest.mark.parametrize(
    ("path", "size", "language", "scheme"),
    [
        ("/a/1eac", "phone", "vi", "dark"),
        ("/a/1eac", "desktop", "en", "light"),
        ("/work", "phone", "vi", "light"),
        ("/work", "phone", "en", "dark"),
        ("/work?state=all&sort=due", "desktop", "vi", "dark"),
        ("/qr", "phone", "en", "dark"),
        ("/qr", "desktop", "vi", "light"),
    ],
)
def test_the_page_is_accessible_and_fits(
    browser: Browser, url: str, path: str, size: str, language: str, scheme: str
) -> None:
    with a_look(browser, url, size, language, scheme) as look:
        page = look.go(path)
        for closed in page.locator(".deed summary, figure summary").all():
            closed.click()
        assert look.violations() == []
        assert not look.is_wider_than_its_window()
        for picture in page.locator("main img").all():
            picture.scroll_into_view_if_needed()  # photos are asked for when they are seen
            expect(picture).to_have_js_property("complete", value=True)
            assert picture.evaluate("one => one.naturalWidth") > 0


def test_work_is_taken_and_done_in_the_list_on_a_phone(browser: Browser, url: str) -> None:
    with a_look(browser, url, "phone", "en") as look:
        page = look.go("/work?state=all&sort=due")
        page.get_by_role("button", name="I do it").click()
        expect(page.get_by_text("being done", exact=True).last).to_be_visible()
        assert page.url.endswith("/work?state=all&sort=due"), "the list stays as it was"
        page.locator(".deed summary").click()
        page.get_by_label("What was found and done").fill("New seal")
        page.get_by_role("button", name="Done").click()
        expect(page.locator(".deed")).to_have_count(0)
