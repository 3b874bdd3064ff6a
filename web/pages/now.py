"""Now: open alerts by money per hour, and what every process uses against what it should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from domain.errors import WorldError
from domain.user import Action
from web.alert_words import STATES, VERDICTS
from web.drawn import Drawings
from web.language import N_
from web.page import NavEntry, Page
from web.pages.plant import ProcessState, StreamState
from web.spark import drawing
from web.stream import live
from web.visit import Visit
from web.wall import ALERTS, Wall, wall

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
    process: str = ""  # its name
    process_id: str = ""

    @property
    def is_aside(self) -> bool:
        """Return whether it asks nothing of anybody just now."""
        return self.snoozed_until is not None or bool(self.verdict)


#: language -> the open alerts, the dearest per hour first
OpenAlerts = Callable[[str], Sequence[AlertLine]]


@dataclass(frozen=True, slots=True)
class Tile:
    """A process and one resource of it."""

    process: ProcessState
    stream: StreamState


#: abnormal ones come first on a wall screen
_FIRST = {"bad": 0, "silent": 1, "unknown": 2, "fine": 3}


def tiles_of(processes: Sequence[ProcessState]) -> list[Tile]:
    """Return a tile for every process and resource, in the plant file's order."""
    return [Tile(process, stream) for process in processes for stream in process.streams]


def on_the_wall(tiles: Sequence[Tile]) -> Wall[Tile]:
    """Return what a wall screen shows now, what is abnormal first."""
    return wall(sorted(tiles, key=lambda tile: _FIRST[tile.stream.state]))


def now_pages(
    processes: Callable[[], Sequence[ProcessState]], alerts: OpenAlerts, now: Callable[[], datetime]
) -> tuple[Page, ...]:
    """Return the rows."""
    streams, tiles = Drawings(), Drawings()  # a stream holds tiles: each has a lock of its own

    def facts(visit: Visit) -> dict[str, Any]:
        every, is_kiosk = alerts(visit.language), _is_kiosk(visit)
        open_ones = [one for one in every if not one.is_aside]
        return {
            "tiles": Markup(tiles((visit.language, is_kiosk), lambda: draw_tiles(visit))),  # noqa: S704 -- drawn by us
            "alerts": open_ones[:ALERTS] if is_kiosk else open_ones,
            "count": len(open_ones),
            "aside": [one for one in every if one.is_aside],
            "now": now(),
            "STATES": STATES,
            "VERDICTS": VERDICTS,
            "may_acknowledge": visit.may(Action.ACKNOWLEDGE),
            "may_snooze": visit.may(Action.SNOOZE),
            "is_kiosk": is_kiosk,
            "proof": "",
        }

    def draw_tiles(visit: Visit) -> str:
        every, is_kiosk = tiles_of(processes()), _is_kiosk(visit)
        on = on_the_wall(every) if is_kiosk else Wall(every, 0, 1, 1)
        return visit.draw("now_tiles.html", {"on": on, "is_kiosk": is_kiosk, "drawing": drawing})

    def show(visit: Visit) -> Response:
        return visit.page("now.html", **facts(visit) | {"proof": visit.proof()})

    def draw(visit: Visit) -> str:
        """Return what viewers with the same language, rights and screen share: it holds nobody's proof."""
        key = (visit.language, visit.may(Action.ACKNOWLEDGE), visit.may(Action.SNOOZE), _is_kiosk(visit))
        return streams(key, lambda: visit.draw("now_stream.html", facts(visit)))

    def stream(visit: Visit) -> Response:
        return live(visit, lambda: draw(visit))

    return (
        Page("/", show, Action.SEE),
        Page("/live/now", stream, Action.SEE),
        Page("/live/loss", _loss, Action.SEE),
    )


def _is_kiosk(visit: Visit) -> bool:
    return "kiosk" in visit.request.query_params


def _loss(visit: Visit) -> Response:
    """Answer with the number at the top, for pages without a stream; with nothing while it cannot be had."""
    try:
        return visit.page("loss.html")
    except WorldError:
        return Response(status_code=204)
