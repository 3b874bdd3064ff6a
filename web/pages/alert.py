"""One alert in words, where the links of messages lead; acknowledged with one tap, without scripts too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from domain.alert import Alert, AlertState
from domain.user import Action
from web.errors import Refusal
from web.page import Page
from web.visit import Visit


@dataclass(frozen=True, slots=True)
class AlertWords:
    """An alert as it stands, and what a message about it would say now."""

    alert: Alert
    title: str
    body: str


#: fingerprint, language -> the alert; None where there is none
ReadAlert = Callable[[str, str], AlertWords | None]
#: fingerprint, who, why -> the alert; None where there is none
Acknowledge = Callable[[str, str, str], Alert | None]


def alert_pages(read: ReadAlert, acknowledge: Acknowledge) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        found = read(visit.request.path_params["fingerprint"], visit.language)
        if found is None:
            raise Refusal(404)
        return visit.page(
            "alert.html", words=found, alert=found.alert, is_over=found.alert.state is AlertState.RESOLVED,
            may_acknowledge=visit.may(Action.ACKNOWLEDGE),
        )  # fmt: skip

    def take(visit: Visit) -> Response:
        fingerprint = visit.request.path_params["fingerprint"]
        if acknowledge(fingerprint, visit.user.name, visit.typed("why", 1000)) is None:
            raise Refusal(404)
        return visit.go(f"/a/{fingerprint}")

    return (
        Page("/a/{fingerprint}", show, Action.SEE),
        Page("/a/{fingerprint}/acknowledge", take, Action.ACKNOWLEDGE, "POST"),
    )
