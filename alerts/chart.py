"""The evidence as a small chart: used against expected, the alert's time shaded. Only its geometry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts import figures
from alerts.drawing import DRAWING, Drawing
from alerts.figures import Letterhead
from alerts.words import N_, words

#: before the alert, so that the eye can compare
BEFORE = timedelta(hours=24)
LONGEST = timedelta(days=7)
_LEGEND = (N_("actual"), N_("expected"))

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """What a stream used, and should have used, per interval; None = unknown, never zero."""

    starts: Sequence[datetime]
    actual: Sequence[float | None]  # unit per hour
    expected: Sequence[float | None]  # unit per hour
    unit: str
    interval_s: float
    low: Sequence[float | None] = ()  # the range that is usual; empty = it is not known
    high: Sequence[float | None] = ()


#: process, resource, start, end -> the curve; None where there is nothing to show
CurveOf = Callable[[str, str, datetime, datetime], Curve | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to be drawn, in points of its drawing."""

    actual: tuple[tuple[Point, ...], ...]  # one line for each stretch without a gap
    expected: tuple[tuple[Point, ...], ...]
    shade: tuple[float, float]  # from, to: of the alert
    top_label: str
    from_label: str
    to_label: str
    legend: tuple[str, str]
    band: tuple[tuple[Point, ...], ...] = ()  # one outline for each stretch without a gap
    drawing: Drawing = DRAWING


def chart_window(item: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return from when to when an alert's chart goes: a day before it began, its last week at most."""
    facts = item["facts"]
    since = datetime.fromisoformat(facts.get("since") or item["since"])
    end = datetime.fromisoformat(facts.get("ended_at") or facts.get("judged_until") or item["since"])
    end = max(end, since + timedelta(hours=1))
    return max(since - BEFORE, end - LONGEST), end


def chart_of(item: Mapping[str, Any], curve: Curve, head: Letterhead) -> Chart | None:
    """Return an alert's chart; None where nothing is known of its time."""
    start, end = chart_window(item)
    known = [
        value for value in (*curve.actual, *curve.expected, *curve.high) if value is not None and value >= 0
    ]
    if not known or end <= start:
        return None
    top = max(*known, 1e-9)

    def place(at: datetime, value: float) -> Point:
        across = (at - start) / (end - start)
        high = min(max(value, 0.0), top) / top
        return (
            round(DRAWING.left + across * (DRAWING.end - DRAWING.left), 1),
            round(DRAWING.foot - high * (DRAWING.foot - DRAWING.top), 1),
        )

    since = max(datetime.fromisoformat(item["facts"].get("since") or item["since"]), start)
    translate = words(head.language).gettext
    return Chart(
        actual=tuple(_stretches(curve, curve.actual, place)),
        expected=tuple(_stretches(curve, curve.expected, place)),
        shade=(place(since, 0)[0], place(end, 0)[0]),
        top_label=figures.rate(top, curve.unit, head),
        from_label=figures.moment(start, head, end),
        to_label=figures.moment(end, head, end),
        legend=(translate(_LEGEND[0]), translate(_LEGEND[1])),
        band=tuple(_outlines(curve, place)),
    )


def _outlines(curve: Curve, place: Callable[[datetime, float], Point]) -> Iterator[tuple[Point, ...]]:
    """Yield the outline of the usual range between gaps: along its top, and back along its foot."""
    if not curve.low:
        return
    both = [pair[0] is not None and pair[1] is not None for pair in zip(curve.low, curve.high, strict=True)]
    low = [value if known else None for value, known in zip(curve.low, both, strict=True)]
    high = [value if known else None for value, known in zip(curve.high, both, strict=True)]
    for top, foot in zip(_stretches(curve, high, place), _stretches(curve, low, place), strict=True):
        yield (*top, *reversed(foot))


def _stretches(
    curve: Curve, values: Sequence[float | None], place: Callable[[datetime, float], Point]
) -> Iterator[tuple[Point, ...]]:
    """Yield the lines between gaps: each interval is level from its start to its end."""
    line: list[Point] = []
    width, last = timedelta(seconds=curve.interval_s), None
    for start, value in zip(curve.starts, values, strict=True):
        if line and (value is None or last != start):
            yield tuple(line)
            line = []
        if value is not None:
            line += [place(start, value), place(start + width, value)]
        last = start + width
    if line:
        yield tuple(line)
