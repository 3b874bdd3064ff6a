"""The API: its document says what it does, tokens do what their scopes say, lists go on and become CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openapi_spec_validator import validate

from alerts.shifts import Shifts
from app.alert_actions import AlertActions
from app.pages import Ground, all_pages
from domain.alert import Alert, AlertKind, AlertState
from domain.baseline import Severity
from domain.user import Action, Role, Scope
from tests.web.site import START, Built, a_ground, a_site
from web.api.alerts import alert_endpoints
from web.api.endpoint import api_pages
from web.api.me import me_endpoints


def alerts(count: int) -> list[Alert]:
    return [
        Alert(
            fingerprint=f"{number:016x}", episode=1, kind=AlertKind.HOTSPOT, key=f"h{number}",
            severity=Severity.WARNING, state=AlertState.FIRING, since=START, pending_at=START, fired_at=START,
            resolved_at=None, reason="holds", notified_at=None,
            facts={"cost_per_hour": float(number), "process": "=cmd()"},
        )
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def built() -> Built:
    ground = a_ground()
    with ground.ledger.begin() as tx:
        for alert in alerts(5):
            tx.save_alert(alert)
    actions = AlertActions(ground.ledger, ground.clock, Shifts(ZoneInfo("Asia/Ho_Chi_Minh")))
    rows = (*me_endpoints(), *alert_endpoints(actions.alerts, actions))
    return a_site(api_pages(rows), ground=ground)


def token(built: Built, user: str, *scopes: Scope, **named: Any) -> dict[str, str]:
    text = built.accounts.issue_token(user, "test", scopes, named.get("lasts"), by="test")[1]
    return {"Authorization": f"Bearer {text}"}


def test_the_document_is_valid_and_names_every_endpoint(real_ground: Ground) -> None:
    pages = all_pages(real_ground)[1]
    built = a_site(pages)
    document = built.browser(Role.OPERATOR).get("/api/v1/openapi.json").json()
    validate(document)
    described = {(path, method.upper()) for path, row in document["paths"].items() for method in row}
    served = {
        (page.path.removeprefix("/api/v1"), page.method)
        for page in pages
        if page.is_api and not page.path.endswith((".csv", ".xlsx", "openapi.json"))
    }
    assert described == served


def test_a_token_does_what_its_scope_and_its_owner_may(built: Built) -> None:
    stranger = built.browser().client
    read = token(built, "operator", Scope.READ)
    me = stranger.get("/api/v1/me", headers=read).json()
    assert (me["name"], me["scopes"], me["may"]) == ("operator", ["read"], ["see"])
    path = f"/api/v1/alerts/{3:016x}/acknowledge"
    refused = stranger.post(path, headers=read)
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "acknowledge needs a token with the scope alerts",
    )
    taken = stranger.post(path, headers=token(built, "operator", Scope.ALERTS), json={"why": "on my way"})
    assert taken.json()["acknowledged_by"] == "operator"
    users = token(built, "operator", Scope.USERS)
    assert stranger.get("/api/v1/me", headers=users).status_code == 403


@pytest.mark.parametrize("text", ["", "wn_", "wn_abc", "wn_abc_def", "wn__x", "x" * 9000, "wn_\xe9_\xff"])
def test_what_is_no_token_is_401_and_asks_for_one(built: Built, text: str) -> None:
    answer = built.browser().client.get(
        "/api/v1/me", headers={"Authorization": f"Bearer {text}".encode("latin-1")}
    )
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_ends_when_it_is_revoked_expires_or_its_owner_goes(built: Built) -> None:
    client = built.browser().client
    short, kept = (
        token(built, "operator", Scope.READ, lasts=timedelta(days=1)),
        token(built, "admin", Scope.READ),
    )
    assert client.get("/api/v1/me", headers=short).status_code == 200
    built.clock.pass_(days=1)
    assert client.get("/api/v1/me", headers=short).status_code == 401
    assert client.get("/api/v1/me", headers=kept).status_code == 200
    (made,) = built.accounts.tokens("admin")
    assert made.last_used_at == built.clock.at
    built.accounts.revoke_token(made.prefix, by="test")
    assert client.get("/api/v1/me", headers=kept).status_code == 401
    gone = token(built, "maintenance", Scope.READ)
    built.accounts.set_active("maintenance", active=False, by="test")
    assert client.get("/api/v1/me", headers=gone).status_code == 401


def test_a_token_is_no_key_to_the_pages(built: Built) -> None:
    answer = built.browser().client.post("/logout", headers=token(built, "admin", Scope.USERS))
    assert answer.status_code == 401


def test_only_a_digest_of_a_token_is_kept(built: Built) -> None:
    text = token(built, "operator", Scope.READ)["Authorization"].split("_", 2)[2]
    assert text not in repr(built.accounts.tokens())


def test_a_list_is_dearest_first_and_goes_on_where_it_ended(built: Built) -> None:
    client = built.browser(Role.OPERATOR).client
    seen, after = [], ""
    for _ in range(3):
        page = client.get("/api/v1/alerts", params={"limit": 2, "after": after}).json()
        seen += [row["cost_per_hour"] for row in page["items"]]
        after = page["next"]
    assert (seen, after) == ([4.0, 3.0, 2.0, 1.0, 0.0], None)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit = '0': must be from 1 to 1000"),
        ("limit=1e3", "limit = '1e3': must be a whole number"),
        ("limit=99999999999999999999", "must be from 1 to 1000"),
        ("all=perhaps", "all = 'perhaps': must be true or false"),
        ("after=nothing", "begin again without it"),
        ("limt=5&all=x", "limt: there is no such parameter; all = 'x'"),
        ("limit=%00", "must be a whole number"),
    ],
)
def test_a_wrong_parameter_is_told_with_what_is_allowed(built: Built, query: str, said: str) -> None:
    answer = built.browser(Role.OPERATOR).get(f"/api/v1/alerts?{query}")
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"why": 5}', b'{"who": "x"}', b'{"why": "' + b"x" * 2000 + b'"}']
)
def test_a_wrong_body_is_told(built: Built, body: bytes) -> None:
    headers = token(built, "operator", Scope.ALERTS)
    answer = built.browser().client.post(
        f"/api/v1/alerts/{1:016x}/acknowledge", content=body, headers=headers
    )
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("body: ")


def test_an_alert_that_there_is_not_is_404(built: Built) -> None:
    headers = token(built, "operator", Scope.ALERTS)
    assert (
        built.browser().client.post("/api/v1/alerts/nothing/acknowledge", headers=headers).status_code == 404
    )


def test_a_list_as_csv_opens_in_a_spreadsheet_and_holds_no_formula(built: Built) -> None:
    answer = built.browser(Role.OPERATOR).get("/api/v1/alerts.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="alerts.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["cost_per_hour"] for row in rows] == ["4.0", "3.0", "2.0", "1.0", "0.0"]
    assert rows[0]["process"] == "'=cmd()"
    assert rows[0]["resource"] == ""


def test_an_address_of_the_api_that_there_is_not_is_a_problem_document(built: Built) -> None:
    answer = built.browser(Role.OPERATOR).get("/api/v1/nothing")
    assert (answer.status_code, json.loads(answer.text)["status"]) == (404, 404)


def test_the_action_of_an_endpoint_is_in_its_description(built: Built) -> None:
    document = built.browser(Role.OPERATOR).get("/api/v1/openapi.json").json()
    operation = document["paths"]["/alerts/{fingerprint}/acknowledge"]["post"]
    assert f"`{Action.ACKNOWLEDGE}`" in operation["description"]
    assert "`alerts`" in operation["description"]


def test_every_deed_about_an_alert_can_be_asked_for_with_the_scope_for_it(built: Built) -> None:
    browser = built.browser()
    bearer = {"headers": token(built, "maintenance", Scope.ALERTS)}
    path = f"/api/v1/alerts/{1:016x}/"
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("acknowledge", {}), ("unacknowledge", {}), ("snooze", {}), ("unsnooze", {}),
        ("snooze", {"until": (START + timedelta(hours=5)).isoformat()}), ("assign", {"to": "operator"}),
        ("comment", {"text": "<b>"}), ("resolve", {"verdict": "fixed"}),
        ("order", {"what": "Close the valve", "due": "2026-03-04"}), ("take", {}),
        ("done", {"outcome": "closed"}),
    ]  # fmt: skip
    for name, body in deeds:
        done = browser.client.post(path + name, json=body, **bearer)
        assert done.status_code == 200, (name, done.text)
    with built.ledger.begin() as tx:
        said = [str(one.change) for one in tx.changes(fingerprint=f"{1:016x}")]
    assert said[-3:] == ["work_ordered", "work_taken", "work_done"]
    reader = {"headers": token(built, "operator", Scope.READ)}
    for name, body in deeds:
        assert browser.client.post(path + name, json=body, **reader).status_code == 403, name
        missing = browser.client.post(f"/api/v1/alerts/nothing/{name}", json=body, **bearer)
        assert missing.status_code == 404, name
        assert missing.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("snooze", {"until": "tomorrow"}, 422), ("snooze", {"until": "2040-01-01T00:00:00Z"}, 409),
        ("resolve", {"verdict": "whatever"}, 422), ("resolve", {"verdict": "false_alarm"}, 409),
        ("order", {"what": ""}, 422), ("order", {"what": "x", "due": "soon"}, 422), ("take", {}, 409),
        ("assign", {"to": "nobody-here"}, 409), ("comment", {"text": "x", "more": 1}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_why(
    built: Built, name: str, body: dict[str, Any], status: int
) -> None:
    bearer = {"headers": token(built, "maintenance", Scope.ALERTS)}
    answer = built.browser().client.post(f"/api/v1/alerts/{1:016x}/{name}", json=body, **bearer)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
