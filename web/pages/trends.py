"""Trends: one stream's actual use against what was expected, its running sum, and its hours by day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

import msgspec
from starlette.responses import Response

from domain.user import Action
from web import plot
from web.baseline_card import MODELS
from web.heat import heat_map
from web.language import N_
from web.page import Page
from web.plot import Axes, Mark, Plot
from web.span import Span
from web.span_asked import span_of
from web.span_choices import Choices
from web.trend import Slope, Trend, Trends
from web.trends_nav import span_facts
from web.visit import Visit

#: per power of ten of a heat map's numbers
POWERS = {0: "", 3: N_("thousand"), 6: N_("million")}
BY = {"": N_("amount"), "money": N_("money")}
#: what the running sum's slopes take [known days]
LEAST_DAYS = 20
CURVE_LABEL = N_("Actual use against expected, per hour")
SUM_LABEL = N_("Running sum of the excess")
_NUMBER = re.compile(r"[\d.,\s]+")


def trend_pages(trends: Trends, choices: Choices) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        span = span_of(visit, choices)
        money = visit.request.query_params.get("by") == "money"
        trend = trends.whole(span, money)
        draw = _Draw(visit, span, trend)
        name = choices.named(span.process, span.resource)
        return visit.page(
            "trends.html", **span_facts(span, choices), trend=trend, name=name, money=money, by_words=BY,
            more={"by": "money"} if money else {}, curve_json=embedded(trend, span), chart=draw.chart(),
            sums=draw.sums(), heat=heat_map(trend.heat, period(visit), draw.point), powers=POWERS,
            least_days=LEAST_DAYS, MODELS=MODELS,
            rate_unit=rate_unit(visit, trend.unit), money_unit=money_unit(visit), period=period(visit),
            is_even_all=all(slope.is_even for slope in trend.sums.slopes), per_day=draw.per_day,
        )  # fmt: skip

    return (Page("/trends", show, Action.SEE),)


def embedded(trend: Trend, span: Span) -> str:
    """Return what the script draws first, as JSON."""
    told = {
        "from": round(span.start.timestamp()), "to": round(span.end.timestamp()), "zone": span.zone.key,
        "interval": trend.interval_s, "curve": trend.curve,
        "spans": [[round(one.since.timestamp()), round(one.until.timestamp())] for one in trend.hotspots],
    }  # fmt: skip
    return msgspec.json.encode(told).decode()


def rate_unit(visit: Visit, unit: str) -> str:
    """Return a unit per hour as it stands behind a number: "m³/giờ"."""
    return _NUMBER.sub("", visit.figures.rate(0.0, unit))


def money_unit(visit: Visit) -> str:
    """Return money per hour without its number: "₫/giờ"."""
    return _NUMBER.sub("", visit.figures.money_rate(0.0))


def period(visit: Visit) -> Callable[[date, date], str]:
    """Return what writes a day, or from when to when."""

    def write(first: date, last: date) -> str:
        days = visit.figures.day
        return days(first) if first == last else f"{days(first)} – {days(last)}"

    return write


class _Draw:
    """Draws the charts of one visit."""

    def __init__(self, visit: Visit, span: Span, trend: Trend) -> None:
        self._visit, self._span, self._trend = visit, span, trend
        self._number = lambda value: visit.figures.number(value, 6)
        self.point = "," if visit.language == "vi" else "."

    def chart(self) -> Plot | None:
        """Return use against what was expected."""
        curve, compare = self._trend.curve, self._span.compare
        lines = {"actual": curve.mean}
        if compare == "baseline":
            lines["expected"] = curve.expected
        if curve.previous:
            lines["previous"] = curve.previous
        band = compare == "baseline"
        on = plot.axes(
            self._span.start, self._span.end, *lines.values(), *((curve.low, curve.high) if band else ())
        )
        if on is None:
            return None
        drawn = [(style, plot.line(on, curve.at, values, curve.step)) for style, values in lines.items()]
        area = plot.area(on, curve.at, curve.low, curve.high, curve.step) if band else []
        return self._plot(CURVE_LABEL, on, drawn[::-1], area)

    def sums(self) -> list[tuple[str, Plot]]:
        """Return the running sums: in the unit, and in money as far as prices are known."""
        sums, found = self._trend.sums, []
        unit = _NUMBER.sub("", self._visit.figures.amount(0.0, self._trend.unit))
        for title, values in ((unit, sums.unit), (self._trend.currency, sums.cost)):
            on = plot.axes(self._span.start, self._span.end, values)
            if on is not None:
                lines = [("actual", plot.line(on, sums.at, values))]
                found.append((title, self._plot(SUM_LABEL, on, lines, [], self._marks(on))))
        return found

    def per_day(self, slope: Slope) -> str:
        """Return a slope in words: in the unit and in money a day, and per hour where every hour counts."""
        figures, say = self._visit.figures, self._visit.say
        parts = [figures.amount(slope.per_day, self._trend.unit, signed=True)]
        if slope.cost_per_day is not None:
            parts.append(figures.money(slope.cost_per_day))
        text = say(A_DAY) % {"amounts": ", ".join(parts)}
        if self._span.shift or self._span.product:
            return text
        return f"{text} ({figures.rate(slope.per_day / 24.0, self._trend.unit, signed=True)})"

    def _marks(self, on: Axes) -> list[Mark]:
        slopes = self._trend.sums.slopes
        zone = self._span.zone
        return [
            Mark(on.x(one.since.timestamp()), f"{number}: {self._day(one.since.astimezone(zone))}")
            for number, one in enumerate(slopes, 1)
            if one.is_change and one.since >= self._span.start
        ]

    def _plot(
        self, label: str, on: Axes, lines: list[tuple[str, list[str]]], band: list[str],
        marks: list[Mark] | None = None,
    ) -> Plot:  # fmt: skip
        spans = [(one.since, one.until) for one in self._trend.hotspots]
        return Plot(
            self._visit.say(label), lines, band, plot.shaded(on, spans), marks or [],
            plot.heights(on, self._number), plot.dates(on, self._span.zone, self._day),
            on.y(0.0) if on.low < 0.0 < on.high else None,
        )  # fmt: skip

    def _day(self, at: datetime) -> str:
        return self._visit.figures.day(at.date())


A_DAY = N_("%(amounts)s a day")
