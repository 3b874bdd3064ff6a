"""Each view of the trends as a file for people: in their language, with units, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from web.export import Cell, Column, Table, export_pages
from web.language import N_
from web.page import Page
from web.span import COMPARE, Span
from web.span_asked import span_of
from web.span_choices import Choices
from web.trend import Trends
from web.visit import Visit

#: every interval of the longest span: a file has no pixels
ALL = 50_000
ABOUT = {
    "plant": N_("Plant"),
    "stream": N_("Process and resource"),
    "span": N_("Days"),
    "zone": N_("Time zone"),
    "shift": N_("Shift"),
    "product": N_("Product"),
    "compare": N_("Compare with"),
    "made": N_("Made at"),
    "unknown": N_("Empty cells"),
}
UNKNOWN = N_("unknown, never zero")
Tabled = tuple[str, Sequence[Column], Sequence[Sequence[Cell]]]


def trend_exports(trends: Trends, choices: Choices) -> tuple[Page, ...]:
    """Return the rows: /trends/use, days, slopes and hours, each as .csv and .xlsx."""

    def exported(path: str, rows_of: Callable[[Visit, Span], Tabled]) -> tuple[Page, ...]:
        def table(visit: Visit) -> Table:
            span = span_of(visit, choices)
            name, columns, rows = rows_of(visit, span)
            whole = f"{name} {span.process} {span.resource} {span.first} {span.last}"
            return Table(whole, columns, rows, _about(visit, choices, span), span.zone)

        return export_pages(path, table)

    def use(visit: Visit, span: Span) -> Tabled:
        say, curve = visit.say, trends.curve(span, span.start, span.end, ALL)
        unit = f"{curve.unit}/h"
        columns = [Column(say(N_("Time"))), *(Column(say(title), unit) for title in USE)]
        previous = curve.previous or [None] * len(curve.at)
        values = zip(curve.mean, curve.expected, curve.low, curve.high, previous, strict=True)
        starts = (datetime.fromtimestamp(at, UTC) for at in curve.at)
        return "use", columns, [[start, *row] for start, row in zip(starts, values, strict=True)]

    def days(visit: Visit, span: Span) -> Tabled:
        say, unit, money = visit.say, _unit(choices, span), choices.currency
        units = (unit, unit, unit, money, "kg", unit, money, "", "", "")
        columns = [
            Column(say(N_("Day"))),
            *(Column(say(one), of) for one, of in zip(DAY, units, strict=True)),
        ]
        rows = [
            [
                one.first, one.actual, one.expected, one.excess, one.cost, one.kg_co2e, one.total,
                one.total_cost, one.n, one.known, one.intervals,
            ]
            for one in trends.days(span)
        ]  # fmt: skip
        return "days", columns, rows

    def slopes(visit: Visit, span: Span) -> Tabled:
        say, unit = visit.say, f"{_unit(choices, span)}/d"
        units = ("", "", "", unit, unit, f"{choices.currency}/d")
        columns = [Column(say(one), of) for one, of in zip(SLOPE, units, strict=True)]
        rows = [
            [one.since, one.until, one.days, one.per_day, one.half_width, one.cost_per_day]
            for one in trends.slopes(span)
        ]
        return "slopes", columns, rows

    def hours(visit: Visit, span: Span) -> Tabled:
        money = visit.request.query_params.get("by") == "money"
        unit = f"{choices.currency if money else _unit(choices, span)}/h"
        columns = [Column(visit.say(N_("Day"))), *(Column(f"{hour:02d} h", unit) for hour in range(24))]
        return "hours", columns, [[row.first, *row.cells] for row in trends.heat(span, money)]

    return (
        *exported("/trends/use", use),
        *exported("/trends/days", days),
        *exported("/trends/slopes", slopes),
        *exported("/trends/hours", hours),
    )


USE = (N_("Actual"), N_("Expected"), N_("Band from"), N_("Band to"), N_("Period before"))
DAY = (
    N_("Actual"), N_("Expected"), N_("Excess"), N_("Cost of the excess"), N_("CO₂e of the excess"),
    N_("Excess added up"), N_("Cost added up"), N_("Judged intervals"), N_("Known intervals"),
    N_("Intervals"),
)  # fmt: skip
SLOPE = (
    N_("Since"), N_("Last day"), N_("Known days"), N_("Excess per day"), N_("± (90 %)"),
    N_("Cost of the excess per day"),
)  # fmt: skip


def _unit(choices: Choices, span: Span) -> str:
    return choices.named(span.process, span.resource).unit


def _about(visit: Visit, choices: Choices, span: Span) -> list[tuple[str, str]]:
    name = choices.named(span.process, span.resource)
    told = {
        "plant": visit.site.plant,
        "stream": f"{name.process_name} · {visit.say(name.resource_name)}",
        "span": f"{span.first} – {span.last}",
        "zone": span.zone.key,
        "shift": span.shift,
        "product": span.product,
        "compare": visit.say(COMPARE[span.compare]),
        "made": choices.now().astimezone(span.zone).isoformat(timespec="seconds"),
        "unknown": visit.say(UNKNOWN),
    }
    return [(visit.say(ABOUT[key]), text) for key, text in told.items() if text]
