"""The application: pages and endpoints as rows, made into one Starlette app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from threading import Event

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.user import User
from web.accounts import Accounts
from web.arrive import answering
from web.figures import FiguresOf
from web.page import ANYONE, NavEntry, Page
from web.render import Renderer
from web.shield import Shield
from web.static_files import STATIC
from web.visit import Visit


@dataclass(frozen=True, slots=True)
class Site:
    """What every page shares.

    Args:
        plant: its name, as people read it.
        language: of the plant, for who says nothing else.
        accounts: users, sessions, tokens.
        figures: how numbers are written in a language.
        loss: the plant's avoidable loss now [currency per hour]; None = it is not known.
        nav: the links at the top, in order.
        demo_user: who everybody at this machine is, without logging in; None outside a demonstration.
        stopping: set when the process is about to stop; streams end then.
        zone: of the plant.
    """

    plant: str
    language: str
    accounts: Accounts
    figures: FiguresOf
    loss: Callable[[], float | None]
    nav: tuple[NavEntry, ...] = ()
    demo_user: User | None = None
    stopping: Event = field(default_factory=Event)
    zone: tzinfo = UTC
    renderer: Renderer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "renderer", Renderer(self.nav))


def build(site: Site, pages: tuple[Page, ...]) -> Starlette:
    """Return the application. Two rows of one address and method are a mistake of ours."""
    rows = (*pages, STATIC)
    taken = [(page.path, page.method) for page in rows]
    assert len(set(taken)) == len(taken), sorted(row for row in taken if taken.count(row) > 1)
    middleware = [Middleware(Shield), Middleware(GZipMiddleware, minimum_size=1000)]
    return Starlette(
        routes=[Route(page.path, answering(site, page), methods=[page.method]) for page in rows],
        middleware=middleware,
        exception_handlers={HTTPException: _missing(site)},
    )


def _missing(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers for addresses and methods that no row has."""

    async def answer(request: Request, trouble: Exception) -> Response:
        assert isinstance(trouble, HTTPException)
        status = trouble.status_code

        def raise_again(_visit: Visit) -> Response:
            raise HTTPException(status)

        is_api = request.url.path.startswith("/api/")
        found = await answering(site, Page("", raise_again, ANYONE, is_api=is_api))(request)
        found.headers.update(trouble.headers or {})
        return found

    return answer
