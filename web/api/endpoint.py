"""An endpoint of the API as a row: what it is for, takes and answers, and what right it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from starlette.responses import Response

from domain.user import Action
from web.api.answers import csv_answer, json_answer, xlsx_answer
from web.api.openapi import describe
from web.api.parameters import Parameter, parsed
from web.errors import Refusal
from web.page import Anyone, Method, Page
from web.visit import Visit

PREFIX = "/api/v1"
BODY_BYTES = 64 * 2**10
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its parameters checked: those of path and query by name, and the body."""

    visit: Visit
    parameters: dict[str, Any]
    body: Any = None


class Listing(msgspec.Struct, Generic[Item], frozen=True):
    """One page of a list; `next` goes into `after` for the following one, null at the end."""

    items: Sequence[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address and method below /api/v1.

    Args:
        path: such as "/alerts/{fingerprint}/acknowledge".
        answers: the type of what `handler` returns: a msgspec Struct, or Listing[Struct].
        takes: the Struct a body is read into; None = no body.
        item: the Struct of a list, which can then be had as CSV and XLSX too; None = no list.
    """

    path: str
    handler: Callable[[Call], Any]
    right: Action | Anyone
    summary: str
    answers: Any
    method: Method = "GET"
    parameters: tuple[Parameter, ...] = ()
    takes: type[msgspec.Struct] | None = None
    item: type[msgspec.Struct] | None = None


def api_pages(endpoints: tuple[Endpoint, ...]) -> tuple[Page, ...]:
    """Return the rows of the API, and one for the document that describes it."""
    document = msgspec.json.encode(describe(endpoints))

    def show(_visit: Visit) -> Response:
        return Response(document, media_type="application/json")

    rows = [_page(endpoint) for endpoint in endpoints]
    rows += [
        _page(endpoint, ending)
        for endpoint in endpoints
        if endpoint.item is not None
        for ending in (".csv", ".xlsx")
    ]
    return (*rows, Page(f"{PREFIX}/openapi.json", show, Action.SEE, is_api=True))


def _page(endpoint: Endpoint, ending: str = "") -> Page:
    def handle(visit: Visit) -> Response:
        given = dict(visit.request.query_params) | dict(visit.request.path_params)
        call = Call(visit, parsed(endpoint.parameters, given), _body(endpoint, visit))
        found = endpoint.handler(call)
        if not ending or endpoint.item is None:
            return json_answer(found)
        name, items = endpoint.path.strip("/").replace("/", "-"), getattr(found, "items", found)
        if ending == ".csv":
            return csv_answer(endpoint.item, items, name)
        return xlsx_answer(endpoint.item, items, name, visit)

    path = f"{PREFIX}{endpoint.path}{ending}"
    return Page(path, handle, endpoint.right, endpoint.method, BODY_BYTES, is_api=True)


def _body(endpoint: Endpoint, visit: Visit) -> Any:
    if endpoint.takes is None:
        return None
    try:
        return msgspec.json.decode(visit.body or b"{}", type=endpoint.takes)
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise Refusal(422, f"body: {wrong}") from wrong


def cut(items: Sequence[Item], key: Callable[[Item], str], call: Call) -> Listing[Item]:
    """Return the page of a list that `limit` and `after` ask for.

    Args:
        key: names an item, the same on the next call.

    Raises:
        Refusal: 422, `after` is no item of the list any more.
    """
    limit, after = call.parameters["limit"], call.parameters["after"]
    start = 0
    if after:
        places = [place for place, item in enumerate(items) if key(item) == after]
        if not places:
            raise Refusal(422, "after: this item is not in the list any more; begin again without it")
        start = places[0] + 1
    page = items[start : start + limit]
    return Listing(page, key(page[-1]) if page and start + limit < len(items) else None)


PAGING = (
    Parameter("limit", int, "Items on one page.", default=100, least=1, most=1000),
    Parameter("after", str, "The `next` of the page before.", default=""),
)
