"""Our scripts, styles and pictures: read once, served under the hash of their content, kept for a year."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.responses import Response

from web.page import ANYONE, Page
from web.visit import Visit

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
YEAR_S = 365 * 86400


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served."""

    address: str
    content: bytes
    packed: bytes  # gzip
    media_type: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return name ("site.css", "vendor/htmx.min.js") -> file."""
    return {name: _file(name, content) for name, content in _walk(files("web") / "static", "")}


def _walk(folder: Traversable, before: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _walk(item, f"{before}{item.name}/")
        elif any(item.name.endswith(ending) for ending in TYPES):
            yield f"{before}{item.name}", item.read_bytes()


def _file(name: str, content: bytes) -> StaticFile:
    media_type = next(TYPES[ending] for ending in TYPES if name.endswith(ending))
    digest = sha256(content).hexdigest()[:16]
    return StaticFile(f"/static/{digest}/{name}", content, gzip.compress(content, mtime=0), media_type)


def static_url(name: str) -> str:
    """Return the address of a file; it changes with the content."""
    return static_files()[name].address


def _serve(visit: Visit) -> Response:
    """Answer with a file; an address of older content is gone: the page that named it is old, too."""
    name = visit.request.path_params["name"]
    file = static_files().get(name)
    if file is None or visit.request.url.path != file.address:
        raise HTTPException(404)
    headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in visit.request.headers.get("accept-encoding", ""):
        return Response(
            file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"}
        )
    return Response(file.content, media_type=file.media_type, headers=headers)


STATIC = Page("/static/{digest}/{name:path}", _serve, ANYONE)
