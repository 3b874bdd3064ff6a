"""The pages about oneself and about users: what changes, what is refused, what is shown once."""

from __future__ import annotations

import re

import pytest

from app.pages import account_lines
from domain.user import Role, Scope, name_trouble, password_trouble
from tests.web.site import PASSWORD, Built, a_ground, a_site
from web.pages.settings import settings_pages
from web.pages.users import user_pages
from web.roles import REFUSED, ROLES, SCOPES
from web.throttle import Throttle

NEW = "a whole new password"


@pytest.fixture
def built() -> Built:
    made = a_ground()
    trail = lambda limit: account_lines(made.ledger, limit)  # noqa: E731
    throttle = Throttle(5, 300, made.clock.seconds)
    return a_site((*settings_pages(throttle), *user_pages(trail, made.clock.now)), ground=made)


def test_ones_own_password_is_changed_and_other_sessions_end(built: Built) -> None:
    mine, other = built.browser(Role.OPERATOR), built.browser(Role.OPERATOR)
    data = {"present": PASSWORD, "new": NEW, "again": NEW}
    assert mine.post("/settings/password", data).headers["location"] == "/settings?saved=password"
    assert "other sessions have ended" in mine.get("/settings?saved=password").text
    assert other.get("/settings").status_code == 303
    assert built.browser().log_in("operator", NEW).status_code == 303


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"present": "wrong"}, 403, "The present password is wrong."),
        ({"again": "another password"}, 422, "not the same"),
        ({"new": "short", "again": "short"}, 422, "at least 10 characters"),
        ({"new": "", "again": ""}, 422, "at least 10 characters"),
        ({"new": "x" * 5000, "again": "x" * 5000}, 422, "at most 256"),
    ],
)
def test_a_password_that_will_not_do_is_refused(
    built: Built, data: dict[str, str], status: int, said: str
) -> None:
    browser = built.browser(Role.OPERATOR)
    answer = browser.post("/settings/password", {"present": PASSWORD, "new": NEW, "again": NEW} | data)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert built.browser().log_in("operator", PASSWORD).status_code == 303


def test_guessing_the_present_password_of_an_open_browser_has_an_end(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    data = {"present": "wrong", "new": NEW, "again": NEW}
    assert [browser.post("/settings/password", data).status_code for _ in range(6)] == [403] * 5 + [429]


def test_name_and_language_are_ones_own(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    assert browser.post("/settings", {"display_name": "<b>Lan</b>", "language": "vi"}).status_code == 303
    page = browser.get("/settings").text
    assert "&lt;b&gt;Lan&lt;/b&gt;" in page
    assert "Cài đặt của tôi" in page
    assert browser.post("/settings", {"language": "xx"}).status_code == 422


def test_an_administrator_adds_a_user_whose_password_is_shown_once(built: Built) -> None:
    admin = built.browser(Role.ADMIN)
    answer = admin.post("/users", {"name": "Minh", "display_name": "Minh", "role": "maintenance"})
    found = re.search(r'<code id="password">([^<]+)</code>', answer.text)
    assert found is not None
    assert built.browser().log_in("minh", found[1]).status_code == 303
    assert found[1] not in admin.get("/users/minh").text
    assert "logged in" in admin.get("/users").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "operator", "role": "operator"}, "a user of this name already"),
        ({"name": "a b", "role": "operator"}, "small letters"),
        ({"name": "lan"}, "needs a role"),
        ({"name": "lan", "role": "emperor"}, "needs a role"),
    ],
)
def test_a_user_that_cannot_be_is_refused(built: Built, data: dict[str, str], said: str) -> None:
    answer = built.browser(Role.ADMIN).post("/users", data)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_the_last_administrator_cannot_lock_everybody_out(built: Built) -> None:
    admin = built.browser(Role.ADMIN)
    assert admin.post("/users/admin/active", {"active": "0"}).status_code == 409
    assert admin.post("/users/admin/roles", {"role": "operator"}).status_code == 409
    assert admin.post("/users/operator/active", {"active": "0"}).status_code == 303
    assert built.browser().log_in("operator", PASSWORD).status_code == 401
    assert admin.post("/users/nobody/active", {"active": "0"}).status_code == 404
    assert admin.post("/users/nobody/password").status_code == 409


def test_a_token_is_shown_once_works_and_is_revoked(built: Built) -> None:
    admin = built.browser(Role.ADMIN)
    data = {"token_name": "report", "scope": "read", "lasts": "30"}
    found = re.search(r'<code id="token">(wn_[^<]+)</code>', admin.post("/users/operator/tokens", data).text)
    assert found is not None
    caller = built.accounts.program(found[1])
    assert caller is not None
    assert (caller.user.name, caller.scopes) == ("operator", {Scope.READ})
    (token,) = built.accounts.tokens("operator")
    assert admin.post(f"/tokens/{token.id}/revoke").headers["location"] == "/users/operator"
    assert built.accounts.program(found[1]) is None
    assert admin.post("/users/operator/tokens", data | {"scope": "x"}).status_code == 422
    assert admin.post("/users/operator/tokens", data | {"lasts": "7"}).status_code == 422
    assert admin.post("/tokens/nothing/revoke").status_code == 409


def test_only_administrators_see_users(built: Built) -> None:
    for role in (Role.OPERATOR, Role.MAINTENANCE, Role.ENERGY_MANAGER):
        browser = built.browser(role)
        assert browser.get("/users").status_code == 403
        assert browser.post("/users/operator/roles", {"role": "admin"}).status_code == 403


def test_every_refusal_of_names_and_passwords_is_among_the_translated_ones() -> None:
    said = [password_trouble(one, "longlong") for one in ("x", "x" * 300, "longlonglonglong", "a" * 12)]
    assert {name_trouble("A"), *said} <= set(REFUSED)
    assert (set(ROLES), set(SCOPES)) == (set(Role), set(Scope))
