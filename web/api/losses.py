"""Losses over a span, for programs."""

from __future__ import annotations

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.api.trends import SPAN
from web.loss import Loss, LossesOf
from web.span_asked import span_of
from web.span_choices import Choices


class LossRow(msgspec.Struct, frozen=True):
    """A process and resource; kind: loss, unpriced, saving, unjudged or main. Null = unknown."""

    kind: str
    process: str
    resource: str
    unit: str
    excess: float | None
    expected: float | None
    excess_unpriced: float | None
    currency: str
    cost: float | None
    share: float | None
    cumulative: float | None
    kg_co2e: float | None
    judged: int
    intervals: int
    alerts: list[str]


def loss_endpoints(losses_of: LossesOf, choices: Choices) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(call: Call) -> list[LossRow]:
        losses = losses_of(span_of(call.visit, choices, whole_plant=True, status=422))
        currency = losses.currency
        found = [_row("loss", one.loss, currency, one.share, one.cumulative) for one in losses.ranked]
        told = {(row.process, row.resource) for row in found}
        others = (("unpriced", losses.unpriced), ("saving", losses.savings), ("unjudged", losses.unjudged))
        for kind, part in (*others, ("main", losses.mains)):
            fresh = [one for one in part if (one.process, one.resource) not in told]
            told |= {(one.process, one.resource) for one in fresh}
            found += [_row(kind, one, currency, None, None) for one in fresh]
        return found

    return (
        Endpoint(
            "/trends/losses", show, Action.SEE, "Use beyond what was expected, the dearest first.",
            list[LossRow], parameters=SPAN, item=LossRow,
        ),
    )  # fmt: skip


def _row(kind: str, one: Loss, currency: str, share: float | None, cumulative: float | None) -> LossRow:
    return LossRow(
        kind, one.process, one.resource, one.unit, one.excess, one.expected, one.unpriced, currency, one.cost,
        share, cumulative, one.kg_co2e, one.judged, one.intervals, list(one.alerts),
    )  # fmt: skip
