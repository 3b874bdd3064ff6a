"""Work: ordered by loss, filtered in the address, on paper and by QR code; what is hostile is text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.figures import Letterhead
from alerts.shifts import Shifts
from app.alert_actions import AlertActions
from app.work_list import work_list
from domain.alert import AlertState
from domain.user import Role
from tests.web.alert_site import a_leak
from tests.web.site import START, Built, a_ground, a_site
from tests.web.test_plant_page import DRY, DYE
from web.api.endpoint import api_pages
from web.api.work import work_endpoints
from web.pages.alert import alert_pages
from web.pages.qr import qr_pages
from web.pages.work import work_pages

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def no_story(fingerprint: str, language: str, episode: int | None = None) -> None:
    """Return nothing: the list only needs what can be done about an alert."""


@pytest.fixture
def built() -> Built:
    ground = a_ground()
    small = a_leak("5a11", "dye_line_1")
    with ground.ledger.begin() as tx:
        tx.save_alert(replace(small, facts={**small.facts, "cost_per_hour": 10.0, "process_name": "=cmd()"}))
        tx.save_alert(a_leak("1eac"))
        tx.save_alert(replace(a_leak("0e44"), key="over", state=AlertState.RESOLVED, resolved_at=START))
    actions = AlertActions(ground.ledger, ground.clock, Shifts(ZONE))
    lines = work_list(ground.ledger, ground.clock, lambda one: Letterhead("Sông Hồng", ZONE, "VND", one))
    rows = (
        *alert_pages(no_story, actions, ground.clock.now),
        *work_pages(lines, lambda: ground.clock.now().astimezone(ZONE).date()),
        *qr_pages(lambda: [DYE, DRY], "https://wastenot.plant.example/"),
        *api_pages(work_endpoints(lines)),
    )
    actions.order_work("5a11", "Close <b>it</b>", date(2026, 3, 2), "operator")
    return a_site(rows, ground=ground)


def listed(page: str) -> list[str]:
    return re.findall(r'href="/a/(\w+)#work"', page)


def test_the_dearest_loss_comes_first_and_what_is_over_without_an_order_is_not_listed(built: Built) -> None:
    page = built.browser(Role.MAINTENANCE).get("/work").text
    assert listed(page) == ["1eac", "5a11"]
    assert "no order yet" in page
    assert "ordered" in page
    assert "Close &lt;b&gt;it&lt;/b&gt;" in page


def test_it_is_filtered_and_ordered_by_the_address(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    assert listed(browser.get("/work?state=ordered").text) == ["5a11"]
    assert listed(browser.get("/work?sort=due").text) == ["5a11", "1eac"]
    assert listed(browser.get("/work?process=dye_line_2").text) == ["1eac"]
    assert listed(browser.get("/work?mine=1").text) == []
    AlertActions(built.ledger, built.clock, Shifts(ZONE)).take_work("5a11", "maintenance")
    assert listed(browser.get("/work?mine=1").text) == ["5a11"]


@pytest.mark.parametrize("query", ["state=x", "sort=%3Cimg%20src%3Dx%3E", "process=nothing"])
def test_what_is_asked_wrongly_is_refused_with_what_is_allowed(built: Built, query: str) -> None:
    answer = built.browser(Role.MAINTENANCE).get(f"/work?{query}")
    assert answer.status_code == 400
    assert "it can be" in answer.text
    assert "<img" not in answer.text


def test_what_is_late_says_so(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    assert "(late)" not in browser.get("/work").text
    built.clock.at += timedelta(days=2)
    assert "(late)" in built.browser(Role.MAINTENANCE).get("/work").text


def test_programs_and_spreadsheets_get_the_same_list(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    rows = browser.get("/api/v1/work").json()["items"]
    assert [(row["fingerprint"], row["state"], row["due"]) for row in rows] == [
        ("1eac", "wanted", None), ("5a11", "ordered", "2026-03-02"),
    ]  # fmt: skip
    text = browser.get("/api/v1/work.csv").text
    assert "1eac" in text
    assert browser.get("/api/v1/work?state=x").status_code == 422


def test_a_qr_code_leads_to_the_process_on_the_plants_address(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    page = browser.get("/qr").text
    assert page.count('class="card code"') == 2
    assert 'href="https://wastenot.plant.example/plant/dye"' in page
    image = browser.get("/plant/dye/qr.svg")
    assert image.headers["content-type"].startswith("image/svg+xml")
    assert image.text.startswith("<svg")
    assert browser.get("/plant/dye/qr").text.count('class="card code"') == 1
    for missing in ("/plant/nothing/qr", "/plant/%3Cb%3E/qr.svg"):
        assert browser.get(missing).status_code == 404


def test_work_is_taken_and_done_in_the_list_and_the_list_stays_as_it_was_asked_for(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    here = "/work?state=all&sort=due"
    page = browser.get(here).text
    assert 'action="/a/5a11/take"' in page
    operator = built.browser(Role.OPERATOR)
    assert 'action="/a/5a11/' not in operator.get(here).text, "without the right there is no button"
    assert operator.post("/a/5a11/done", {"outcome": "x", "back": here}).status_code == 403
    assert 'href="/api/v1/work.csv?state=all&amp;sort=due"' in page
    answer = browser.post("/a/5a11/take", {"back": here})
    assert (answer.status_code, answer.headers["location"]) == (303, here)
    hostile = "<img src=x onerror=alert(1)>\r\nSet-Cookie: a=b"
    answer = browser.post("/a/5a11/done", {"outcome": hostile, "back": "//evil.example"})
    assert answer.headers["location"] == "/"
    page = browser.get(here).text
    assert 'action="/a/5a11/' not in page, "what is done is done"
    assert "<img src=x" not in page


def test_what_has_no_price_is_told_and_not_counted_as_nothing(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    assert "without a price" not in browser.get("/work").text
    with built.ledger.begin() as tx:
        leak = a_leak("0dd1")
        tx.save_alert(replace(leak, key="unpriced", facts={**leak.facts, "cost_per_hour": None}))
    assert "1 of them without a price: not in the sum." in browser.get("/work").text
