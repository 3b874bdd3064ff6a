"""Energy performance indicators of a span: specific use, SEnPI, savings, and those of twelve months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from domain.enpi import Figure
from domain.user import Action
from web.errors import Refusal
from web.export import Column, Table, export_pages
from web.indicator import LEVELS, WHY, IndicatorRow, Indicators, IndicatorsOf, why_of
from web.language import N_
from web.page import Page
from web.span_asked import SHOWN, UNKNOWN, span_of
from web.span_choices import Choices
from web.table_about import about_of
from web.trends_nav import span_facts
from web.visit import Visit

PATH = "/trends/indicators"
COLUMNS = (
    N_("Actual"), N_("Expected"), N_("Unit"), N_("SEnPI"), N_("Savings"), N_("Savings, 90 % from"),
    N_("Savings, 90 % to"), N_("Why there is no interval"), N_("Specific use"),
    N_("Unit of the specific use"), N_("Numerator"), N_("Denominator"), N_("Unit of the denominator"),
)  # fmt: skip


def indicator_pages(indicators_of: IndicatorsOf, choices: Choices) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        span, level = span_of(visit, choices, whole_plant=True), level_of(visit, 400)
        return visit.page(
            "indicators.html", **span_facts(span, choices), found=indicators_of(span, level), level=level,
            LEVELS=LEVELS, WHY=WHY, why_of=why_of, more={} if level == "stream" else {"level": level},
            whole_plant=True, no_compare=True,
        )  # fmt: skip

    def table(visit: Visit) -> Table:
        span = span_of(visit, choices, whole_plant=True)
        found = indicators_of(span, level_of(visit, 400))
        about = about_of(visit, span, choices, coverage=coverage_of(found), as_of=found.as_of)
        rows = (_cells(visit, row) for row in found.rows)
        name = f"indicators {span.first} {span.last}"
        return Table(name, _columns(visit, found), rows, about, span.zone)

    return (Page(PATH, show, Action.SEE), *export_pages(PATH, table))


def level_of(visit: Visit, status: int) -> str:
    """Return what is one row.

    Raises:
        Refusal: there is no such level.
    """
    level = visit.request.query_params.get("level", "") or "stream"
    if level not in LEVELS:
        facts = {"name": "level", "value": level[:SHOWN], "allowed": ", ".join(LEVELS)}
        raise Refusal(status, visit.say(UNKNOWN) % facts)
    return level


def coverage_of(found: Indicators) -> float | None:
    """Return the share of all intervals that the indicators are made of, 0 .. 1."""
    judged = [row.enpi.senpi if row.enpi.senpi.n else row.enpi.excess_cost for row in found.rows]
    intervals = sum(figure.intervals for figure in judged)
    return sum(figure.n for figure in judged) / intervals if intervals else None


def _columns(visit: Visit, found: Indicators) -> Sequence[Column]:
    say = visit.say
    currency = next((row.enpi.excess_cost.unit for row in found.rows), "")
    return [
        Column(say(N_("Process"))), Column(say(N_("Resource"))), *(Column(say(name)) for name in COLUMNS),
        Column(say(N_("Cost of the excess")), currency), Column("CO2e", "kg"), Column(say(N_("Judged")), "%"),
        Column(say(N_("SEnPI, twelve months"))), Column(say(N_("Savings, twelve months"))),
        Column(say(N_("Judged, twelve months")), "%"),
    ]  # fmt: skip


def _cells(visit: Visit, row: IndicatorRow) -> Sequence[Any]:
    enpi, year, every = row.enpi, row.year, visit.say(N_("all"))
    savings, specific = enpi.savings, enpi.specific
    why = visit.say(WHY[savings.why]) if savings.why in WHY else savings.why
    parts: Sequence[Any] = (None,) * 5
    if specific is not None:
        value, denominator = specific.value, specific.denominator
        parts = (value.value, value.unit, specific.numerator.value, denominator.value, denominator.unit)
    twelve: Sequence[Any] = (None,) * 3
    if year is not None:
        twelve = (year.senpi.value, year.savings.amount.value, _pct(year.senpi))
    return [
        row.process_name or every, visit.say(row.resource_name) if row.resource_name else every,
        enpi.actual.value, enpi.expected.value, enpi.actual.unit, enpi.senpi.value, savings.amount.value,
        savings.low, savings.high, why, *parts, enpi.excess_cost.value, enpi.excess_co2e.value,
        _pct(enpi.senpi), *twelve,
    ]  # fmt: skip


def _pct(figure: Figure) -> float | None:
    return 100.0 * figure.coverage if figure.intervals else None
