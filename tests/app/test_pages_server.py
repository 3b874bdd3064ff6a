"""The pages on a real port: streams end when the process does, and only a named proxy is believed."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from starlette.responses import PlainTextResponse, Response

from app.health import PartHealth, Verdict
from app.http import HttpServer, http_app
from app.metrics import metrics_registry
from domain.user import Action
from tests.web.site import Built, a_demo_user, a_site
from web.page import ANYONE, Page
from web.stream import live
from web.visit import Visit

COUNT = iter(range(10_000_000))


def told(visit: Visit) -> Response:
    """Return what the server believes about who asks."""
    client = visit.request.client
    return PlainTextResponse(f"{visit.request.url.scheme} {client.host if client else ''}")


def stream(visit: Visit) -> Response:
    return live(visit, lambda: f"<b>{next(COUNT)}</b>", every_s=0.05)


@contextmanager
def serving(trusted: Sequence[str] = ()) -> Iterator[tuple[HttpServer, Built]]:
    built = a_site((Page("/told", told, ANYONE), Page("/live", stream, Action.SEE)), demo_user=a_demo_user())
    parts = {"store": PartHealth(Verdict.OK)}
    app = http_app(lambda: parts, metrics_registry(lambda: parts), site=built.app)
    server = HttpServer(app, "127.0.0.1", 0, built.stopping, trusted)
    server.start()
    try:
        yield server, built
    finally:
        server.stop()


def ask(server: HttpServer, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


FORWARDED = {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "believed"),
    [((), "http 127.0.0.1"), (("10.0.0.1",), "http 127.0.0.1"), (("127.0.0.0/8",), "https 10.9.8.7")],
)
def test_only_a_proxy_that_the_settings_name_is_believed(trusted: Sequence[str], believed: str) -> None:
    with serving(trusted) as (server, _):
        assert ask(server, "/told", FORWARDED) == (200, believed)


def test_pages_health_and_metrics_share_the_port() -> None:
    with serving() as (server, _):
        assert ask(server, "/health", {})[0] == 200
        assert ask(server, "/metrics", {})[0] == 200
        assert ask(server, "/login", {})[0] == 200


def test_a_stream_tells_what_is_new_and_ends_with_the_process() -> None:
    with serving() as (server, _):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/live")
        answer = connection.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream")
        first = answer.readline()
        assert first.startswith(b"data: <b>")
        rest: list[bytes] = []
        reader = threading.Thread(target=lambda: rest.append(answer.read()), daemon=True)
        reader.start()
        began = time.monotonic()
        server.stop()
        reader.join(10)
        assert not reader.is_alive(), "the reader is still waiting"
        assert (first + rest[0]).endswith(b"\n\n"), "it ended between two events, not in one"
        assert time.monotonic() - began < 3
        connection.close()
