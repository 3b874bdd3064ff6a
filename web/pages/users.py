"""Users and tokens, for administrators."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from domain.errors import RefusedError
from domain.user import LONGEST_PASSWORD, Action, Role, Scope
from web.errors import Refusal
from web.language import N_
from web.page import NavEntry, Page
from web.roles import DEEDS, SCOPES
from web.visit import Visit

NAV = NavEntry(N_("Users"), "/users", Action.MANAGE_USERS)
#: how long a token lasts, in days; "" = for ever
LASTS = {"30": 30, "90": 90, "365": 365, "": None}
#: the latest lines of the audit trail about users
SHOWN_LINES = 50
Trail = Callable[[int], Sequence[dict[str, Any]]]


def user_pages(trail: Trail, now: Callable[[], datetime]) -> tuple[Page, ...]:
    """Return the rows.

    Args:
        trail: the latest lines of the audit trail about users.
        now: the wall clock: which tokens are over.
    """
    pages = _Users(trail, now)
    right = Action.MANAGE_USERS
    return (
        Page("/users", pages.show, right),
        Page("/users", pages.add, right, "POST", most_bytes=16 * 2**10),
        Page("/users/{name}", pages.one, right),
        Page("/users/{name}/roles", pages.roles, right, "POST"),
        Page("/users/{name}/active", pages.active, right, "POST"),
        Page("/users/{name}/password", pages.password, right, "POST"),
        Page("/users/{name}/tokens", pages.issue, right, "POST"),
        Page("/tokens/{token}/revoke", pages.revoke, right, "POST"),
    )


class _Users:
    """The handlers."""

    def __init__(self, trail: Trail, now: Callable[[], datetime]) -> None:
        self._trail, self._now = trail, now

    def show(self, visit: Visit) -> Response:
        """Everybody, and a form for one more."""
        return self._all(visit)

    def add(self, visit: Visit) -> Response:
        """Add a user with a password that is shown this once."""
        name, password = visit.typed("name", 64).lower(), _new_password()
        try:
            visit.site.accounts.add(
                name,
                password,
                _roles(visit),
                by=visit.user.name,
                display_name=visit.typed("display_name", 80),
            )
        except RefusedError as wrong:
            return self._all(visit, trouble=visit.say(str(wrong)), status=422)
        return self._one(visit, name, password=password)

    def one(self, visit: Visit) -> Response:
        """One user with tokens."""
        return self._one(visit, visit.request.path_params["name"])

    def roles(self, visit: Visit) -> Response:
        """Replace the roles."""
        name = visit.request.path_params["name"]
        return self._try(
            visit, name, lambda: visit.site.accounts.set_roles(name, _roles(visit), by=visit.user.name)
        )

    def active(self, visit: Visit) -> Response:
        """Disable or enable."""
        name, active = visit.request.path_params["name"], visit.typed("active") == "1"
        return self._try(
            visit, name, lambda: visit.site.accounts.set_active(name, active=active, by=visit.user.name)
        )

    def password(self, visit: Visit) -> Response:
        """Give a new password, which is shown this once; the user's sessions end."""
        name, password = visit.request.path_params["name"], _new_password()
        keep = visit.session if name == visit.user.name else ""
        visit.site.accounts.set_password(name, password, by=visit.user.name, keep_session=keep)
        return self._one(visit, name, password=password)

    def issue(self, visit: Visit) -> Response:
        """Make a token, which is shown this once."""
        name, lasts = visit.request.path_params["name"], visit.typed("lasts")
        scopes = {Scope(one) for one in visit.form.getlist("scope") if one in set(Scope)}
        if lasts not in LASTS:
            raise Refusal(422, ", ".join(LASTS))
        days = LASTS[lasts]
        try:
            _, text = visit.site.accounts.issue_token(
                name, visit.typed("token_name", 80), scopes, None if days is None else timedelta(days=days),
                by=visit.user.name,
            )  # fmt: skip
        except RefusedError as wrong:
            return self._one(visit, name, trouble=visit.say(str(wrong)), status=422)
        return self._one(visit, name, token=text)

    def revoke(self, visit: Visit) -> Response:
        """End a token."""
        token = visit.site.accounts.revoke_token(visit.request.path_params["token"], by=visit.user.name)
        return visit.go(f"/users/{token.user}")

    def _try(self, visit: Visit, name: str, change: Callable[[], None]) -> Response:
        try:
            change()
        except RefusedError as wrong:
            return self._one(visit, name, trouble=visit.say(str(wrong)), status=409)
        return visit.go(f"/users/{name}")

    def _all(self, visit: Visit, *, trouble: str = "", status: int = 200) -> Response:
        return visit.page(
            "users.html", status=status, trouble=trouble, users=visit.site.accounts.users(),
            roles=list(Role), lines=self._trail(SHOWN_LINES), deeds=DEEDS,
        )  # fmt: skip

    def _one(
        self,
        visit: Visit,
        name: str,
        *,
        password: str = "",
        token: str = "",
        trouble: str = "",
        status: int = 200,
    ) -> Response:
        user = visit.site.accounts.user(name)
        if user is None:
            raise Refusal(404)
        return visit.page(
            "user.html", status=status, trouble=trouble, user=user, password=password, token=token,
            roles=list(Role), tokens=visit.site.accounts.tokens(name), now=self._now(), scope_words=SCOPES,
            lasts=LASTS,
        )  # fmt: skip


def _roles(visit: Visit) -> set[Role]:
    return {Role(one) for one in visit.form.getlist("role") if one in set(Role)}


def _new_password() -> str:
    """Return a password for somebody to begin with, easy to read out."""
    made = "-".join(secrets.token_hex(2) for _ in range(4))
    assert len(made) <= LONGEST_PASSWORD
    return made
