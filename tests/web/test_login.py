"""Logging in and out: who gets in, who does not, what a guesser learns, and when a session is over."""

from __future__ import annotations

import pytest

from domain.user import Action, Role
from tests.web.site import PASSWORD, Built, a_demo_user, a_site
from web.page import Page
from web.visit import Visit

SECRET = Page(
    "/secret", lambda visit: visit.page("error.html", title=visit.user.shown, detail=""), Action.SEE
)


@pytest.fixture
def built() -> Built:
    return a_site((SECRET,))


def test_a_stranger_is_sent_to_the_login_and_from_there_where_they_wanted_to_go(built: Built) -> None:
    browser = built.browser()
    away = browser.get("/secret?meter=a&b=ü")
    assert away.status_code == 303
    assert away.headers["location"] == "/login?next=/secret%3Fmeter%3Da%26b%3D%25C3%25BC"
    shown = browser.get(away.headers["location"])
    assert 'value="/secret?meter=a&amp;b=%C3%BC"' in shown.text
    back = browser.log_in("operator", PASSWORD, next="/secret?meter=a&b=%C3%BC")
    assert (back.status_code, back.headers["location"]) == (303, "/secret?meter=a&b=%C3%BC")
    assert browser.get("/secret").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_a_login_never_leads_to_another_site(built: Built, elsewhere: str) -> None:
    assert built.browser().log_in("operator", PASSWORD, next=elsewhere).headers["location"] == "/"


def test_wrong_name_and_wrong_password_get_the_same_answer(built: Built) -> None:
    browser = built.browser()
    one, other = browser.log_in("operator", "wrong"), browser.log_in("nobody", "wrong")
    assert one.status_code == other.status_code == 401
    assert "Name or password is wrong." in one.text
    assert (
        one.text.replace("operator", "").split("<main")[1].split("csrf")[0]
        == other.text.replace("nobody", "").split("<main")[1].split("csrf")[0]
    )
    assert "wastenot_session" not in browser.client.cookies


@pytest.mark.parametrize("name", ["", "x" * 5000, "a\x00b", "' OR 1=1 --", "Operator\n"])
@pytest.mark.parametrize("password", ["", "p" * 5000])
def test_hostile_names_and_passwords_are_only_wrong(built: Built, name: str, password: str) -> None:
    assert built.browser().log_in(name, password).status_code == 401


def test_the_same_letters_typed_in_another_way_are_the_same_password(built: Built) -> None:
    import unicodedata

    assert built.browser().log_in("operator", unicodedata.normalize("NFD", PASSWORD)).status_code == 303


def test_after_five_wrong_passwords_one_has_to_wait_even_with_the_right_one(built: Built) -> None:
    browser = built.browser()
    for _ in range(5):
        assert browser.log_in("operator", "wrong").status_code == 401
    stopped = browser.log_in("operator", PASSWORD)
    assert stopped.status_code == 429
    assert 200 < int(stopped.headers["retry-after"]) <= 301
    assert "Try again in 5 min" in stopped.text
    assert browser.log_in("admin", PASSWORD).status_code == 303, "others may go on"
    built.clock.pass_(seconds=301)
    assert built.browser().log_in("operator", PASSWORD).status_code == 303


def test_an_address_that_guesses_names_has_to_wait_for_all_of_them(built: Built) -> None:
    browser = built.browser()
    for number in range(20):
        assert browser.log_in(f"name{number}", "wrong").status_code == 401
    assert browser.log_in("operator", PASSWORD).status_code == 429


