"""A site as tests make it, served to a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.http import HttpServer
from tests.web.site import Built


@contextmanager
def serving(built: Built, port: int = 0) -> Iterator[str]:
    """Serve a site on loopback until the block ends; the block is given its address."""
    server = HttpServer(built.app, "127.0.0.1", port, built.stopping)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
