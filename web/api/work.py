"""The list of work for programs and spreadsheets."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from domain.user import Action
from web.api.endpoint import PAGING, Call, Endpoint, Listing, cut
from web.api.parameters import Parameter
from web.pages.work import SORTS, STATES, Wanted, WorkLine, WorkList, chosen


class WorkRow(msgspec.Struct, frozen=True):
    """An alert and its work order. Unknown figures are null."""

    fingerprint: str
    title: str
    process: str
    since: datetime
    is_over: bool
    cost_per_hour: float | None  # [the plant's currency per hour]
    cost_total: float | None
    owner: str
    state: str
    due: date | None
    what: str
    ordered_at: datetime | None
    ordered_by: str
    done_at: datetime | None
    outcome: str


def work_endpoints(lines: WorkList) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(call: Call) -> Listing[WorkRow]:
        asked = call.parameters
        wanted = Wanted(asked["state"], asked["process"], mine=asked["mine"], sort=asked["sort"])
        found = chosen(lines(call.visit.language), wanted, call.visit.user.name)
        return cut([work_row(one) for one in found], lambda row: row.fingerprint, call)

    return (
        Endpoint(
            "/work", show, Action.SEE, "What is to be done about losses, the dearest first.",
            Listing[WorkRow], item=WorkRow,
            parameters=(
                Parameter("state", str, "How far it is.", default="open", one_of=tuple(STATES)),
                Parameter("process", str, "Id of a process.", default=""),
                Parameter("mine", bool, "Only the caller's.", default=False),
                Parameter("sort", str, "In which order.", default="loss", one_of=tuple(SORTS)),
                *PAGING,
            ),
        ),
    )  # fmt: skip


def work_row(one: WorkLine) -> WorkRow:
    """Return a line as the API shows it."""
    order = one.order
    return WorkRow(
        one.fingerprint, one.title, one.process, one.since, one.is_over, one.cost_per_hour, one.cost_total,
        one.owner, one.state, order.due if order else None, order.what if order else "",
        order.ordered_at if order else None, order.ordered_by if order else "",
        order.done_at if order else None, order.outcome if order else "",
    )  # fmt: skip
