"""Baselines: what the card says, who may decide, a reason, and two people at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.baseline_cards import BaselineDesk
from app.span_choices import span_choices
from domain.acceptance import Acceptance, AcceptanceProfile, criterion
from domain.baseline import Baseline, BaselineStatus, Decision, Finding, Severity
from domain.plant import BaselineRule
from domain.user import Role, Scope
from tests.store.builders import a_baseline
from tests.web.sheets import read_book
from tests.web.site import START, Browser, Built, a_ground, a_site, the_plant
from web.api.baselines import baseline_endpoints
from web.api.endpoint import api_pages
from web.pages.baselines import baseline_pages

PATH = "/trends/baselines"
STREAM = {"process": "dye_line_2", "resource": "water"}
CARD = f"{PATH}?process=dye_line_2&resource=water"
API = "/api/v1/baselines"
PROFILE = AcceptanceProfile.ASHRAE14_HOURLY
BAD = Acceptance(PROFILE, (criterion("cvrmse", 44.0, "<=", 30.0, "%"),))
GOOD = Acceptance(PROFILE, (criterion("cvrmse", 12.0, "<=", 30.0, "%"),))
IN_FORCE = a_baseline(
    status=BaselineStatus.APPROVED, model="towt_output", acceptance=(GOOD,), findings=(),
    decision=Decision(START - timedelta(days=9), "Lan", "đã xem <b>", forced=False),
)  # fmt: skip
PROPOSED = a_baseline(
    decision=None, acceptance=(GOOD,), findings=(), reason="new <burner>", model="seasonal_output",
    coefficients={"hours": [1.0, 2.0], "terms": {"output": [0.25]}, "ranges": {}},
)  # fmt: skip


def site(*baselines: Baseline, binds: bool = False) -> Built:
    ground, plant = a_ground(), the_plant()
    if binds:
        plant = replace(plant, baseline=BaselineRule(profile=PROFILE))
    with ground.ledger.begin() as tx:
        for one in baselines:
            tx.save_baseline(one)
    cards = BaselineDesk(plant, ground.ledger, ground.clock).answers()
    choices = span_choices(plant, ground.ledger, ground.clock)
    pages = (*baseline_pages(cards, choices), *api_pages(baseline_endpoints(cards)))
    return a_site(pages, ground=ground)


@pytest.fixture
def built() -> Iterator[Built]:
    made = site(IN_FORCE, PROPOSED)
    yield made
    made.ledger.close()


def seen(browser: Browser) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', browser.get(CARD).text)
    assert found is not None
    return found[1]


def statuses(built: Built) -> dict[int, str]:
    with built.ledger.begin() as tx:
        return {one.version: str(one.status) for one in tx.baselines("dye_line_2", "water")}


def decide(browser: Browser, **data: str) -> Any:
    return browser.post(CARD, {"version": "2", "verdict": "approve", "why": "đã xem biểu đồ"} | data)


def test_the_list_begins_with_what_waits_and_says_where_nothing_is_judged(built: Built) -> None:
    page = built.browser(Role.OPERATOR).get(PATH).text
    rows = page.split("<tbody>")[1].split("<tr>")[1:]
    assert "version 2 waits for a decision" in rows[0]
    assert "judged by version 1" in rows[0]
    assert len(rows) == len(the_plant().streams())
    assert page.count("no baseline yet") == len(rows) - 1


def test_a_card_tells_the_model_in_words_its_figures_and_who_decided(built: Built) -> None:
    browser = built.browser(Role.ENERGY_MANAGER)
    page = browser.get(f"{CARD}&version=1").text
    assert "hour of the week, temperature, and what each unit made takes" in page
    assert re.search(r"NMBE.*?−?0.4%", page, re.DOTALL)
    assert "đã xem &lt;b&gt;" in page
    assert "decide" not in page, "nothing can become of what is in force but being superseded"
    proposal = browser.get(CARD).text
    assert "new &lt;burner&gt;" in proposal
    assert "Approve version 2" in proposal
    assert "style=" not in proposal
    assert "R²" in proposal


def test_approving_takes_a_reason_is_audited_and_supersedes(built: Built) -> None:
    browser = built.browser(Role.ENERGY_MANAGER)
    refused = decide(browser, why="   ")
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert statuses(built) == {1: "approved", 2: "proposed"}
    done = decide(browser, seen=seen(browser))
    assert done.status_code == 303
    assert "đã xem biểu đồ" in browser.get(done.headers["location"]).text
    assert statuses(built) == {1: "superseded", 2: "approved"}
    with built.ledger.begin() as tx:
        line = tx.audit_trail("dye_line_2/water/2")[0]
    assert (line["who"], line["what"], line["why"]) == (
        "energy_manager", "baseline.approved", "đã xem biểu đồ",
    )  # fmt: skip


def test_of_two_people_the_second_is_told_and_keeps_what_was_typed(built: Built) -> None:
    first, second = built.browser(Role.ENERGY_MANAGER), built.browser(Role.ADMIN)
    looked = seen(second)
    assert decide(first, verdict="reject", seen=seen(first)).status_code == 303
    late = decide(second, seen=looked)
    assert late.status_code == 409
    assert "Meanwhile somebody else has decided" in late.text
    assert statuses(built) == {1: "approved", 2: "rejected"}
    again = decide(second)
    assert (again.status_code, "cannot be decided so" in again.text) == (409, True)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MAINTENANCE])
def test_who_may_not_decide_sees_the_card_without_the_form(built: Built, role: Role) -> None:
    browser = built.browser(role)
    assert 'name="verdict"' not in browser.get(CARD).text
    assert decide(browser).status_code == 403
    assert statuses(built) == {1: "approved", 2: "proposed"}


@pytest.mark.parametrize(
    "against",
    [
        {"acceptance": (BAD,)},
        {"acceptance": ()},
        {"findings": (Finding("too_few_days", Severity.CRITICAL, "9 of 14 days"),)},
    ],
)
def test_what_speaks_against_a_version_takes_force(against: dict[str, Any]) -> None:
    built = site(replace(PROPOSED, **against), binds=True)
    browser = built.browser(Role.ENERGY_MANAGER)
    assert 'name="force"' in browser.get(CARD).text
    refused = decide(browser, version="1")
    assert (refused.status_code, "with force" in refused.text) == (409, True)
    assert decide(browser, version="1", force="yes").status_code == 303
    with built.ledger.begin() as tx:
        saved = tx.approved_baseline("dye_line_2", "water")
    assert saved is not None
    assert saved.decision is not None
    assert saved.decision.forced
    built.ledger.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CARD}&version=9", 404),
        (f"{CARD}&version=-1", 404),
        (f"{CARD}&version={'9' * 5000}", 404),
        (f"{PATH}?process=<script>", 400),
        (f"{PATH}?process=dye_line_2&resource=gas", 400),
        (f"{API}/dye_line_2/water/9", 404),
        (f"{API}/dye_line_2/nothing/1", 404),
        (f"{API}/dye_line_2/water/0", 422),
        (f"{API}?status=odd", 422),
    ],
)
def test_what_there_is_not_is_said_clearly(built: Built, path: str, status: int) -> None:
    answer = built.browser(Role.ENERGY_MANAGER).get(path)
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_a_form_that_nobody_of_ours_made_is_refused(built: Built) -> None:
    browser = built.browser(Role.ENERGY_MANAGER)
    for data in ({"verdict": "delete"}, {"version": "x"}, {"version": ""}):
        assert decide(browser, **data).status_code == 422
    assert decide(browser, csrf="").status_code == 403
    whole = {"version": "2", "verdict": "approve", "why": "x"}
    for query in ("", "?process=dye_line_2", "?resource=water"):
        assert browser.post(PATH + query, whole).status_code == 422
    assert decide(browser, version="7").status_code == 404


def test_programs_decide_with_the_scope_and_see_what_changed(built: Built) -> None:
    client = built.browser().client
    text = built.accounts.issue_token("energy_manager", "t", [Scope.READ, Scope.ANALYSIS], None, by="x")[1]
    read = built.accounts.issue_token("energy_manager", "r", [Scope.READ], None, by="x")[1]
    headers, reader = ({"Authorization": f"Bearer {one}"} for one in (text, read))
    whole = client.get(f"{API}/dye_line_2/water/2", headers=headers).json()
    assert whole["coefficients"]["terms"] == {"output": [0.25]}
    body = {"why": "ok", "seen": whole["seen"]}
    path = f"{API}/dye_line_2/water/2/approve"
    assert client.post(path, json=body, headers=reader).status_code == 403
    for wrong in ({}, {"why": ""}, {"why": "  "}, {"why": 3}, {"why": "x" * 3000}):
        assert client.post(path, json=wrong, headers=headers).status_code == 422
    assert client.post(path, json=body, headers=headers).json()["status"] == "approved"
    assert client.post(path, json=body, headers=headers).status_code == 409


def test_every_version_can_be_had_as_a_file(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    page = browser.get(CARD).text
    for ending in ("csv", "xlsx"):
        found = re.search(rf'href="({PATH}\.{ending}[^"]*)"', page)
        assert found is not None
        answer = browser.get(found[1].replace("&amp;", "&"))
        assert answer.status_code == 200
    rows, told = read_book(answer.content).sheets.values()
    assert len(rows) == 3
    assert rows[0][8].value == "CV(RMSE), out of sample [%]"
    assert rows[1][8].value == 16.7
    name = the_plant().processes["dye_line_2"].name
    assert ["Process", name] in [[cell.value for cell in row.values()] for row in told]
    assert browser.get(f"{API}.csv").text.count("\r\n") == 3


def test_a_reader_of_vietnamese_reads_vietnamese(built: Built) -> None:
    page = built.browser(Role.ENERGY_MANAGER, language="vi").get(CARD).text
    for words in ("Phê duyệt phiên bản 2", "Từ chối", "ngoài mẫu", "Mức độ phù hợp"):
        assert words in page
