"""A chart as SVG text: for pages and webhooks."""

from __future__ import annotations

from html import escape

from alerts.chart import Chart, Point
from alerts.drawing import Drawing


def chart_svg(chart: Chart) -> str:
    """Return the chart; it holds no script, no link and nothing from elsewhere."""
    box, (left, right) = chart.drawing, chart.shade
    size = f'viewBox="0 0 {box.width} {box.height}" width="{box.width}" height="{box.height}"'
    letters = f'font-family="Arial, Helvetica, sans-serif" font-size="{box.letters}" fill="{box.ink}"'
    place = f'x="{left}" y="{box.top}" width="{round(right - left, 1)}" height="{box.foot - box.top}"'
    rules = f"M{box.left} {box.top}H{box.end}M{box.left} {box.foot}H{box.end}"
    dashes = f' stroke-dasharray="{box.dash:g} {box.gap:g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {letters}>',
        f'<rect width="{box.width}" height="{box.height}" fill="{box.paper}"/>',
        f'<rect {place} fill="{box.shade}"/>',
        f'<path d="{rules}" stroke="{box.grid}"/>',
        *(_line(one, box, box.expected, dashes) for one in chart.expected),
        *(_line(one, box, box.actual, "") for one in chart.actual),
        f'<text x="{box.left}" y="{box.above}">{escape(chart.top_label)}</text>',
        f'<text x="{box.left}" y="{box.below}">{escape(chart.from_label)}</text>',
        f'<text x="{box.end}" y="{box.below}" text-anchor="end">{escape(chart.to_label)}</text>',
        _legend(chart),
        "</svg>",
    ]
    return "".join(parts)


def _line(points: tuple[Point, ...], box: Drawing, colour: str, more: str) -> str:
    places = " ".join(f"{x},{y}" for x, y in points)
    return (
        f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{box.line_width}"{more}/>'
    )


def _legend(chart: Chart) -> str:
    box, (actual, expected) = chart.drawing, (escape(word) for word in chart.legend)
    words = (
        f'<tspan fill="{box.actual}">— {actual}</tspan><tspan fill="{box.expected}">   - - {expected}</tspan>'
    )
    return f'<text x="{box.end}" y="{box.above}" text-anchor="end">{words}</text>'
