"""A heat map: ten classes that part at "as expected", with the numbers that they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from web.plot import nice
from web.trend import HeatRow

#: classes on each side of "as expected"
SIDES = 5
#: the outermost class holds the wildest cells: this share of all lies inside the others
INSIDE = 0.9


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour: its class and its number; `text` "" = nothing to say."""

    style: str  # h0 .. h9: below to above expected; "none": unknown; "off": not asked for, or no such hour
    text: str
    title: str  # the same with its day and hour


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its cells."""

    row: HeatRow
    label: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Step:
    """A class in the legend: from and to, None = open."""

    style: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map ready to be drawn. Numbers are of 10**`power` units."""

    lines: Sequence[Line]
    steps: Sequence[Step]
    power: int  # 0, 3 or 6


def heat_map(rows: Sequence[HeatRow], label: Callable[[date, date], str], point: str = ".") -> Heat:
    """Return the classes of all cells.

    Args:
        label: writes the first and the last day of a row.
        point: between whole number and fraction in the reader's language.
    """
    size = _width(rows)
    power = next((power for power in (0, 3, 6) if size * SIDES < 10.0 ** (power + 3)), 6)
    unit = 10.0**power
    digits = next((n for n in range(6) if math.isclose(round(size / unit, n), size / unit)), 6)

    def write(value: float) -> str:
        text = f"{value / unit:+.{digits}f}".replace("-", "−").replace(".", point)
        return text[1:] if not any(letter in "123456789" for letter in text) else text

    def cell(name: str, hour: int, value: float | None, *, asked: bool) -> Cell:
        if value is None and not asked:
            return Cell("off", "", "")
        place = 0 if value is None else min(SIDES - 1, max(-SIDES, math.floor(value / size))) + SIDES
        text = "–" if value is None else write(value)
        return Cell("none" if value is None else f"h{place}", text, f"{name}, {hour:02d} h: {text}")

    def line(row: HeatRow) -> Line:
        name, hours = label(row.first, row.last), zip(row.cells, row.asked, strict=True)
        cells = [cell(name, hour, value, asked=asked) for hour, (value, asked) in enumerate(hours)]
        return Line(row, name, cells)

    lines = [line(row) for row in rows]
    bounds = [write((number - SIDES) * size) for number in range(2 * SIDES + 1)]
    steps = [
        Step(f"h{n}", "" if n == 0 else bounds[n], "" if n == 2 * SIDES - 1 else bounds[n + 1])
        for n in range(2 * SIDES)
    ]
    return Heat(lines, steps, power)


def _width(rows: Sequence[HeatRow]) -> float:
    """Return how wide a class is."""
    sizes = sorted(abs(value) for row in rows for value in row.cells if value is not None)
    if not sizes:
        return 1.0
    return nice(sizes[min(len(sizes) - 1, int(INSIDE * len(sizes)))] / (SIDES - 1))