def test_a_session_ends_when_idle_and_after_its_whole_time(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    built.clock.pass_(hours=11)
    assert browser.get("/secret").status_code == 200
    built.clock.pass_(hours=11)
    assert browser.get("/secret").status_code == 200, "it was in use"
    built.clock.pass_(hours=13)
    assert browser.get("/secret").status_code == 303
    browser = built.browser(Role.OPERATOR)
    for _ in range(7 * 24 // 6):
        built.clock.pass_(hours=6)
        last = browser.get("/secret").status_code
    assert last == 303


def test_logging_out_ends_the_session_on_the_server(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    cookie = browser.client.cookies["wastenot_session"]
    assert browser.post("/logout").headers["location"] == "/login"
    again = built.browser()
    again.client.cookies.set("wastenot_session", cookie)
    assert again.get("/secret").status_code == 303


def test_a_disabled_user_is_out_at_once_and_a_new_password_ends_old_sessions(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    built.accounts.set_active("operator", active=False, by="test")
    assert browser.get("/secret").status_code == 303
    assert built.browser().log_in("operator", PASSWORD).status_code == 401
    built.accounts.set_active("operator", active=True, by="test")
    browser = built.browser(Role.OPERATOR)
    built.accounts.set_password("operator", "a whole new password", by="test")
    assert browser.get("/secret").status_code == 303


def test_cookies_are_out_of_reach_for_scripts_and_other_sites_and_secure_behind_tls(built: Built) -> None:
    plain = built.browser().log_in("operator", PASSWORD).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    assert "Secure" not in plain
    tls = built.browser(base_url="https://testserver").log_in("operator", PASSWORD).headers["set-cookie"]
    assert "Secure" in tls


def test_only_digests_of_cookies_and_passwords_are_kept(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    cookie = browser.client.cookies["wastenot_session"]
    with built.ledger.begin() as tx:
        (session,) = tx.sessions("operator")
        user = tx.user("operator")
    assert cookie not in repr(session)
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")


def test_a_language_is_remembered_with_the_user(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    assert browser.post("/language", {"language": "vi", "back": "/secret"}).headers["location"] == "/secret"
    assert 'lang="vi"' in browser.get("/secret").text
    assert 'lang="vi"' in built.browser(Role.OPERATOR).get("/secret").text
    assert browser.post("/language", {"language": "xx"}).status_code == 422


def test_a_stranger_reads_the_language_of_the_browser_the_cookie_and_the_plant(built: Built) -> None:
    assert 'lang="vi"' in built.browser(language="de").get("/login").text
    assert 'lang="en"' in built.browser(language="de,en;q=0.5").get("/login").text
    browser = built.browser(language="en")
    browser.post("/language", {"language": "vi", "back": "/login"})
    assert "Đăng nhập" in browser.get("/login").text


def test_every_login_is_in_the_audit_trail(built: Built) -> None:
    built.browser(Role.OPERATOR)
    with built.ledger.begin() as tx:
        latest = tx.audit_trail("user/operator", 1)[0]
    assert (latest["what"], latest["who"], latest["details"]) == (
        "user.logged_in", "operator", {"address": "testclient"},
    )  # fmt: skip


def test_the_first_administrator_is_made_with_the_code_of_the_log_and_only_once() -> None:
    built = a_site(set_up_code="k0d3-xyz", people=False)
    browser = built.browser()
    assert "Set-up code" in browser.get("/first").text
    data = {"code": "wrong", "name": "lan", "password": PASSWORD}
    assert browser.post("/first", data).status_code == 403
    short = browser.post("/first", data | {"code": "k0d3-xyz", "password": "short"})
    assert short.status_code == 422
    assert built.accounts.users() == []
    assert browser.post("/first", data | {"code": "k0d3-xyz"}).headers["location"] == "/login"
    assert built.accounts.users()[0].roles == {Role.ADMIN}
    assert browser.get("/first").headers["location"] == "/login"
    late = browser.post("/first", data | {"code": "k0d3-xyz", "name": "eve"})
    assert late.status_code == 422
    assert [user.name for user in built.accounts.users()] == ["lan"]


def test_guessing_the_set_up_code_has_an_end() -> None:
    built = a_site(set_up_code="k0d3-xyz", people=False)
    browser = built.browser()
    data = {"code": "wrong", "name": "lan", "password": PASSWORD}
    codes = [browser.post("/first", data).status_code for _ in range(21)]
    assert codes == [403] * 20 + [429]


def demo(visit: Visit) -> object:
    return visit.page("error.html", title=visit.user.name, detail="")


@pytest.mark.parametrize(
    ("address", "host", "headers", "inside"),
    [
        ("127.0.0.1", "localhost:8080", {}, True),
        ("::1", "[::1]:8080", {}, True),
        ("10.0.0.7", "localhost:8080", {}, False),
        ("127.0.0.1", "rebound.example", {}, False),
        ("127.0.0.1", "localhost", {"x-forwarded-for": "10.0.0.7"}, False),
        ("127.0.0.1", "localhost", {"forwarded": "for=10.0.0.7"}, False),
    ],
)
def test_a_demonstration_lets_in_this_machine_alone(
    address: str, host: str, headers: dict[str, str], inside: bool
) -> None:
    built = a_site((SECRET,), demo_user=a_demo_user(""))
    browser = built.browser(client=(address, 5000), base_url=f"http://{host}")
    assert (browser.get("/secret", headers=headers).status_code == 200) is inside
