"""What goes wrong, as a page for people or as problem+json for programs. Never how it looks inside."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from domain.errors import WorldError
from web.language import N_
from web.visit import Visit

_log = structlog.get_logger(__name__)

TITLES = {
    400: N_("This request cannot be understood."),
    401: N_("Please log in."),
    403: N_("You may not do this."),
    404: N_("There is no such page."),
    405: N_("This page does not do that."),
    409: N_("Somebody else was faster."),
    413: N_("This is too large."),
    422: N_("Something in the form is not right."),
    429: N_("Too many attempts: please wait."),
    500: N_("Something went wrong here."),
    503: N_("The plant's data cannot be reached at the moment."),
}
LOST_FORM = N_(
    "This form is too old, or it did not come from here. Go back, load the page again and repeat it."
)
AWAY = N_("Nothing is lost: readings are kept and this page works again by itself.")
OURS = N_("It has been written into the log under the number %(number)s.")


class Refusal(Exception):  # noqa: N818 - what a handler raises to answer with an error that a person understands
    """An answer that is an error: a status, what is wrong and what is allowed, in the reader's language."""

    def __init__(self, status: int, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry_after_s = status, detail, retry_after_s


def problem(status: int, detail: str, **more: Any) -> Response:
    """Return an error for a program (RFC 9457)."""
    body = {"type": "about:blank", "title": TITLES.get(status, str(status)), "status": status, **more}
    if detail:
        body["detail"] = detail
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def error_answer(visit: Visit, refusal: Refusal, *, is_api: bool) -> Response:
    """Return an error for whoever asked."""
    status, detail = refusal.status, refusal.detail
    title = TITLES.get(status, TITLES[500])
    if is_api:
        answer = problem(status, detail)
    elif visit.is_fragment:  # htmx shows it as a passing note and swaps nothing
        answer = PlainTextResponse(f"{visit.say(title)} {detail}".strip(), status_code=status)
    else:
        answer = visit.page("error.html", status=status, title=visit.say(title), detail=detail)
    if status == 401 and is_api:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if refusal.retry_after_s is not None:
        answer.headers["Retry-After"] = str(max(1, round(refusal.retry_after_s)))
    return answer


def world_refusal(visit: Visit, away: WorldError) -> Refusal:
    """Return what is said when store or ledger are away."""
    _log.warning("web.page_refused", path=visit.request.url.path, why=str(away))
    return Refusal(503, visit.say(AWAY), retry_after_s=away.retry_after_s or 5.0)


def own_refusal(visit: Visit, request: Request, fault: Exception) -> Refusal:
    """Return what is said about a fault of ours; the log gets everything."""
    number = secrets.token_hex(4)
    _log.error("web.page_failed", path=request.url.path, number=number, exc_info=fault)
    return Refusal(500, visit.say(OURS) % {"number": number})
