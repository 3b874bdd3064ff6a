"""Addresses outside the pages: links that act, and webhooks of maintenance systems.

GET /act/<token> asks, POST /act/<token> acts. POST /hooks/<name> takes a maintenance system's word.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from alerts.chart import CurveOf
from alerts.chart_svg import chart_svg
from alerts.charting import message_chart
from alerts.commands import HookMap, carry_out, hook_command, link_command
from alerts.figures import Letterhead
from alerts.glance import about, glance
from alerts.link_page import phrases
from alerts.links import Order, read_token
from alerts.signing import why_not_genuine
from domain.errors import LedgerError, RefusedError
from domain.ports import Clock, Ledger

log = structlog.get_logger()

MAX_BYTES = 256 * 1024
_STYLE = (
    '<meta name="viewport" content="width=device-width"><style>'
    "body{font:18px/1.5 sans-serif;margin:2rem;max-width:40rem}h1{font-size:1.2rem}"
    "button{font-size:1.2rem;padding:.8rem 1.6rem}</style>"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address is the permission
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Hook:
    """A maintenance system that tells us what became of its orders."""

    secret: str
    shape: HookMap


@dataclass(frozen=True, slots=True)
class Desk:
    """What the addresses need."""

    ledger: Ledger
    clock: Clock  # the plant's
    head: Letterhead
    link_secret: str = ""  # "" = no link acts
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    curve_of: CurveOf | None = None  # what the chart is drawn from
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)


def alert_routes(desk: Desk) -> list[Route]:
    """Return the routes."""

    async def act(request: Request) -> Response:
        token, is_deed = request.path_params["token"], request.method == "POST"
        return await run_in_threadpool(_act, desk, token, is_deed)

    async def hook(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _said(413, f"a message has at most {MAX_BYTES} bytes")
        return await run_in_threadpool(
            _hook, desk, request.path_params["name"], dict(request.headers.items()), body
        )

    return [
        Route("/act/{token}", act, methods=["GET", "POST"]),
        Route("/hooks/{name}", hook, methods=["POST"]),
    ]


async def _body(request: Request) -> bytes | None:
    """Return a request's body; None as soon as it is too large."""
    kept = b""
    async for piece in request.stream():
        kept += piece
        if len(kept) > MAX_BYTES:
            return None
    return kept


def _act(desk: Desk, token: str, is_deed: bool) -> Response:
    said = phrases(desk.head.language)
    try:
        order = read_token(desk.link_secret, token, desk.wall())
        if not is_deed:
            return _page(desk, _question(desk, order, token), 200)
        _carry_out(desk, order)
    except RefusedError as refused:
        return _page(desk, f"<p>{escape(str(refused))}</p>", 410)
    except LedgerError as away:
        log.warning("app.link_failed", error=str(away))
        return _page(desk, f"<p>{escape(said['away'])}</p>", 503)
    return _page(desk, f"<p>{escape(said['done'] % {'who': order.who})}</p>", 200)


def _carry_out(desk: Desk, order: Order) -> None:
    command = link_command(order)
    with desk.ledger.begin() as tx:
        carry_out(tx, command, desk.clock.now(), "link")
    log.info("app.link_followed", action=order.action, fingerprint=order.fingerprint, who=order.who)


def _question(desk: Desk, order: Order, token: str) -> str:
    said = phrases(desk.head.language)
    with desk.ledger.begin() as tx:
        found = [alert for alert in tx.alerts() if alert.fingerprint == order.fingerprint]
    if not found:
        raise RefusedError(f"there is no alert {order.fingerprint}")
    now = desk.clock.now()
    shown = glance(found[0], desk.head, now)
    chart = message_chart(about(found[0], now), desk.curve_of, desk.head)
    return (
        f"<h1>{escape(shown.title)}</h1><p>{escape(said[order.action + '?'])} ({escape(order.who)})</p>"
        f'<form method="post" action="/act/{escape(token, quote=True)}">'
        f"<button>{escape(said[order.action])}</button></form>{chart_svg(chart) if chart else ''}"
    )


def _page(desk: Desk, inside: str, status: int) -> Response:
    language = "vi" if desk.head.language.startswith("vi") else "en"
    head = f'<meta charset="utf-8"><title>{escape(desk.head.plant)}</title>{_STYLE}'
    text = f'<!doctype html><html lang="{language}"><head>{head}</head><body>{inside}</body></html>'
    return HTMLResponse(text, status, headers=_HEADERS)


def _hook(desk: Desk, name: str, headers: Mapping[str, str], body: bytes) -> Response:
    """Return the answer to a maintenance system."""
    hook = desk.hooks.get(name)
    if hook is None:
        return _said(404, "there is no hook of this name")
    refusal = _why_not_allowed(hook.secret, headers, body, desk.wall())
    if refusal is not None:
        log.warning("app.hook_refused", hook=name, why=refusal)
        return _said(401, refusal)
    try:
        return _said(200, _taken(desk, name, json.loads(body)))
    except (ValueError, RecursionError):
        return _said(400, "the body is not JSON")
    except RefusedError as refused:
        return _said(409, str(refused))
    except LedgerError:
        return _said(503, "try again later", {"Retry-After": "30"})


def _taken(desk: Desk, name: str, payload: object) -> str:
    """Return what was done; what changes nothing is taken, too: it need not come again."""
    command = hook_command(payload, desk.hooks[name].shape, name)
    if command is None:
        return "nothing to do"
    with desk.ledger.begin() as tx:
        carry_out(tx, command, desk.clock.now(), name)
    log.info("app.hook_taken", hook=name, action=command.action, fingerprint=command.fingerprint)
    return command.action


def _why_not_allowed(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Return why a request is not believed: neither signed as ours are, nor with the secret as its token."""
    given = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-hook-token", "")
    if given:
        is_right = hmac.compare_digest(given.encode(), secret.encode())
        return None if is_right else "the token is wrong"
    return why_not_genuine(secret, headers, body, now)


def _said(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"detail": detail}, status, headers={"Cache-Control": "no-store", **(headers or {})})
