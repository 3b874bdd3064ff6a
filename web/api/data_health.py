"""What arrives, what is missing, and what was refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from domain.reading import Reject, RejectReason
from domain.user import Action
from web.api.endpoint import PAGING, Call, Endpoint, Listing, cut
from web.api.parameters import Parameter
from web.pages.data_health import DataHealth, printable

MOST_REJECTS = 10_000


class MeterRow(msgspec.Struct, frozen=True):
    """A meter's data. Shares are 0..1, one for each of `days`; null where nothing can be said."""

    meter: str
    process: str
    last_seen: datetime | None
    silent_since: datetime | None
    delay_s: float | None
    days: list[date]
    covered: list[float | None]


class RejectRow(msgspec.Struct, frozen=True):
    """A message that was refused, and the beginning of what came."""

    at: datetime
    reason: str
    topic: str
    detail: str
    payload: str


class PartRow(msgspec.Struct, frozen=True):
    """A part of a process."""

    process: str
    name: str
    status: str
    detail: str
    figures: dict[str, Any]


def data_endpoints(health: DataHealth) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def meters(call: Call) -> Listing[MeterRow]:
        found = health.meters()
        rows = [
            MeterRow(
                one.id,
                one.process,
                one.last_seen,
                one.silent_since,
                one.delay_s,
                list(found.days),
                list(one.days),
            )
            for one in found.rows
        ]
        return cut(rows, lambda row: row.meter, call)

    def rejects(call: Call) -> list[RejectRow]:
        reason = RejectReason(call.parameters["reason"]) if call.parameters["reason"] else None
        return [_reject_row(one) for one in health.rejects(reason, call.parameters["limit"]).latest]

    def parts(_call: Call) -> list[PartRow]:
        return [
            PartRow(one.process, one.name, one.status, one.detail, dict(one.figures))
            for one in health.parts()
        ]

    one_reason = Parameter(
        "reason", str, "Only of this reason.", default="", one_of=("", *map(str, RejectReason))
    )
    limit = Parameter("limit", int, "Rejects at most.", default=100, least=1, most=MOST_REJECTS)
    return (
        Endpoint(
            "/data/meters", meters, Action.SEE_DATA_HEALTH, "How much of each day every meter's data cover.",
            Listing[MeterRow], parameters=PAGING, item=MeterRow,
        ),
        Endpoint(
            "/data/rejects", rejects, Action.SEE_DATA_HEALTH, "Refused messages, the newest first.",
            list[RejectRow], parameters=(one_reason, limit), item=RejectRow,
        ),
        Endpoint(
            "/data/parts", parts, Action.SEE_DATA_HEALTH, "What every process says of itself.", list[PartRow],
        ),
    )  # fmt: skip


def _reject_row(reject: Reject) -> RejectRow:
    at = datetime.fromtimestamp(reject.received_us / 1e6, UTC)
    return RejectRow(at, str(reject.reason), reject.topic, reject.detail, printable(reject.payload))
