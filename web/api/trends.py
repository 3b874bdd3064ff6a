"""One stream over a span, as programs and spreadsheets want it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import repeat

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.api.parameters import Parameter
from web.errors import Refusal
from web.language import N_
from web.span import COMPARE, Span
from web.span_asked import DAYS, span_of
from web.span_choices import Choices
from web.trend import Curve, Trends

#: columns of a curve; a spreadsheet may have every interval of the longest span
PIXELS, MOST_PIXELS = 1000, 50_000
OUT_OF_SPAN = N_("start and end must be one after the other, and within the days from %(first)s to %(last)s.")
SPAN = (
    Parameter("process", str, "Id of a process; else the dearest stream now.", default=""),
    Parameter("resource", str, "Id of a resource that it has a meter of.", default=""),
    Parameter("from", str, "First local day, such as 2026-11-22.", default=""),
    Parameter("to", str, f"Last local day, included; without both the last {DAYS} days.", default=""),
    Parameter("compare", str, "What the curve is compared with.", default="baseline", one_of=tuple(COMPARE)),
    Parameter("shift", str, "Only its hours.", default=""),
    Parameter("product", str, "Only while this output, and no other, is made.", default=""),
)
CUT = (
    Parameter("start", datetime, "Only from this instant on.", default=None),
    Parameter("end", datetime, "Only until this instant.", default=None),
    Parameter("pixels", int, "Points at most.", default=PIXELS, least=1, most=MOST_PIXELS),
)
BY = Parameter("by", str, "In the stream's unit, or in money.", default="", one_of=("", "money"))


class PointRow(msgspec.Struct, frozen=True):
    """A step of the curve; rates, null = unknown."""

    start: datetime
    seconds: int
    unit: str
    mean: float | None
    least: float | None
    most: float | None
    expected: float | None
    low: float | None
    high: float | None
    previous: float | None


class DayRow(msgspec.Struct, frozen=True):
    """A local day; amounts are sums over what is known, running sums since the span's beginning."""

    day: date
    unit: str
    actual: float | None
    expected: float | None
    excess: float | None
    cost: float | None
    kg_co2e: float | None
    cusum: float | None
    cusum_cost: float | None
    judged: int
    known: int
    intervals: int


class SlopeRow(msgspec.Struct, frozen=True):
    """A straight stretch of the running sum; per_day has a 90 % interval of +- half_width."""

    since: datetime
    is_change: bool
    until: date
    known_days: int
    unit: str
    per_day: float
    half_width: float | None
    cost_per_day: float | None


class HourRow(msgspec.Struct, frozen=True):
    """An hour of a local day: mean excess per hour, null = unknown; hours never asked for are not there."""

    day: date
    hour: int
    unit: str
    excess_per_hour: float | None


def trend_endpoints(trends: Trends, choices: Choices) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def asked(call: Call) -> Span:
        return span_of(call.visit, choices, status=422)

    def curve(call: Call) -> Curve:
        span, asked_for = asked(call), call.parameters
        start, end = asked_for["start"] or span.start, asked_for["end"] or span.end
        if not span.start <= start < end <= span.end:
            facts = {"first": span.first, "last": span.last}
            raise Refusal(422, call.visit.say(OUT_OF_SPAN) % facts)
        return trends.curve(span, start, end, asked_for["pixels"])

    def points(call: Call) -> list[PointRow]:
        return point_rows(curve(call))

    def days(call: Call) -> list[DayRow]:
        span = asked(call)
        unit = choices.named(span.process, span.resource).unit
        return [
            DayRow(
                one.first, unit, one.actual, one.expected, one.excess, one.cost, one.kg_co2e, one.total,
                one.total_cost, one.n, one.known, one.intervals,
            )
            for one in trends.days(span)
        ]  # fmt: skip

    def slopes(call: Call) -> list[SlopeRow]:
        span = asked(call)
        unit = choices.named(span.process, span.resource).unit
        return [
            SlopeRow(
                one.since,
                one.is_change,
                one.until,
                one.days,
                f"{unit}/day",
                one.per_day,
                one.half_width,
                one.cost_per_day,
            )
            for one in trends.slopes(span)
        ]

    def hours(call: Call) -> list[HourRow]:
        span, money = asked(call), call.parameters["by"] == "money"
        unit = f"{choices.currency if money else choices.named(span.process, span.resource).unit}/h"
        return [
            HourRow(row.first, hour, unit, row.cells[hour])
            for row in trends.heat(span, money)
            for hour in range(len(row.cells))
            if row.asked[hour]
        ]

    return (
        Endpoint(
            "/trends/curve", curve, Action.SEE, "Use over time in columns, no more points than pixels.",
            Curve, parameters=(*SPAN, *CUT),
        ),
        Endpoint(
            "/trends/points", points, Action.SEE, "The same in rows.", list[PointRow],
            parameters=(*SPAN, *CUT), item=PointRow,
        ),
        Endpoint(
            "/trends/days", days, Action.SEE, "Sums per local day, and the running sum of the excess.",
            list[DayRow], parameters=SPAN, item=DayRow,
        ),
        Endpoint(
            "/trends/slopes", slopes, Action.SEE, "Since when how much more is used than expected.",
            list[SlopeRow], parameters=SPAN, item=SlopeRow,
        ),
        Endpoint(
            "/trends/heat", hours, Action.SEE, "Mean excess of every hour of every local day.", list[HourRow],
            parameters=(*SPAN, BY), item=HourRow,
        ),
    )  # fmt: skip


def point_rows(curve: Curve) -> list[PointRow]:
    """Return a curve as rows."""
    previous: Sequence[float | None] = curve.previous or [None] * len(curve.at)
    columns = (curve.mean, curve.least, curve.most, curve.expected, curve.low, curve.high, previous)
    starts = (datetime.fromtimestamp(at, UTC) for at in curve.at)
    return [
        PointRow(*row)
        for row in zip(starts, repeat(curve.step), repeat(f"{curve.unit}/h"), *columns, strict=False)
    ]
