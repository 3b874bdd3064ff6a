"""Charts over time drawn by the server: lines, a band and shaded stretches that stretch with the page.

A plot is two coordinate systems: lines live in a box of 1000 x 1000 that is stretched to the width of the
page, words beside them in per cent of the width and in pixels of the height, so that they keep their size on
a phone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from web.span import midnight

BOX = 1000.0
#: pixels: above the box for the highest number, the box, and below it for dates
TOP, HEIGHT, BOTTOM = 18, 180, 26
#: left free above and below, as a share of what is shown
MARGIN = 0.04
Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at a height, or a date at a place: pixels from the top, per cent of the width."""

    place: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something dated: where it is in the box, and what it is called."""

    x: float
    text: str

    @property
    def anchor(self) -> str:
        """Return on which side of its place the text stands, so that it stays inside."""
        return "start" if self.x < 0.1 * BOX else "end" if self.x > 0.9 * BOX else "middle"


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart ready to be drawn by `plot.html`."""

    label: str  # what is read aloud
    lines: Sequence[tuple[str, Sequence[str]]]  # class, points of each stretch without a gap
    band: Sequence[str]  # polygons
    spans: Sequence[tuple[float, float]]  # x, width of shaded stretches
    marks: Sequence[Mark]
    heights: Sequence[Tick]
    dates: Sequence[Tick]
    zero: float | None  # y of zero in the box, where it is inside
    height: int = TOP + HEIGHT + BOTTOM
    top: int = TOP
    box: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Axes:
    """Where things are: from `start` to `end` [s since 1970], from `low` to `high`."""

    start: float
    end: float
    low: float
    high: float

    def x(self, at: float) -> float:
        """Return how far along an instant is, held to the box."""
        share = (at - self.start) / ((self.end - self.start) or 1.0)
        return round(BOX * min(1.0, max(0.0, share)), 1)

    def y(self, value: float) -> float:
        """Return how far down a value is."""
        return round(BOX * (1.0 - (value - self.low) / ((self.high - self.low) or 1.0)), 1)

    def pixels(self, value: float) -> float:
        """Return how many pixels below the plot's top a value is."""
        return TOP + round(self.y(value) / BOX * HEIGHT, 1)


def axes(start: datetime, end: datetime, *values: Values) -> Axes | None:
    """Return axes that hold all known values and zero; None where nothing is known."""
    known = [value for some in values for value in some if value is not None]
    if not known:
        return None
    least, most = min(0.0, *known), max(0.0, *known)
    margin = MARGIN * ((most - least) or 1.0)
    low, high = least - margin if least < 0.0 else 0.0, most + margin
    return Axes(start.timestamp(), end.timestamp(), low, high)


def nice(step: float) -> float:
    """Return a round number at or above a step: 1, 2, 2.5 or 5 times a power of ten.

    >>> [nice(one) for one in (0.3, 1.0, 2.2, 7.0, 0.0)]
    [0.5, 1.0, 2.5, 10.0, 1.0]
    """
    if not step > 0.0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(some * power for some in (1.0, 2.0, 2.5, 5.0, 10.0) if some * power >= step * (1 - 1e-9))


def heights(on: Axes, write: Callable[[float], str]) -> list[Tick]:
    """Return the numbers at the side."""
    step = nice((on.high - on.low) / 3.0)
    numbers = range(math.ceil(on.low / step), math.floor(on.high / step) + 1)
    return [Tick(on.pixels(number * step), write(number * step)) for number in numbers]


def dates(on: Axes, zone: ZoneInfo, write: Callable[[datetime], str], many: int = 4) -> list[Tick]:
    """Return the local days at the bottom, at most `many` and one; each begins at its own midnight."""
    first = datetime.fromtimestamp(on.start, zone).date()
    last = datetime.fromtimestamp(on.end - 1, zone).date()
    days = (last - first).days + 1
    every = max(1, -(-days // many))
    ticks = []
    for number in range(0, days, every):
        at = midnight(first + timedelta(days=number), zone)
        place = on.x(at.timestamp()) / BOX * 100.0
        anchor = "start" if place < 5 else "end" if place > 92 else "middle"
        ticks.append(Tick(round(place, 2), write(at.astimezone(zone)), anchor))
    return ticks


def line(on: Axes, at: Sequence[int], values: Values, step: float = 0.0) -> list[str]:
    """Return the stretches of a line between its gaps; what stands alone is level for its step.

    Args:
        at: seconds since 1970.
        values: None = a gap.
        step: how long each value holds [s]; 0 = a point.
    """
    found: list[list[str]] = [[]]
    for place, value in zip(at, values, strict=True):
        if value is None:
            if found[-1]:
                found.append([])
            continue
        height = on.y(value)
        found[-1].append(f"{on.x(place + step / 2)},{height}")
        if step and len(found[-1]) == 1:
            found[-1].insert(0, f"{on.x(place)},{height}")
    return [" ".join(part) for part in found if len(part) > 1]


def area(on: Axes, at: Sequence[int], low: Values, high: Values, step: float) -> list[str]:
    """Return the polygons between two lines, one for each stretch in which both are known."""
    found: list[str] = []
    run: list[tuple[float, float, float]] = []
    for place, under, over in [*zip(at, low, high, strict=True), (0, None, None)]:
        if under is not None and over is not None:
            run.append((on.x(place + step / 2), on.y(under), on.y(over)))
            continue
        if len(run) > 1:
            there = [f"{x},{over_y}" for x, _, over_y in run]
            back = [f"{x},{under_y}" for x, under_y, _ in reversed(run)]
            found.append(" ".join(there + back))
        run = []
    return found


def shaded(on: Axes, stretches: Sequence[tuple[datetime, datetime]]) -> list[tuple[float, float]]:
    """Return x and width of what is shaded."""
    places = [(on.x(one.timestamp()), on.x(two.timestamp())) for one, two in stretches]
    return [(begin, round(max(end - begin, 1.0), 1)) for begin, end in places]
