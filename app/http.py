"""The HTTP port: /health and /metrics, and the pages where a process serves them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from app.health import PartHealth, Verdict, as_json, overall
from domain.errors import WorldError

START_S = 5.0


#: an alert's fingerprint -> what is to be said about it, None where there is no such alert
Glance = Callable[[str], str | None]


def http_app(
    health: Callable[[], Mapping[str, PartHealth]],
    registry: CollectorRegistry,
    glance: Glance | None = None,
    site: Starlette | None = None,
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the web application.

    /health answers 503 while a part is failing, /metrics is Prometheus text, /a/<fingerprint> is where the
    links in messages lead: the alert as it stands, in words, where there are no pages.

    Args:
        site: the pages; everything else is theirs.
        more: further addresses, before the pages.
    """

    def show_health(_request: Request) -> Response:
        parts = health()
        status = 503 if overall(parts) is Verdict.FAILING else 200
        return JSONResponse(as_json(parts), status_code=status, headers={"Cache-Control": "no-store"})

    def show_metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    def show_alert(request: Request) -> Response:
        text = glance(request.path_params["fingerprint"]) if glance is not None else None
        if text is None:
            return PlainTextResponse("There is no such alert.\n", status_code=404)
        return PlainTextResponse(text, headers={"Cache-Control": "no-store"})

    routes: list[BaseRoute] = [Route("/health", show_health), Route("/metrics", show_metrics), *more]
    routes.append(Route("/a/{fingerprint}", show_alert) if site is None else Mount("/", site))
    return Starlette(routes=routes)


class HttpServer:
    """Serves an ASGI application from a thread of its own."""

    def __init__(
        self,
        app: Starlette,
        host: str,
        port: int,
        stopping: threading.Event | None = None,
        trusted_proxies: Sequence[str] = (),
    ) -> None:
        """Prepare.

        Args:
            stopping: set before the port is closed, so that streams end by themselves.
            trusted_proxies: addresses and networks whose X-Forwarded-For and -Proto are believed.
        """
        self._stopping = stopping or threading.Event()
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            ws="none",
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._host, self.port = host, port

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://{self._host}:{self.port}"

    def start(self) -> None:
        """Return when the port is open; raise WorldError when it cannot be (say, it is taken)."""
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise WorldError(f"the HTTP port {self.url} cannot be opened: is it taken? (http.port)")
            time.sleep(0.01)
        self.port = int(self._server.servers[0].sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Close the port, giving open requests a second."""
        self._stopping.set()
        self._server.should_exit = True
        self._thread.join(3)

    def _serve(self) -> None:
        try:
            self._server.run()
        except SystemExit:  # uvicorn's way of saying that the port is taken; start() reports it
            return
