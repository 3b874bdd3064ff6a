"""QR codes for the machines: whoever stands before one sees its process on the phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from urllib.parse import quote

import segno
from starlette.responses import Response

from domain.user import Action
from web.errors import Refusal
from web.page import Page
from web.pages.plant import ProcessState
from web.visit import Visit

#: so wide is a module of the code, and the quiet zone around it, in pixels
SCALE, BORDER = 8, 4


def qr_pages(processes: Callable[[], Sequence[ProcessState]], base_url: str) -> tuple[Page, ...]:
    """Return the rows.

    Args:
        base_url: where the plant's phones reach these pages; "" = the address that was asked by.
    """

    def address(visit: Visit, process: str) -> str:
        base = base_url or str(visit.request.base_url)
        return f"{base.rstrip('/')}/plant/{quote(process)}"

    def sheet(visit: Visit, wanted: Sequence[ProcessState]) -> Response:
        return visit.page(
            "qr.html", wanted=wanted, addresses={one.id: address(visit, one.id) for one in wanted}
        )

    def every(visit: Visit) -> Response:
        return sheet(visit, processes())

    def one(visit: Visit) -> Response:
        return sheet(visit, [_known(visit, processes())])

    def image(visit: Visit) -> Response:
        process = _known(visit, processes())
        file = BytesIO()
        code = segno.make(address(visit, process.id), error="m", micro=False)
        code.save(file, kind="svg", scale=SCALE, border=BORDER, dark="#000", light="#fff", xmldecl=False)
        return Response(file.getvalue(), media_type="image/svg+xml")

    return (
        Page("/qr", every, Action.SEE),
        Page("/plant/{process}/qr", one, Action.SEE),
        Page("/plant/{process}/qr.svg", image, Action.SEE),
    )


def _known(visit: Visit, processes: Sequence[ProcessState]) -> ProcessState:
    wanted = visit.request.path_params["process"]
    for process in processes:
        if process.id == wanted:
            return process
    raise Refusal(404)
