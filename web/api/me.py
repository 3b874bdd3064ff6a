"""Who the caller is, and what it may do."""

from __future__ import annotations

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint


class Me(msgspec.Struct, frozen=True):
    """The user a call is made for."""

    name: str
    display_name: str
    language: str
    roles: list[str]
    scopes: list[str] | None  # null: a person at the pages, not a token
    may: list[str]


def me_endpoints() -> tuple[Endpoint, ...]:
    """Return the rows."""
    return (Endpoint("/me", _me, Action.SEE, "Who the caller is, and what it may do.", Me),)


def _me(call: Call) -> Me:
    caller, user = call.visit.caller, call.visit.user
    scopes = None if caller is None or caller.scopes is None else sorted(map(str, caller.scopes))
    allowed = [str(action) for action in Action if call.visit.may(action)]
    return Me(user.name, user.shown, call.visit.language, sorted(map(str, user.roles)), scopes, allowed)
