"""Whatever is asked of any row of the site, by whoever: never a stack trace, never a 500."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from app.pages import Ground, all_pages
from domain.user import RIGHTS, Role
from tests.web.site import Browser, Built, a_site
from web.page import Page

HOSTILE = (
    "nothing",
    "<img src=x onerror=alert(1)>",
    "..%2f..%2fetc",
    "=cmd()",
    "A" * 300,
    "đường\r\nX: y",
    "-1",
    "%00",
)
#: parameters that some page reads, with what nobody should send
QUERIES = (
    "from=2026-11-30&to=2026-11-01", "from=0001-01-01&to=9999-12-31", "from=NaN&to=soon", "from=%00&to=%ff",
    "process=%3Cimg%3E&resource=1", "process=dye_line_1&resource=nothing", "pixels=-1", "pixels=NaN",
    "pixels=999999999999999999999", "limit=0", "limit=1e400", "after=%3Cb%3E", "episode=99999999999999",
    "start=9999-12-31T23:59:59Z&end=0001-01-01T00:00:00Z", "compare=x&shift=x&product=x&by=x",
    "unit=x&state=x&sort=x",
    "all=maybe", "kiosk=%00", "language=xx",
)  # fmt: skip
BODIES: tuple[Any, ...] = (
    b"",
    b"{",
    b"[]",
    b'{"why": 1}',
    b'{"until": "9999-99-99"}',
    b"\xff\xfe",
    b'{"a":' * 5000,
)
FORMS = (
    {},
    {"why": "x" * 5000, "hours": "NaN", "verdict": "x", "due": "9999-12-31", "to": "<b>", "back": "//evil"},
)


@pytest.fixture(scope="module")
def pages(real_ground: Ground) -> tuple[Page, ...]:
    return all_pages(real_ground)[1]


@pytest.fixture(scope="module")
def built(real_ground: Ground, pages: tuple[Page, ...]) -> Built:
    del real_ground
    return a_site(pages)


def addresses(page: Page) -> list[str]:
    """Return a row's addresses with hostile names in the places of names."""
    if "{" not in page.path:
        return [page.path]
    names = [quote(name, safe="%") for name in HOSTILE]
    return [re.sub(r"{\w+}", name, page.path) for name in names]


def is_live(page: Page) -> bool:
    """A stream does not end by itself; what it draws is asked of its page."""
    return "live" in page.path.split("/")


def check(answer: Any, page: Page) -> None:
    where = f"{page.method} {answer.request.url}"
    assert answer.status_code < 500 or answer.status_code == 503, (where, answer.text[:400])
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    for sign in ("Traceback", 'File "', *(["<img src=x"] if is_html else [])):
        assert sign not in answer.text, where
    if page.is_api and answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", where
        assert answer.json()["title"], where


def test_names_and_ranges_that_nobody_should_send(built: Built, pages: tuple[Page, ...]) -> None:
    browser = built.browser(Role.ADMIN)
    asked = 0
    for page in pages:
        if page.method != "GET" or is_live(page):
            continue
        for address in addresses(page):
            check(browser.get(address), page)
            asked += 1
        for query in QUERIES:
            check(browser.get(f"{addresses(page)[0]}?{query}"), page)
            asked += 1
    assert asked > 500


def test_forms_and_bodies_that_nobody_should_send(built: Built, pages: tuple[Page, ...]) -> None:
    browser = built.browser(Role.ADMIN)
    proof = browser.proof("/settings")
    for page in pages:
        if page.method == "GET" or page.path.startswith(("/logout", "/users")):
            continue
        address = addresses(page)[0]
        if page.is_api:
            for body in BODIES:
                check(send(browser, page, address, proof, content=body), page)
        else:
            for form in FORMS:
                check(send(browser, page, address, proof, data={"csrf": proof, **form}), page)
            check(send(browser, page, address, proof, content=b"x" * 100), page)
        large = send(browser, page, address, proof, content=bytes(20 * 10**6))
        assert large.status_code == 413, page.path


def send(browser: Browser, page: Page, address: str, proof: str, **body: Any) -> Any:
    return browser.client.request(page.method, address, headers={"X-CSRF-Token": proof}, **body)


def test_who_has_not_the_right_is_refused_by_the_server(built: Built, pages: tuple[Page, ...]) -> None:
    operator, stranger = built.browser(Role.OPERATOR), built.browser()
    proof = operator.proof("/settings")
    refused = 0
    for page in pages:
        if is_live(page) or not hasattr(page.right, "value") or page.right.value == "anyone":
            continue
        address = addresses(page)[0]
        answer = send(stranger, page, address, stranger.proof())
        assert answer.status_code in {303, 401}, (page.path, answer.status_code)
        if page.right not in RIGHTS[Role.OPERATOR]:
            answer = send(operator, page, address, proof)
            assert answer.status_code == 403, (page.path, answer.status_code)
            refused += 1
    assert refused > 10
