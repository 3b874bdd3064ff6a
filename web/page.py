"""A page as a row: where it answers, how, and what right it takes. There is no other way to add one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

from starlette.responses import Response

from domain.user import Action

if TYPE_CHECKING:
    from web.visit import Visit

FORM_BYTES = 256 * 2**10

Handler = Callable[["Visit"], Response | Awaitable[Response]]
Method = Literal["GET", "POST", "PUT", "DELETE"]


class Anyone(Enum):
    """The right that everybody has, logged in or not. Written out, so that nobody has it by forgetting."""

    ANYONE = "anyone"


ANYONE = Anyone.ANYONE


@dataclass(frozen=True, slots=True)
class Page:
    """One address and method.

    A plain handler runs in a thread and may wait for store and ledger; an async one must not.
    """

    path: str
    handler: Handler
    right: Action | Anyone
    method: Method = "GET"
    most_bytes: int = FORM_BYTES  # of the body; more is refused unread
    is_api: bool = False  # answers errors as problem+json and takes tokens


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A link of the navigation, shown to whom it would let in."""

    label: str  # English; its translation is looked up
    path: str
    right: Action
