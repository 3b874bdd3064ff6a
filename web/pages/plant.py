"""Plant: the flow chart from the plant file, with what every process uses now; each box leads on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from starlette.responses import Response

from domain.user import Action
from web.errors import Refusal
from web.flow import flow_chart
from web.language import N_
from web.page import NavEntry, Page
from web.spark import Spark
from web.stream import live
from web.visit import Visit

NAV = NavEntry(N_("Plant"), "/plant", Action.SEE)
LONGEST_NAME = 25
#: how a meter counts, in words
KINDS = (N_("counter"), N_("gauge"), N_("delta"))


@dataclass(frozen=True, slots=True)
class StreamState:
    """What a process uses of one resource now; None = unknown."""

    resource: str  # id
    name: str
    unit: str
    actual_per_hour: float | None
    expected_per_hour: float | None
    cost_per_hour: float | None  # of the open hotspot [currency]
    since: datetime | None  # of the open hotspot; None = as expected
    silent_since: datetime | None  # of a meter that is silent
    #: between low and high nine out of ten intervals lie when nothing is wrong
    low_per_hour: float | None = None
    high_per_hour: float | None = None
    spark: Spark | None = None  # its last hours
    late_since: datetime | None = (
        None  # nothing was judged since then, although no meter is known to be silent
    )

    @property
    def state(self) -> str:
        """Return "bad", "silent", "unknown" or "fine": colour only where it is abnormal."""
        if self.silent_since is not None:
            return "silent"
        if self.since is not None:
            return "bad"
        return "unknown" if self.actual_per_hour is None else "fine"

    @property
    def is_unexplained(self) -> bool:
        """Return whether nothing else says why it is not known what is used now: the hour has no value."""
        told = self.silent_since or self.late_since or self.expected_per_hour is None
        return self.actual_per_hour is None and not told

    @property
    def excess_pct(self) -> float | None:
        """Return the excess in per cent of what was expected."""
        if self.actual_per_hour is None or not self.expected_per_hour:
            return None
        return 100.0 * (self.actual_per_hour / self.expected_per_hour - 1.0)


@dataclass(frozen=True, slots=True)
class VariableNow:
    """What drives a process, now."""

    id: str
    name: str  # as it reads beside the process's name
    value: float  # mean of the last hour, or amount per hour
    unit: str  # "kg/h", "°C"


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process now."""

    id: str
    name: str
    feeds: tuple[str, ...]
    variables: tuple[str, ...]
    streams: tuple[StreamState, ...]
    driven: tuple[VariableNow, ...] = ()  # those of `variables` that are known now

    @property
    def state(self) -> str:
        """Return the worst state of its resources."""
        states = [stream.state for stream in self.streams]
        return next((one for one in ("bad", "silent", "unknown") if one in states), "fine")


@dataclass(frozen=True, slots=True)
class PlantMeter:
    """A meter of a process."""

    id: str
    resource: str  # its name
    kind: str
    unit: str  # as the meter sends it
    last_seen: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class PlantView:
    """What the pages are made from."""

    processes: Callable[[], Sequence[ProcessState]]
    meters: Callable[[str], Sequence[PlantMeter]]  # of a process


class ProcessAlert(Protocol):
    """An open alert, as the page of its process leads to it."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def since(self) -> datetime: ...
    @property
    def cost_per_hour(self) -> float | None: ...
    @property
    def process_id(self) -> str: ...


def plant_pages(view: PlantView, alerts: Callable[[str], Sequence[ProcessAlert]]) -> tuple[Page, ...]:
    """Return the rows.

    Args:
        alerts: language -> the open alerts, the dearest per hour first.
    """

    def show(visit: Visit) -> Response:
        return visit.page("plant.html", **_chart(view.processes()))

    def stream(visit: Visit) -> Response:
        return live(visit, lambda: visit.draw("plant_chart.html", _chart(view.processes())), 5.0)

    def one(visit: Visit) -> Response:
        name = visit.request.path_params["process"]
        processes = {process.id: process for process in view.processes()}
        if name not in processes:
            raise Refusal(404)
        before = [process for process in processes.values() if name in process.feeds]
        after = [processes[end] for end in processes[name].feeds if end in processes]
        return visit.page(
            "process.html", process=processes[name], meters=view.meters(name), before=before, after=after,
            alerts=[alert for alert in alerts(visit.language) if alert.process_id == name],
        )  # fmt: skip

    return (
        Page("/plant", show, Action.SEE),
        Page("/live/plant", stream, Action.SEE),
        Page("/plant/{process}", one, Action.SEE),
    )


def _chart(processes: Sequence[ProcessState]) -> dict[str, Any]:
    chart = flow_chart(
        {process.id: process.feeds for process in processes},
        {process.id: len(process.streams) for process in processes},
    )
    return {"chart": chart, "processes": {process.id: process for process in processes}, "short": short}


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a name that fits into its box.

    >>> short("Singeing, pretreatment and bleaching")
    'Singeing, pretreatment a…'
    """
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"
