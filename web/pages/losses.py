"""Losses: what was used beyond what was expected, ranked by money. Each row leads to its stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from domain.user import Action
from web.causes import CAUSES
from web.export import Column, Table, export_pages
from web.language import N_
from web.loss import Loss, Losses, LossesOf
from web.page import Page
from web.span_asked import span_of
from web.span_choices import Choices
from web.table_about import about_of
from web.trends_nav import span_facts
from web.visit import Visit

PATH = "/trends/losses"
LOSS, UNPRICED, SAVING, UNJUDGED, MAIN = (
    N_("loss"), N_("without a price"), N_("saving"), N_("not judged"), N_("main meter"),
)  # fmt: skip
#: width of the bars' box
BAR = 200


def loss_pages(losses_of: LossesOf, choices: Choices) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        span = span_of(visit, choices, whole_plant=True)
        losses = losses_of(span)
        return visit.page(
            "losses.html", **span_facts(span, choices), losses=losses, CAUSES=CAUSES, bar=BAR,
            whole_plant=True, no_compare=True,
        )  # fmt: skip

    def table(visit: Visit) -> Table:
        span = span_of(visit, choices, whole_plant=True)
        losses = losses_of(span)
        about = about_of(visit, span, choices, coverage=losses.coverage, as_of=losses.as_of)
        return Table(
            f"losses {span.first} {span.last}", columns(visit, losses), rows(visit, losses), about, span.zone
        )

    return (Page(PATH, show, Action.SEE), *export_pages(PATH, table))


def columns(visit: Visit, losses: Losses) -> Sequence[Column]:
    """Return the columns of an export; amounts have their unit beside them, since resources differ."""
    say = visit.say
    return [
        Column(say(N_("Kind"))), Column(say(N_("Process"))), Column(say(N_("Resource"))),
        Column(say(N_("Cost of the excess")), losses.currency), Column(say(N_("Share")), "%"),
        Column(say(N_("Added up")), "%"), Column(say(N_("Excess"))), Column(say(N_("Expected"))),
        Column(say(N_("Excess without a price"))), Column(say(N_("Unit"))), Column("CO2e", "kg"),
        Column(say(N_("Judged")), "%"), Column(say(N_("Alerts"))),
    ]  # fmt: skip


def rows(visit: Visit, losses: Losses) -> Iterator[Sequence[Any]]:
    """Yield the rows of an export: each stream once."""
    told: set[tuple[str, str]] = set()
    for one in losses.ranked:
        told.add((one.loss.process, one.loss.resource))
        yield _row(visit, LOSS, one.loss, (100.0 * one.share, 100.0 * one.cumulative))
    others = ((UNPRICED, losses.unpriced), (SAVING, losses.savings), (UNJUDGED, losses.unjudged))
    for kind, part in (*others, (MAIN, losses.mains)):
        for loss in part:
            if (loss.process, loss.resource) not in told:
                told.add((loss.process, loss.resource))
                yield _row(visit, kind, loss, (None, None))


def _row(visit: Visit, kind: str, one: Loss, shares: tuple[float | None, float | None]) -> Sequence[Any]:
    judged = None if one.coverage is None else 100.0 * one.coverage
    return [
        visit.say(kind), one.process_name, visit.say(one.resource_name), one.cost, *shares, one.excess,
        one.expected, one.unpriced, one.unit, one.kg_co2e, judged, " ".join(one.alerts),
    ]  # fmt: skip
