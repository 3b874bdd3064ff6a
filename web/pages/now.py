"""Now: open alerts by money per hour, and what every process uses against what it should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from domain.user import Action
from web.alert_words import SEVERITIES, STATES, VERDICTS
from web.language import N_
from web.page import NavEntry, Page
from web.pages.plant import ProcessState
from web.spark import drawing
from web.stream import live
from web.visit import Visit

NAV = NavEntry(N_("Now"), "/", Action.SEE)


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An open alert in the list."""

    fingerprint: str
    title: str
    severity: str
    since: datetime
    cost_per_hour: float | None
    acknowledged_by: str
    assigned_to: str = ""
    snoozed_until: datetime | None = None  # None = it is not snoozed now
    state: str = "firing"  # or "no_data", "error": whether it still holds is not known
    verdict: str = ""  # what somebody said it is; "" = nobody did, or it is waste

    @property
    def is_aside(self) -> bool:
        """Return whether it asks nothing of anybody just now."""
        return self.snoozed_until is not None or bool(self.verdict)


#: language -> the open alerts, the dearest per hour first
OpenAlerts = Callable[[str], Sequence[AlertLine]]


def now_pages(
    processes: Callable[[], Sequence[ProcessState]], alerts: OpenAlerts, now: Callable[[], datetime]
) -> tuple[Page, ...]:
    """Return the rows."""

    def facts(visit: Visit) -> dict[str, Any]:
        every = alerts(visit.language)
        return {
            "processes": processes(),
            "alerts": [one for one in every if not one.is_aside],
            "aside": [one for one in every if one.is_aside],
            "now": now(),
            "drawing": drawing,
            "SEVERITIES": SEVERITIES,
            "STATES": STATES,
            "VERDICTS": VERDICTS,
            "may_acknowledge": visit.may(Action.ACKNOWLEDGE),
            "may_snooze": visit.may(Action.SNOOZE),
            "is_kiosk": "kiosk" in visit.request.query_params,
        }

    def show(visit: Visit) -> Response:
        return visit.page("now.html", **facts(visit))

    def stream(visit: Visit) -> Response:
        return live(visit, lambda: visit.draw("now_stream.html", facts(visit)))

    return (Page("/", show, Action.SEE), Page("/live/now", stream, Action.SEE))
