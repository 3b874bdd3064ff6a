"""A sparkline: a stream's last hours and the range that is usual, as SVG paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 240, 48
_EDGE = 2.0

_Place = Callable[[float], float]  # a value -> its height in the box


@dataclass(frozen=True, slots=True)
class Spark:
    """A stream's last hours at equal steps, oldest first; [unit per hour], None = unknown, never zero."""

    start: datetime
    step_s: int
    actual: tuple[float | None, ...]
    low: tuple[float | None, ...]  # nine out of ten intervals lie between low and high when nothing is wrong
    high: tuple[float | None, ...]

    @property
    def known(self) -> int:
        """Return how many steps are known."""
        return sum(one is not None for one in self.actual)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The paths of a sparkline in a box of WIDTH x HEIGHT; "" where there is nothing to draw."""

    line: str
    band: str
    last: tuple[float, float] | None  # where the line ends now; None = the latest step is unknown


def drawing(spark: Spark) -> Drawing:
    """Return a sparkline's paths, on a scale that begins at zero or at the least of what is negative.

    A step is level from its start to its end; an unknown one is a gap.

    >>> from datetime import UTC
    >>> spark = Spark(datetime(2026, 1, 1, tzinfo=UTC), 900, (1.0, None, 2.0), (None,) * 3, (None,) * 3)
    >>> drawing(spark).line
    'M0 24H80M160 2H240'
    """
    values = [one for row in (spark.actual, spark.low, spark.high) for one in row if one is not None]
    if not values:
        return Drawing("", "", None)
    floor, top = min(0.0, *values), max(values)
    reach = (top - floor) or 1.0
    wide = WIDTH / len(spark.actual)

    def y(value: float) -> float:
        return round(HEIGHT - _EDGE - (value - floor) / reach * (HEIGHT - 2 * _EDGE), 1)

    line = "".join(_stretch(spark.actual, first, last, wide, y) for first, last in _runs(spark.actual))
    both = [
        None if low is None or high is None else low for low, high in zip(spark.low, spark.high, strict=True)
    ]
    band = "".join(_hull(spark, first, last, wide, y) for first, last in _runs(both))
    end = spark.actual[-1]
    return Drawing(line, band, None if end is None else (float(WIDTH), y(end)))


def _runs(values: Sequence[float | None]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of every run of known values."""
    first: int | None = None
    for place, value in enumerate((*values, None)):
        if value is not None and first is None:
            first = place
        elif value is None and first is not None:
            yield first, place - 1
            first = None


def _stretch(values: Sequence[float | None], first: int, last: int, wide: float, y: _Place) -> str:
    steps = [(f"{y(value):g}", f"H{(place + 1) * wide:.5g}") for place, value in _known(values, first, last)]
    start = f"M{first * wide:.5g} {steps[0][0]}{steps[0][1]}"
    return start + "".join(f"V{height}{across}" for height, across in steps[1:])


def _hull(spark: Spark, first: int, last: int, wide: float, y: _Place) -> str:
    above = _stretch(spark.high, first, last, wide, y)
    below = "".join(
        f"V{y(value):g}H{place * wide:.5g}" for place, value in reversed(list(_known(spark.low, first, last)))
    )
    return f"{above}{below}Z"


def _known(values: Sequence[float | None], first: int, last: int) -> Iterator[tuple[int, float]]:
    for place in range(first, last + 1):
        value = values[place]
        if value is not None:
            yield place, value
