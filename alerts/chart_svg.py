"""A chart as SVG text: for pages and webhooks."""

from __future__ import annotations

from html import escape

from alerts.chart import (
    ACTUAL,
    BOTTOM,
    EXPECTED,
    GRID,
    HEIGHT,
    INK,
    LEFT,
    PAPER,
    RIGHT,
    SHADE,
    TOP,
    WIDTH,
    Chart,
    Point,
)


def chart_svg(chart: Chart) -> str:
    """Return the chart; it holds no script, no link and nothing from elsewhere."""
    left, right = chart.shade
    base = HEIGHT - BOTTOM
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    letters = f'font-family="Arial, Helvetica, sans-serif" font-size="12" fill="{INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {letters}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        f'<rect x="{left}" y="{TOP}" width="{round(right - left, 1)}" height="{base - TOP}" fill="{SHADE}"/>',
        f'<path d="M{LEFT} {TOP}H{WIDTH - RIGHT}M{LEFT} {base}H{WIDTH - RIGHT}" stroke="{GRID}"/>',
        *(_line(one, EXPECTED, ' stroke-dasharray="5 3"') for one in chart.expected),
        *(_line(one, ACTUAL, "") for one in chart.actual),
        f'<text x="{LEFT}" y="{TOP - 8}">{escape(chart.top_label)}</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 7}">{escape(chart.from_label)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 7}" text-anchor="end">{escape(chart.to_label)}</text>',
        _legend(chart),
        "</svg>",
    ]
    return "".join(parts)


def _line(points: tuple[Point, ...], colour: str, more: str) -> str:
    places = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.8"{more}/>'


def _legend(chart: Chart) -> str:
    actual, expected = (escape(word) for word in chart.legend)
    words = f'<tspan fill="{ACTUAL}">— {actual}</tspan><tspan fill="{EXPECTED}">   - - {expected}</tspan>'
    return f'<text x="{WIDTH - RIGHT}" y="{TOP - 8}" text-anchor="end">{words}</text>'
