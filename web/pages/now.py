"""Now: open alerts by money per hour, and what every process uses against what it should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from domain.user import Action
from web.language import N_
from web.page import NavEntry, Page
from web.pages.plant import ProcessState
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


#: language -> the open alerts, the dearest per hour first
OpenAlerts = Callable[[str], Sequence[AlertLine]]


def now_pages(processes: Callable[[], Sequence[ProcessState]], alerts: OpenAlerts) -> tuple[Page, ...]:
    """Return the rows."""

    def facts(visit: Visit) -> dict[str, Any]:
        return {"processes": processes(), "alerts": alerts(visit.language)}

    def show(visit: Visit) -> Response:
        return visit.page("now.html", **facts(visit))

    def stream(visit: Visit) -> Response:
        return live(visit, lambda: visit.draw("now_live.html", facts(visit)))

    return (Page("/", show, Action.SEE), Page("/live/now", stream, Action.SEE))
