"""One request as a page sees it: who asks, in which language, and what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain.user import Action, Caller, User, may
from web.csrf import proof
from web.figures import Figures
from web.language import words

if TYPE_CHECKING:
    from web.site import Site


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with everything a handler needs."""

    site: Site
    request: Request
    caller: Caller | None  # None: nobody has logged in
    language: str
    secret: str  # the cookie that forms are bound to: the session's, else the visitor's
    session: str = ""  # the session's cookie; "" = none
    form: FormData = field(default_factory=FormData)
    body: bytes = b""  # of an API call
    scratch: dict[str, Any] = field(default_factory=dict)  # what one answer draws more than once

    @property
    def user(self) -> User:
        """Return who asks; only on pages that take a right."""
        assert self.caller is not None
        return self.caller.user

    @property
    def figures(self) -> Figures:
        """Return how figures are written for the reader."""
        return self.site.figures(self.language)

    @property
    def is_fragment(self) -> bool:
        """Return whether htmx asks for a part of a page."""
        return (
            "hx-request" in self.request.headers and "hx-history-restore-request" not in self.request.headers
        )

    def may(self, action: Action) -> bool:
        """Return whether the caller may do it."""
        return self.caller is not None and may(self.caller, action).allowed

    def is_still_welcome(self) -> bool:
        """Return whether a stream that has been open for a while may go on."""
        if not self.session:
            return self.caller is not None and self.caller.user == self.site.demo_user
        return self.site.accounts.visitor(self.session) is not None

    def say(self, text: str) -> str:
        """Return a text in the reader's language."""
        return words(self.language).gettext(text)

    def typed(self, name: str, longest: int = 200) -> str:
        """Return what was typed into a field, without blanks around it; "" where there is none."""
        value = self.form.get(name)
        return value.strip()[:longest] if isinstance(value, str) else ""

    def draw(self, template: str, facts: Mapping[str, Any]) -> str:
        """Return a template with facts as HTML: a fragment of a page, or one for a stream."""
        return self.site.renderer.draw(self, template, facts)

    def page(self, template: str, *, status: int = 200, **facts: Any) -> Response:
        """Return a template with facts as an answer."""
        return HTMLResponse(self.draw(template, facts), status_code=status)

    def go(self, path: str) -> Response:
        """Return the way to another page, after something was done."""
        return RedirectResponse(local_path(path), status_code=303)

    def proof(self) -> str:
        """Return what a form carries to prove that we made it."""
        return proof(self.secret)


def local_path(path: str) -> str:
    """Return a path of ours, whatever somebody wrote into a link; "/" where it leads elsewhere.

    >>> local_path("/trends?meter=a"), local_path("//evil.example/"), local_path("https://evil.example")
    ('/trends?meter=a', '/', '/')
    >>> local_path("/\\\\evil.example"), local_path("/a\\r\\nSet-Cookie: b"), local_path("")
    ('/', '/', '/')
    """
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
