"""From a request to an answer: who asks, may they, is the form ours, and what is said when it goes wrong."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.credential import new_secret
from domain.errors import RefusedError, WorldError
from domain.user import Caller, User, may
from web import csrf
from web.errors import LOST_FORM, Refusal, error_answer, own_refusal, world_refusal
from web.language import COOKIE as LANGUAGE_COOKIE
from web.language import choose
from web.page import ANYONE, Page
from web.shield import TooLargeError, bounded
from web.visit import Visit

if TYPE_CHECKING:
    from web.site import Site

SESSION_COOKIE, VISITOR_COOKIE = "wastenot_session", "wastenot_visitor"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
SAFE = ("GET", "HEAD")
MOST_FIELDS, MOST_FILES = 500, 5

Answer = Callable[[Request], Awaitable[Response]]


def answering(site: Site, page: Page) -> Answer:
    """Return the endpoint of a page; its right is enforced here, before the handler hears of anything."""

    async def answer(request: Request) -> Response:
        request = Request(request.scope, bounded(request.receive, page.most_bytes))
        visit = _stranger(site, request)
        try:
            visit = await run_in_threadpool(_recognise, visit, page)
            _check_right(visit, page)
            if page.method not in SAFE:
                visit = await _with_body(visit, page)
            response = await _handled(page, visit)
        except Exception as trouble:  # noqa: BLE001 - whatever happens, no one sees a stack trace
            response = await run_in_threadpool(refuse, visit, page, trouble)
        finally:
            await request.close()  # files that came with a form
        return _with_cookies(response, visit)

    answer.page = page  # type: ignore[attr-defined]
    return answer


async def _handled(page: Page, visit: Visit) -> Response:
    """Return what a handler answers: an async one at once, a plain one from a thread."""
    if inspect.iscoroutinefunction(page.handler):
        answer: Response = await page.handler(visit)
        return answer
    found = await run_in_threadpool(page.handler, visit)
    assert isinstance(found, Response)
    return found


def refuse(visit: Visit, page: Page, trouble: Exception) -> Response:
    """Return the answer to what went wrong."""
    is_get = visit.request.method in SAFE and not visit.is_fragment
    if isinstance(trouble, Refusal) and trouble.status == 401 and is_get and not page.is_api:
        return RedirectResponse(_login(visit), 303)
    return error_answer(visit, _refusal(visit, trouble), is_api=page.is_api)


def _login(visit: Visit) -> str:
    url = visit.request.url
    wanted = url.path + (f"?{url.query}" if url.query else "")
    return "/login" if wanted == "/" else f"/login?next={quote(wanted)}"


def _refusal(visit: Visit, trouble: Exception) -> Refusal:
    match trouble:
        case Refusal():
            return trouble
        case HTTPException():
            return Refusal(trouble.status_code)
        case TooLargeError():
            return Refusal(413)
        case WorldError():
            return world_refusal(visit, trouble)
        case RefusedError():
            return Refusal(409, visit.say(str(trouble)))
        case _:
            return own_refusal(visit, visit.request, trouble)


def _stranger(site: Site, request: Request) -> Visit:
    """Return a visit by nobody in particular."""
    language = _language(site, request, "")
    return Visit(site, request, None, language, request.cookies.get(VISITOR_COOKIE) or new_secret())


def _language(site: Site, request: Request, of_user: str) -> str:
    chosen = [of_user, request.cookies.get(LANGUAGE_COOKIE, "")]
    return choose(chosen, request.headers.get("accept-language", ""), site.language)


def _recognise(visit: Visit, page: Page) -> Visit:
    """Return the visit with who it is."""
    site, request = visit.site, visit.request
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if page.is_api and scheme.lower() == "bearer":
        program = site.accounts.program(text.strip())
        if program is None:
            raise Refusal(401, "the token is none of ours, is revoked, or its time is over")
        return replace(visit, caller=program, language=_language(site, request, program.user.language))
    session = request.cookies.get(SESSION_COOKIE, "")
    user = site.accounts.visitor(session) if session else None
    if user is not None:
        return _known(replace(visit, session=session, secret=session), user)
    if site.demo_user is not None and is_loopback(request):
        return _known(visit, site.demo_user)
    return visit


def _known(visit: Visit, user: User) -> Visit:
    return replace(visit, caller=Caller(user), language=_language(visit.site, visit.request, user.language))


def is_loopback(request: Request) -> bool:
    """Return whether somebody at this machine asks, by a name of this machine, with nobody in between."""
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    host = request.url.hostname or ""
    try:
        here = request.client is not None and ip_address(request.client.host).is_loopback
        return here and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        return False


def _check_right(visit: Visit, page: Page) -> None:
    if page.right is ANYONE:
        return
    assert not isinstance(page.right, type(ANYONE))
    if visit.caller is None:
        raise Refusal(401, "send a token: Authorization: Bearer wn_..." if page.is_api else "")
    ruling = may(visit.caller, page.right)
    if not ruling.allowed:
        raise Refusal(403, ruling.reason)


async def _with_body(visit: Visit, page: Page) -> Visit:
    """Return the visit with what was sent, once it is sure that a page of ours sent it."""
    request = visit.request
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > page.most_bytes:
        raise Refusal(413)
    form, body = visit.form, b""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() in FORMS:
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=page.most_bytes)
    else:
        body = await request.body()
    by_token = page.is_api and visit.caller is not None and visit.caller.scopes is not None
    if not by_token:
        given = request.headers.get(csrf.HEADER) or form.get(csrf.FIELD) or ""
        elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        if elsewhere or not isinstance(given, str) or not csrf.is_proof(given, visit.secret):
            raise Refusal(403, visit.say(LOST_FORM))
    return replace(visit, form=form, body=body)


def _with_cookies(response: Response, visit: Visit) -> Response:
    """Give a browser without a session what its forms are bound to."""
    is_page = response.headers.get("content-type", "").startswith("text/html")
    if is_page and not visit.session and VISITOR_COOKIE not in visit.request.cookies:
        set_cookie(response, visit.request, VISITOR_COOKIE, visit.secret)
    return response


def set_cookie(
    response: Response, request: Request, name: str, value: str, max_age_s: int | None = None
) -> None:
    """Set a cookie that no script reads, that no other site sends, and that TLS keeps to itself."""
    response.set_cookie(
        name, value, max_age=max_age_s, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
