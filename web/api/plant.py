"""The plant as it stands: processes, what they feed, and what they use now."""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.pages.plant import PlantView


class StreamRow(msgspec.Struct, frozen=True):
    """A process and a resource now; rates in `unit` per hour, unknown ones null."""

    process: str
    process_name: str
    resource: str
    unit: str
    actual_per_hour: float | None
    expected_per_hour: float | None
    cost_per_hour: float | None
    hotspot_since: datetime | None
    silent_since: datetime | None
    feeds: list[str]


def plant_endpoints(view: PlantView) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(_call: Call) -> list[StreamRow]:
        return [
            StreamRow(
                process.id, process.name, one.resource, one.unit, one.actual_per_hour, one.expected_per_hour,
                one.cost_per_hour, one.since, one.silent_since, list(process.feeds),
            )
            for process in view.processes()
            for one in process.streams
        ]  # fmt: skip

    return (
        Endpoint(
            "/plant", show, Action.SEE, "What every process uses now, and what it feeds.", list[StreamRow],
            item=StreamRow,
        ),
    )  # fmt: skip
