"""Logging in and out, the choice of a language, and the first administrator."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from starlette.responses import Response

from domain.errors import RefusedError
from domain.user import LONGEST_PASSWORD, Action
from web.arrive import SESSION_COOKIE, VISITOR_COOKIE, set_cookie
from web.errors import Refusal
from web.language import COOKIE as LANGUAGE_COOKIE
from web.language import LANGUAGES, N_
from web.page import ANYONE, Page
from web.throttle import Throttle
from web.visit import Visit, local_path

YEAR_S = 365 * 86400
WRONG = N_("Name or password is wrong.")
WAIT = N_("There were too many attempts. Try again in %(duration)s.")
WRONG_CODE = N_("This is not the set-up code that was written into the log at the start.")

#: wrong passwords that are let pass: of one account from one address, of an address, of an account
PAIR, ADDRESS, ACCOUNT = (5, 300.0), (20, 300.0), (50, 900.0)


def login_pages(
    whole_s: int, set_up_code: str = "", seconds: Callable[[], float] = time.monotonic
) -> tuple[Page, ...]:
    """Return the rows.

    Args:
        whole_s: how long a session lasts at most [s].
        set_up_code: makes the first administrator; "" = there is one.
        seconds: a clock that only goes forward [s].
    """
    door = _Door(whole_s, seconds)
    rows = (
        Page("/login", _show, ANYONE),
        Page("/login", door.enter, ANYONE, "POST", most_bytes=16 * 2**10),
        Page("/logout", _leave, Action.CHANGE_OWN_SETTINGS, "POST"),
        Page("/language", _choose_language, ANYONE, "POST"),
    )
    if not set_up_code:
        return rows
    first = _First(set_up_code, Throttle(*ADDRESS, seconds))
    return (*rows, Page("/first", first.show, ANYONE), Page("/first", first.make, ANYONE, "POST"))


def _show(visit: Visit) -> Response:
    if visit.caller is not None and visit.session:
        return visit.go("/")
    return visit.page(
        "login.html", trouble="", name="", next=local_path(visit.request.query_params.get("next", "/"))
    )


class _Door:
    """Counts who guesses."""

    def __init__(self, whole_s: int, seconds: Callable[[], float]) -> None:
        self._whole_s = whole_s
        self._pair, self._address, self._account = (
            Throttle(*limits, seconds) for limits in (PAIR, ADDRESS, ACCOUNT)
        )

    def enter(self, visit: Visit) -> Response:
        """Log in, or say that it did not work; what was wrong stays untold."""
        name, address = visit.typed("name", 64).lower(), _address(visit)
        password = visit.form.get("password")
        keys = [(self._pair, f"{address} {name}"), (self._address, address), (self._account, name)]
        wait_s = max(throttle.wait_s(key) for throttle, key in keys)
        if wait_s > 0:
            return self._again(
                visit, name, visit.say(WAIT) % {"duration": visit.figures.duration(wait_s)}, wait_s
            )
        found = None
        if isinstance(password, str) and len(password) <= LONGEST_PASSWORD:
            found = visit.site.accounts.log_in(name, password, address)
        if found is None:
            for throttle, key in keys:
                throttle.failed(key)
            return self._again(visit, name, visit.say(WRONG))
        self._pair.forget(f"{address} {name}")
        response = visit.go(visit.typed("next", 2000))
        set_cookie(response, visit.request, SESSION_COOKIE, found[1], self._whole_s)
        response.delete_cookie(VISITOR_COOKIE)
        return response

    def _again(self, visit: Visit, name: str, trouble: str, wait_s: float = 0.0) -> Response:
        shown = visit.page(
            "login.html", status=429 if wait_s else 401, trouble=trouble, name=name,
            next=local_path(visit.typed("next", 2000)),
        )  # fmt: skip
        if wait_s:
            shown.headers["Retry-After"] = str(round(wait_s) + 1)
        return shown


def _address(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client is not None else ""


def _leave(visit: Visit) -> Response:
    if visit.session:
        visit.site.accounts.log_out(visit.session)
    response = visit.go("/login")
    response.delete_cookie(SESSION_COOKIE)
    return response


def _choose_language(visit: Visit) -> Response:
    """Remember a language: with the user, else with the browser."""
    language = visit.typed("language")
    if language not in LANGUAGES:
        raise Refusal(422, ", ".join(LANGUAGES))
    response = visit.go(visit.typed("back", 2000))
    set_cookie(response, visit.request, LANGUAGE_COOKIE, language, YEAR_S)
    if visit.session:
        user = visit.user
        visit.site.accounts.set_profile(
            user.name, display_name=user.display_name, language=language, by=user.name
        )
    return response


class _First:
    """Makes the first administrator, for whoever can read the log of this installation."""

    def __init__(self, code: str, throttle: Throttle) -> None:
        self._code, self._throttle = code, throttle

    def show(self, visit: Visit) -> Response:
        """Show the form while nobody is there."""
        if visit.site.accounts.users():
            return visit.go("/login")
        return visit.page("first.html", trouble="", name="")

    def make(self, visit: Visit) -> Response:
        """Make the account, or say what is wrong with it."""
        address, name, password = _address(visit), visit.typed("name", 64).lower(), visit.form.get("password")
        if wait_s := self._throttle.wait_s(address):
            raise Refusal(429, retry_after_s=wait_s)
        if not secrets.compare_digest(visit.typed("code").encode(), self._code.encode()):
            self._throttle.failed(address)
            return visit.page("first.html", status=403, trouble=visit.say(WRONG_CODE), name=name)
        try:
            visit.site.accounts.add_first(name, password if isinstance(password, str) and password else "-")
        except RefusedError as wrong:
            return visit.page("first.html", status=422, trouble=visit.say(str(wrong)), name=name)
        return visit.go("/login")
