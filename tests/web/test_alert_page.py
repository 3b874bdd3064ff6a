"""Where a message's link leads: the alert in words, acknowledged with one tap; and the first page."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.figures import Letterhead
from alerts.shifts import Shifts
from app.alert_actions import AlertActions
from app.alert_pages import AlertReader
from domain.alert import Alert, AlertKind, AlertState
from domain.baseline import Severity
from domain.user import Role
from tests.web.site import START, Built, a_ground, a_site
from web.pages.alert import alert_pages
from web.pages.now import now_pages
from web.pages.plant import ProcessState, StreamState

STREAM = StreamState("water", "Water", "m3", 12.0, 8.0, 97_834.0, START - timedelta(hours=8), None)
PROCESS = ProcessState("dye", "Chuyền nhuộm <2>", (), (), (STREAM,))


def an_alert(fingerprint: str, meter: str) -> Alert:
    return Alert(
        fingerprint=fingerprint, episode=1, kind=AlertKind.SILENT_METER, key=f"silent/{meter}",
        severity=Severity.WARNING, state=AlertState.FIRING, since=START - timedelta(hours=1),
        pending_at=START, fired_at=START, resolved_at=None, reason="holds", notified_at=None,
        facts={"meter": meter, "last_seen": None, "every_s": 10.0},
    )  # fmt: skip


@pytest.fixture
def built() -> Built:
    ground = a_ground()
    with ground.ledger.begin() as tx:
        tx.save_alert(an_alert("f00d", "<img src=x onerror=alert(1)>"))
    reader = AlertReader(
        ground.ledger,
        ground.clock,
        lambda one: Letterhead("Sông Hồng", ZoneInfo("Asia/Ho_Chi_Minh"), "VND", one),
    )
    actions = AlertActions(ground.ledger, ground.clock, Shifts(ZoneInfo("Asia/Ho_Chi_Minh")))
    pages = (*alert_pages(reader.read, actions), *now_pages(lambda: [PROCESS], reader.open, ground.clock.now))
    return a_site(pages, ground=ground)


def test_a_link_of_a_message_leads_through_the_login_to_the_alert_in_words(built: Built) -> None:
    browser = built.browser()
    assert browser.get("/a/f00d").headers["location"] == "/login?next=/a/f00d"
    page = built.browser(Role.OPERATOR).get("/a/f00d").text
    assert "<img" not in page
    assert "onerror" in page
    assert built.browser(Role.OPERATOR).get("/a/nothing").status_code == 404


def test_an_alert_is_acknowledged_once_with_who_and_when(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    assert browser.post("/a/f00d/acknowledge").headers["location"] == "/a/f00d"
    page = browser.get("/a/f00d").text
    assert "Acknowledged by operator" in page
    assert "/a/f00d/acknowledge" not in page
    assert browser.post("/a/nothing/acknowledge").status_code == 404
    with built.ledger.begin() as tx:
        assert tx.audit_trail("f00d")[0]["who"] == "operator"


def test_the_first_page_shows_open_alerts_and_colours_only_what_is_abnormal(built: Built) -> None:
    page = built.browser(Role.OPERATOR).get("/").text
    assert re.search(r'class="row alert warn">\s*<a class="grow" href="/a/f00d"', page)
    assert 'class="card tile bad" href="/plant/dye"' in page
    assert "Chuyền nhuộm &lt;2&gt;" in page
    assert "▲ 50%" in page
    assert "<img" not in page
