"""One alert in words, where the links of messages lead; acknowledged with one tap, without scripts too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

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


class AlertDeeds(Protocol):
    """What can be done about an alert: each returns it as it then stands, None where there is none."""

    def acknowledge(self, fingerprint: str, who: str, why: str = "") -> Alert | None:
        """Acknowledge."""
        ...

    def snooze(
        self, fingerprint: str, who: str, why: str = "", until: datetime | None = None
    ) -> Alert | None:
        """Keep quiet until an instant; until the end of the shift where none is given."""
        ...

    def unsnooze(self, fingerprint: str, who: str, why: str = "") -> Alert | None:
        """End a snooze."""
        ...


def alert_pages(read: ReadAlert, deeds: AlertDeeds) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        found = read(visit.request.path_params["fingerprint"], visit.language)
        if found is None:
            raise Refusal(404)
        return visit.page(
            "alert.html", words=found, alert=found.alert, is_over=found.alert.state is AlertState.RESOLVED,
            may_acknowledge=visit.may(Action.ACKNOWLEDGE),
        )  # fmt: skip

    def doing(deed: Callable[[str, str, str], Alert | None]) -> Callable[[Visit], Response]:
        def do(visit: Visit) -> Response:
            fingerprint = visit.request.path_params["fingerprint"]
            if deed(fingerprint, visit.user.name, visit.typed("why", 1000)) is None:
                raise Refusal(404)
            return visit.go(visit.typed("back") or f"/a/{quote(fingerprint)}")

        return do

    return (
        Page("/a/{fingerprint}", show, Action.SEE),
        Page("/a/{fingerprint}/acknowledge", doing(deeds.acknowledge), Action.ACKNOWLEDGE, "POST"),
        Page("/a/{fingerprint}/snooze", doing(deeds.snooze), Action.SNOOZE, "POST"),
        Page("/a/{fingerprint}/unsnooze", doing(deeds.unsnooze), Action.SNOOZE, "POST"),
    )
