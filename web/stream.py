"""Live pages: server-sent events that end when the reader leaves, logs out, or the process stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from threading import Event

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from domain.errors import WorldError
from web.visit import Visit

_log = structlog.get_logger(__name__)

#: a stream looks this often whether it should end [s]
GLANCE_S = 0.25
#: something is sent at least this often: proxies close what is silent [s]
ALIVE_S = 15.0
#: whoever reads must still be somebody who may [s]
ASK_AGAIN_S = 60.0


def live(visit: Visit, draw: Callable[[], str], every_s: float = 2.0) -> StreamingResponse:
    """Return a stream of HTML; htmx swaps it into the element with hx-sse:connect.

    Args:
        draw: makes the HTML, in a thread; what is the same as before is not sent again. A store that is away
            is waited for.
        every_s: how often it is made [s].
    """
    stream = _events(visit, draw, every_s, visit.site.stopping)
    return StreamingResponse(
        stream,
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


async def _events(
    visit: Visit, draw: Callable[[], str], every_s: float, stopping: Event
) -> AsyncIterator[str]:
    sent, sent_at, asked_at = "", 0.0, time.monotonic()
    while not stopping.is_set():
        try:
            if time.monotonic() - asked_at > ASK_AGAIN_S:
                asked_at = time.monotonic()
                if not await run_in_threadpool(visit.is_still_welcome):
                    return
            text = await run_in_threadpool(draw)
        except WorldError as away:
            _log.warning("web.stream_waits", why=str(away))
            text = sent
        if text != sent:
            sent, sent_at = text, time.monotonic()
            yield event(text)
        elif time.monotonic() - sent_at > ALIVE_S:
            sent_at = time.monotonic()
            yield "event: alive\n\n"  # no comment: the page, too, wants to know that there is a line
        await _pause(every_s, stopping)


async def _pause(seconds: float, stopping: Event) -> None:
    until = time.monotonic() + seconds
    while not stopping.is_set() and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110 -- set by a thread
        await asyncio.sleep(min(GLANCE_S, left))


def event(text: str) -> str:
    """Return text as one server-sent event.

    >>> event("a\\nb")
    'data: a\\ndata: b\\n\\n'
    """
    return "".join(f"data: {line}\n" for line in text.splitlines() or [""]) + "\n"
