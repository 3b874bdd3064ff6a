"""Flows over a span, for programs."""

from __future__ import annotations

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.api.parameters import Parameter
from web.api.trends import SPAN
from web.flow_cost import FlowsOf
from web.pages.flows import measure_of
from web.span_asked import span_of
from web.span_choices import Choices

BY = Parameter("by", str, "In money, or a unit such as kWh: then what is in it.", default="money")


class FlowRow(msgspec.Struct, frozen=True):
    """A flow; source and target: resource/<id>, process/<id>, product, loss, waste or unmetered."""

    source: str
    target: str
    kind: str
    unit: str  # or the currency
    value: float


class BalanceRow(msgspec.Struct, frozen=True):
    """A main meter against those under it; null = unknown, a negative remainder is a fault of metering."""

    main: str
    process: str
    resource: str
    unit: str
    amount: float | None
    sub_meters: float | None
    remainder: float | None
    half_width: float | None  # of its 90 % interval
    remainder_pct: float | None
    remainder_cost: float | None
    known: int
    intervals: int


def flow_endpoints(flows_of: FlowsOf, choices: Choices) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def flows(call: Call) -> list[FlowRow]:
        span = span_of(call.visit, choices, whole_plant=True, status=422)
        found = flows_of(span, measure_of(call.visit, choices, 422))
        return [FlowRow(one.source, one.target, one.kind, found.unit, one.value) for one in found.links]

    def balances(call: Call) -> list[BalanceRow]:
        span = span_of(call.visit, choices, whole_plant=True, status=422)
        return [
            BalanceRow(
                one.main, one.process, one.resource, one.unit, one.amount, one.subs, one.remainder,
                one.half_width, one.pct, one.remainder_cost, one.n, one.intervals,
            )
            for one in flows_of(span, "money").balances
        ]  # fmt: skip

    return (
        Endpoint(
            "/trends/flows", flows, Action.SEE, "What goes into each process, and what becomes of it.",
            list[FlowRow], parameters=(*SPAN, BY), item=FlowRow,
        ),
        Endpoint(
            "/trends/balances", balances, Action.SEE, "Main meters against the meters under them.",
            list[BalanceRow], parameters=SPAN, item=BalanceRow,
        ),
    )  # fmt: skip
