"""Where a message's link leads: the alert in words, acknowledged with one tap; and the first page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.chart import Curve
from alerts.figures import Letterhead
from app.alert_pages import AlertReader
from domain.alert import AlertState
from domain.alert_change import AlertChange, Change
from domain.feedback import Verdict
from domain.user import Role
from tests.web.alert_site import a_curve, a_leak, an_alert_site
from tests.web.site import START, Built, the_plant
from web.pages.alert import trends_path


@pytest.fixture
def built() -> Built:
    return an_alert_site()


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


def test_a_leaks_page_tells_what_where_how_much_why_and_what_to_check(built: Built) -> None:
    page = built.browser(Role.OPERATOR).get("/a/1eac").text
    for text in (
        "₫97,800/h", "1.2 kg CO₂e/h", "+4.1 m³/h", "+46%", "₫786,000", "33 m³", "87%", "8.9 m³/h",
        "dye_line_2.water", 'href="/plant/dye_line_2"', "the base load is up", "a slow rise", 'class="tick"',
        "/trends?process=dye_line_2&amp;resource=water&amp;from=2026-02-28&amp;to=2026-03-01",
    ):  # fmt: skip
        assert text in page, text
    assert "one shift uses more" not in page, "it explains a twentieth of the excess"
    assert "<b>2</b>" not in page


def test_the_chart_is_drawn_by_the_server_with_a_gap_and_the_alerts_time_shaded(built: Built) -> None:
    page = built.browser(Role.OPERATOR).get("/a/1eac").text
    assert page.count('<polyline class="actual"') == 2, "an hour is unknown"
    assert page.count('<polygon class="band"') == 1
    assert "The figures of the chart" in page
    rows = re.findall(
        r'<td class="num">([^<]*)</td><td class="num">8 m³/h</td><td class="num">7 – 9 m³/h</td>', page
    )
    assert len(rows) == 30
    assert rows[2:5] == ["10 m³/h", "–", "12 m³/h"], "unknown is not zero"
    shade = re.search(r'<rect class="span" x="([\d.]+)" y="34" width="([\d.]+)"', page)
    assert shade is not None
    assert float(shade[2]) > 0


def test_the_chart_is_asked_for_after_the_ledger_was_let_go(built: Built) -> None:
    """A baseline is asked for on the way: within the transaction it would wait for itself."""
    with built.ledger.begin() as tx:
        alert = next(one for one in tx.alerts() if one.fingerprint == "1eac")

    def asks(process: str, resource: str, start: datetime, end: datetime) -> Curve:
        with built.ledger.begin() as tx:
            assert tx.approved_baseline(process, resource) is None
        return a_curve(process, resource, start, end)

    head = Letterhead("Sông Hồng", ZoneInfo("Asia/Ho_Chi_Minh"), "VND", "en")
    reader = AlertReader(built.ledger, built.clock, lambda _: head, the_plant(), asks)
    story = reader.read(alert.fingerprint, "en")
    assert story is not None
    assert story.chart is not None


def test_a_check_is_ticked_and_unticked_with_who_and_when(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    check = re.search(r'name="check" value="([^"]+)"', browser.get("/a/1eac").text)
    assert check is not None
    browser.post("/a/1eac/check", {"check": check[1], "done": "yes"})
    page = browser.get("/a/1eac").text
    assert page.count("☑") == 1
    assert "maintenance, Sun 1 Mar" in page
    browser.post("/a/1eac/check", {"check": check[1], "done": "no"})
    assert "☑" not in browser.get("/a/1eac").text
    assert browser.post("/a/1eac/check", {"check": "anything", "done": "yes"}).status_code == 422


def test_a_comment_is_kept_and_does_nothing(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    browser.post("/a/1eac/comment", {"text": "<img src=x onerror=alert(1)>\r\nSet-Cookie: a=b"})
    page = browser.get("/a/1eac").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert browser.post("/a/1eac/comment", {"text": " "}).status_code == 422
    assert browser.post("/a/1eac/comment", {"text": "x" * 2001}).status_code == 409


def test_it_is_given_to_a_user_who_exists(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    browser.post("/a/1eac/assign", {"to": "operator"})
    assert "<dt>With</dt><dd>operator</dd>" in browser.get("/a/1eac").text
    assert browser.post("/a/1eac/assign", {"to": "nobody-here"}).status_code == 409
    browser.post("/a/1eac/assign", {"to": ""})
    assert "<dt>With</dt>" not in browser.get("/a/1eac").text


def test_resolved_with_a_reason_it_is_set_aside_until_the_meters_agree(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    unsaid = browser.post("/a/1eac/resolve", {"verdict": "false_alarm", "why": " "})
    assert unsaid.status_code == 422, "why?"
    assert "Write the reason" in unsaid.text
    assert "false_alarm" not in unsaid.text
    assert browser.post("/a/1eac/resolve", {"verdict": "anything"}).status_code == 422
    browser.post("/a/1eac/resolve", {"verdict": "meter_fault", "why": "air in the pipe"})
    page = browser.get("/a/1eac").text
    assert "<strong>meter fault</strong> – air in the pipe" in page
    assert "It closes by itself" in page
    assert "Set aside: 1" in browser.get("/").text
    with built.ledger.begin() as tx:
        assert [one.verdict for one in tx.feedback()] == [Verdict.METER_FAULT]


def test_work_is_ordered_taken_and_done(built: Built) -> None:
    operator, maintenance = built.browser(Role.OPERATOR), built.browser(Role.MAINTENANCE)
    order = {"what": "Close the valve", "due": "2026-03-04"}
    assert operator.post("/a/1eac/order", order).status_code == 303
    assert operator.post("/a/1eac/order", order).status_code == 409, "it is ordered already"
    page = operator.get("/a/1eac").text
    assert "Close the valve" in page
    assert "ordered" in page
    assert operator.post("/a/1eac/take").status_code == 403
    maintenance.post("/a/1eac/take")
    assert "being done · maintenance" in maintenance.get("/a/1eac").text
    second = built.browser(Role.ADMIN)
    assert second.post("/a/1eac/take").status_code == 409, "the page that both looked at was old"
    assert "I do it instead of maintenance" in second.get("/a/1eac").text
    assert second.post("/a/1eac/take", {"instead_of": "maintenance"}).status_code == 303
    assert maintenance.post("/a/1eac/take", {"instead_of": "admin"}).status_code == 303
    assert maintenance.post("/a/1eac/done", {"outcome": ""}).status_code == 409
    maintenance.post("/a/1eac/done", {"outcome": "valve V12 leaked: new seal"})
    assert "valve V12 leaked: new seal" in maintenance.get("/a/1eac").text
    assert maintenance.post("/a/1eac/done", {"outcome": "again"}).status_code == 409
    for due in ("yesterday", "2020-01-01", "9999-12-31"):
        assert operator.post("/a/1eac/order", {"what": "x", "due": due}).status_code == 422


def test_an_older_episode_is_shown_as_such_and_cannot_be_acted_on(built: Built) -> None:
    with built.ledger.begin() as tx:
        old = replace(a_leak("1eac"), state=AlertState.RESOLVED, resolved_at=START)
        tx.save_alert(old)
        tx.save_alert(replace(a_leak("1eac"), episode=2))
    browser = built.browser(Role.MAINTENANCE)
    page = browser.get("/a/1eac?episode=1").text
    assert "This is episode 1, which is over." in page
    assert 'action="/a/1eac/' not in page
    assert 'action="/a/1eac/' in browser.get("/a/1eac").text
    assert browser.get("/a/1eac?episode=9").status_code == 404
    assert browser.get("/a/1eac?episode=-1").status_code == 400
    assert browser.get("/a/1eac?episode=x").status_code == 400


def test_a_program_gets_all_that_the_page_shows_and_ticks_a_check(built: Built) -> None:
    browser = built.browser(Role.MAINTENANCE)
    story = browser.get("/api/v1/alerts/1eac").json()
    assert story["alert"]["cost_per_hour"] == 97_834.0
    assert [one["name"] for one in story["causes"]] == ["the base load is up", "a slow rise"]
    assert "dye_line_2" in story["path"]
    check = story["checks"][0]["id"]
    proof = {"X-CSRF-Token": browser.proof()}
    ticked = browser.client.post("/api/v1/alerts/1eac/check", json={"check": check}, headers=proof).json()
    assert ticked["checks"][0]["done_by"] == "maintenance"
    assert ticked["history"][0]["change"] == "checked"
    wrong = browser.client.post("/api/v1/alerts/1eac/check", json={"check": "anything"}, headers=proof)
    assert (wrong.status_code, "checks" in wrong.json()["detail"]) == (422, True)
    for missing in ("/api/v1/alerts/nothing", "/api/v1/alerts/1eac?episode=9"):
        assert browser.get(missing).status_code == 404
    assert browser.get("/api/v1/alerts/1eac?episode=-1").status_code == 422


def test_what_the_product_did_itself_is_said_for_people(built: Built) -> None:
    steps = {
        "not acknowledged for 28800 s": "chưa ai nhận trong 8 giờ", "holds": "điều kiện còn đúng",
        "has been gone for 1800 s": "đã hết được 30 phút", "limit of the channel": "limit of the channel",
    }  # fmt: skip
    with built.ledger.begin() as tx:
        for number, why in enumerate(steps):
            at = START + timedelta(minutes=number)
            tx.add_change(AlertChange("1eac", 1, at, "alerts.evaluate", Change.TOLD, "firing", "firing", why))
        tx.add_change(AlertChange("1eac", 1, START, "lan", Change.COMMENTED, "firing", "firing", "holds"))
    page = built.browser(Role.OPERATOR, language="vi").get("/a/1eac").text
    for said in steps.values():
        assert f'<span class="words">{said}</span>' in page, said
    assert '<span class="words">holds</span>' in page, "a person's words stay"
    assert "Wastenot" in page
    assert "alerts.evaluate" not in page


def test_the_size_has_its_interval_on_the_page_in_both_languages_and_in_the_api(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    page = browser.get("/a/1eac").text
    assert "+3.2 m³/h and +5 m³/h, nine times out of ten" in page
    assert page.index("Per hour, on average") < page.index("Likely between") < page.index("In total")
    vietnamese = built.browser(Role.OPERATOR, language="vi").get("/a/1eac").text
    assert "+3,2 m³/giờ đến +5 m³/giờ (đúng 9 trên 10 lần)" in vietnamese
    assert browser.get("/api/v1/alerts/1eac").json()["interval_per_hour"] == [3.2, 5.0]
    assert browser.get("/api/v1/alerts/f00d").json()["interval_per_hour"] is None


def test_an_empty_comment_is_refused_in_the_readers_language(built: Built) -> None:
    empty = built.browser(Role.OPERATOR, language="vi").post("/a/1eac/comment", {"text": " "})
    assert empty.status_code == 422
    assert "Hãy ghi vài chữ hoặc thêm ảnh." in empty.text


def test_trends_are_opened_at_the_plants_days_not_at_those_of_utc() -> None:
    alert = replace(a_leak("1eac"), since=datetime(2026, 11, 26, 17, 30, tzinfo=UTC))  # 00:30 in Vietnam
    now = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
    assert trends_path(alert, now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))).endswith(
        "from=2026-11-26&to=2026-11-27"
    )
    assert trends_path(alert, now).endswith("from=2026-11-25&to=2026-11-26")
    ended = replace(alert, resolved_at=alert.since + timedelta(hours=2))
    later = (now + timedelta(days=9)).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert trends_path(ended, later).endswith("from=2026-11-26&to=2026-11-28")
