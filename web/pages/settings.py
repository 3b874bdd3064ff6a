"""A person's own settings: how others read the name, the language, the password."""

from __future__ import annotations

from starlette.responses import Response

from domain.errors import RefusedError
from domain.user import LONGEST_PASSWORD, Action
from web.language import LANGUAGES, N_
from web.page import Page
from web.throttle import Throttle
from web.visit import Visit

SAVED = N_("Saved.")
CHANGED = N_("The password is changed; other sessions have ended.")
WRONG = N_("The present password is wrong.")
DIFFERENT = N_("The two new passwords are not the same.")
WAIT = N_("There were too many attempts. Try again in %(duration)s.")
#: wrong present passwords that are let pass within a time [s]
MOST, WITHIN_S = 5, 300.0


def settings_pages(throttle: Throttle) -> tuple[Page, ...]:
    """Return the rows.

    Args:
        throttle: counts wrong passwords, by user.
    """

    def show(visit: Visit) -> Response:
        return _shown(visit)

    def save(visit: Visit) -> Response:
        user, language = visit.user, visit.typed("language")
        if language not in LANGUAGES and language:
            return _shown(visit, trouble=", ".join(LANGUAGES), status=422)
        visit.site.accounts.set_profile(
            user.name, display_name=visit.typed("display_name", 80), language=language, by=user.name
        )
        return visit.go("/settings?saved=1")

    def change(visit: Visit) -> Response:
        user, accounts = visit.user, visit.site.accounts
        if wait_s := throttle.wait_s(user.name):
            told = visit.say(WAIT) % {"duration": visit.figures.duration(wait_s)}
            return _shown(visit, trouble=told, status=429)
        present, new, again = (_secret(visit, name) for name in ("present", "new", "again"))
        if not accounts.is_password(user.name, present):
            throttle.failed(user.name)
            return _shown(visit, trouble=visit.say(WRONG), status=403)
        if new != again:
            return _shown(visit, trouble=visit.say(DIFFERENT), status=422)
        try:
            accounts.set_password(user.name, new, by=user.name, keep_session=visit.session)
        except RefusedError as wrong:
            return _shown(visit, trouble=visit.say(str(wrong)), status=422)
        throttle.forget(user.name)
        return visit.go("/settings?saved=password")

    own = Action.CHANGE_OWN_SETTINGS
    return (
        Page("/settings", show, own),
        Page("/settings", save, own, "POST"),
        Page("/settings/password", change, own, "POST", most_bytes=16 * 2**10),
    )


def _secret(visit: Visit, name: str) -> str:
    value = visit.form.get(name)
    return value[: LONGEST_PASSWORD + 1] if isinstance(value, str) else ""


def _shown(visit: Visit, *, trouble: str = "", status: int = 200) -> Response:
    saved = {"1": SAVED, "password": CHANGED}.get(visit.request.query_params.get("saved", ""), "")
    return visit.page(
        "settings.html", status=status, trouble=trouble, saved=visit.say(saved) if saved else ""
    )
