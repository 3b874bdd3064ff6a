"""Every row has its right, and it is enforced; forms come from us; nothing shows its inside."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.pages import Ground, all_pages
from domain.errors import LedgerError, RefusedError, StoreError
from domain.user import RIGHTS, Action, Role
from tests.web.site import Built, a_site
from web.errors import Refusal
from web.page import ANYONE, Anyone, NavEntry, Page
from web.visit import Visit

#: what may be asked by whoever comes along; every other row takes a right
OPEN = {
    ("/login", "GET"), ("/login", "POST"), ("/language", "POST"), ("/first", "GET"), ("/first", "POST"),
    ("/static/{digest}/{name:path}", "GET"),
}  # fmt: skip


def plain(_visit: Visit) -> Response:
    return PlainTextResponse("done")


def raising(trouble: Exception) -> Any:
    def handler(_visit: Visit) -> Response:
        raise trouble

    return handler


PAGES = (
    *(Page(f"/{action}", plain, action, "POST") for action in Action),
    Page("/see", plain, Action.SEE),
    Page("/small", plain, Action.SEE, "POST", most_bytes=1000),
    Page("/bug", raising(ZeroDivisionError("our secret inside")), Action.SEE),
    Page("/away", raising(StoreError("connection refused by db.internal")), Action.SEE),
    Page("/late", raising(LedgerError("gone", retry_after_s=7)), Action.SEE),
    Page("/refused", raising(RefusedError("this is taken")), Action.SEE),
    Page("/wrong", raising(Refusal(422, "<b>from</b> is after to")), Action.SEE),
    Page("/api/v1/bug", raising(ZeroDivisionError("our secret inside")), Action.SEE, is_api=True),
    Page("/api/v1/do", plain, Action.ACKNOWLEDGE, "POST", is_api=True),
    Page("/api/v1/see", plain, Action.SEE, is_api=True),
)


@pytest.fixture(scope="module")
def built() -> Built:
    nav = (NavEntry("Now", "/", Action.SEE), NavEntry("Log in", "/users", Action.MANAGE_USERS))
    return a_site(PAGES, nav=nav)


def test_every_route_of_the_product_declares_its_right(real_ground: Ground) -> None:
    built = a_site(all_pages(real_ground)[1], set_up_code="x")
    rows = {}
    for route in built.app.routes:
        assert isinstance(route, Route), route
        page = route.endpoint.page
        assert isinstance(page.right, Action | Anyone), route.path
        rows[route.path, page.method] = page.right
    assert {row for row, right in rows.items() if right is ANYONE} == OPEN
    assert len(rows) > len(OPEN) + 4


def test_what_nobody_may_is_refused_to_a_stranger_on_every_route(real_ground: Ground) -> None:
    built = a_site(all_pages(real_ground)[1])
    stranger = built.browser()
    for page in all_pages(real_ground)[1]:
        if page.right is not ANYONE:
            path = page.path.replace("{fingerprint}", "abc")
            answer = stranger.client.request(page.method, path)
            assert answer.status_code in {303, 401}, (page.method, path)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says_and_no_more(built: Built, role: Role) -> None:
    browser = built.browser(role)
    for action in Action:
        status = browser.post(f"/{action}").status_code
        assert status == (200 if action in RIGHTS[role] else 403), action


def test_the_navigation_shows_what_one_may_see(built: Built) -> None:
    assert 'href="/users"' in built.browser(Role.ADMIN).get("/bug").text
    assert 'href="/users"' not in built.browser(Role.OPERATOR).get("/bug").text


def test_a_form_without_our_proof_or_with_anothers_is_refused(built: Built) -> None:
    browser, other = built.browser(Role.ADMIN), built.browser(Role.ADMIN)
    for data in ({}, {"csrf": "x"}, {"csrf": "a.b"}, {"csrf": other.proof("/bug")}):
        answer = browser.client.post("/acknowledge", data=data)
        assert answer.status_code == 403
        assert "load the page again" in answer.text
    mine = browser.proof("/bug")
    assert browser.client.post("/acknowledge", data={"csrf": mine}).status_code == 200
    assert browser.client.post("/acknowledge", headers={"X-CSRF-Token": mine}).status_code == 200
    elsewhere = {"X-CSRF-Token": mine, "Sec-Fetch-Site": "cross-site"}
    assert browser.client.post("/acknowledge", headers=elsewhere).status_code == 403


def test_the_api_takes_the_browsers_session_for_changes_only_with_proof(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    assert browser.get("/api/v1/see").status_code == 200
    assert browser.client.post("/api/v1/do").status_code == 403
    assert (
        browser.client.post("/api/v1/do", headers={"X-CSRF-Token": browser.proof("/bug")}).status_code == 200
    )


def test_a_fault_of_ours_is_a_page_with_a_number_and_never_how_it_looks_inside(built: Built) -> None:
    answer = built.browser(Role.OPERATOR).get("/bug")
    assert answer.status_code == 500
    assert "under the number" in answer.text
    for inside in ("our secret", "Traceback", "ZeroDivision"):
        assert inside not in answer.text
    program = built.browser(Role.OPERATOR).get("/api/v1/bug")
    assert (program.status_code, program.headers["content-type"]) == (500, "application/problem+json")
    assert "our secret" not in program.text


def test_a_store_that_is_away_is_503_with_when_to_come_again(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    answer = browser.get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "db.internal" not in answer.text
    assert browser.get("/late").headers["retry-after"] == "7"


def test_what_is_refused_is_said_escaped_and_to_htmx_as_plain_text(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    assert "this is taken" in browser.get("/refused").text
    page = browser.get("/wrong")
    assert page.status_code == 422
    assert "&lt;b&gt;from&lt;/b&gt; is after to" in page.text
    fragment = browser.get("/wrong", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["content-type"]) == (422, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing", 404), ("/%00", 404), ("/static/0/site.css", 404), ("/" + "x" * 5000, 404)],
)
def test_an_address_that_there_is_not_is_a_page_too(built: Built, path: str, status: int) -> None:
    answer = built.browser(Role.OPERATOR).get(path)
    assert answer.status_code == status
    assert "There is no such page." in answer.text
    assert built.browser().client.put("/see").status_code == 405


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    headers = {"X-CSRF-Token": browser.proof("/bug")}
    assert browser.client.post("/small", content=b"x" * 1001, headers=headers).status_code == 413

    def pieces() -> Any:
        for _ in range(50):
            yield b"x" * 100

    assert browser.client.post("/small", content=pieces(), headers=headers).status_code == 413
    many = {f"field{number}": "x" for number in range(600)} | {"csrf": headers["X-CSRF-Token"]}
    assert browser.client.post("/see", data=many).status_code in {400, 405, 413}


@pytest.mark.parametrize("path", ["/login", "/nothing", "/bug", "/see"])
def test_every_answer_carries_the_headers_that_protect_its_reader(built: Built, path: str) -> None:
    headers = built.browser(Role.OPERATOR).get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(built: Built) -> None:
    from web.static_files import static_files

    browser = built.browser()
    for file in static_files().values():
        answer = browser.get(file.address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == file.content


def test_two_rows_of_one_address_are_a_mistake() -> None:
    with pytest.raises(AssertionError):
        a_site((Page("/see", plain, Action.SEE), Page("/see", plain, Action.SEE)))


def test_an_async_handler_is_awaited() -> None:
    async def handler(_visit: Visit) -> Response:
        await asyncio.sleep(0)
        return PlainTextResponse("waited")

    assert a_site((Page("/slow", handler, Action.SEE),)).browser(Role.OPERATOR).get("/slow").text == "waited"


def test_the_loss_at_the_top_is_said_in_the_readers_words_or_not_known(built: Built) -> None:
    assert "₫97,800/h" in built.browser(Role.OPERATOR).get("/bug").text
    unknown = a_site(PAGES, loss=lambda: None).browser(Role.OPERATOR).get("/bug").text
    assert "not known" in unknown
    assert 'class="loss"' in unknown
