"""The flow chart's geometry: processes in columns from where things come from to where they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX_W, HEAD_H, LINE_H, PAD = 250, 40, 24, 10
GAP_X, GAP_Y, EDGE = 70, 22, 6


@dataclass(frozen=True, slots=True)
class Box:
    """A process on the chart, in pixels."""

    id: str
    x: int
    y: int
    height: int
    width: int = BOX_W


@dataclass(frozen=True, slots=True)
class Arrow:
    """What one process hands to another, as an SVG path."""

    start: str
    end: str
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Boxes and arrows, and the size of the whole."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def flow_chart(feeds: Mapping[str, Sequence[str]], lines: Mapping[str, int]) -> Chart:
    """Return where everything is drawn.

    Args:
        feeds: process -> processes it feeds, in the plant file's order; unknown ones are passed over. What
            flows back (a loop) is drawn and does not shape the columns.
        lines: process -> lines of text below its name.

    >>> chart = flow_chart({"a": ["b"], "b": []}, {"a": 1, "b": 0})
    >>> [(box.id, box.x) for box in chart.boxes], len(chart.arrows)
    ([('a', 6), ('b', 326)], 1)
    """
    known = {name: [one for one in ends if one in feeds and one != name] for name, ends in feeds.items()}
    columns = _columns(known)
    heights = {name: HEAD_H + LINE_H * lines.get(name, 0) + PAD for name in known}
    tallest = max((_height(column, heights) for column in columns), default=0)
    boxes: dict[str, Box] = {}
    for number, column in enumerate(columns):
        y = EDGE + (tallest - _height(column, heights)) // 2
        for name in _by_parents(column, known, boxes):
            boxes[name] = Box(name, EDGE + number * (BOX_W + GAP_X), y, heights[name])
            y += heights[name] + GAP_Y
    arrows = tuple(
        Arrow(start, end, _path(boxes[start], boxes[end])) for start, ends in known.items() for end in ends
    )
    width = 2 * EDGE + len(columns) * BOX_W + max(len(columns) - 1, 0) * GAP_X
    return Chart(tuple(boxes[name] for name in known), arrows, width, tallest + 2 * EDGE)


def _columns(feeds: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the processes by the longest way from a source; those that touch nobody come last, by rows."""
    forward = _without_loops(feeds)
    depth = dict.fromkeys(feeds, 0)
    for _ in feeds:  # a longest path has no more steps than there are processes
        for start, ends in forward.items():
            for end in ends:
                depth[end] = max(depth[end], depth[start] + 1)
    linked = {name for start, ends in feeds.items() if ends for name in (start, *ends)}
    columns: list[list[str]] = [[] for _ in range(max((depth[name] for name in linked), default=-1) + 1)]
    for name in feeds:
        if name in linked:
            columns[depth[name]].append(name)
    alone = [name for name in feeds if name not in linked]
    columns = columns or [[] for _ in range(min(4, max(1, round(len(alone) ** 0.5))))]
    for name in alone:
        min(columns, key=len).append(name)
    return [column for column in columns if column]


def _without_loops(feeds: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the arrows that do not lead back to where one comes from."""
    kept: dict[str, list[str]] = {name: [] for name in feeds}
    done: set[str] = set()
    for root in feeds:
        way: list[tuple[str, int]] = [(root, 0)]
        while way and root not in done:
            name, at = way.pop()
            if at >= len(feeds[name]):
                done.add(name)
                continue
            way.append((name, at + 1))
            end = feeds[name][at]
            if all(end != one for one, _ in way):
                kept[name].append(end)
                if end not in done:
                    way.append((end, 0))
    return kept


def _height(column: Sequence[str], heights: Mapping[str, int]) -> int:
    return sum(heights[name] for name in column) + GAP_Y * max(len(column) - 1, 0)


def _by_parents(column: list[str], feeds: Mapping[str, Sequence[str]], boxes: Mapping[str, Box]) -> list[str]:
    """Return a column in the order of what feeds it, so that few arrows cross."""

    def middle(name: str) -> float:
        above = [box.y + box.height / 2 for start, box in boxes.items() if name in feeds[start]]
        return sum(above) / len(above) if above else float("inf")

    return sorted(column, key=middle)


def _path(start: Box, end: Box) -> str:
    x1, y1 = start.x + start.width, start.y + start.height // 2
    x2, y2 = end.x - 4, end.y + end.height // 2
    if end.x > start.x:
        half = GAP_X // 2
        return f"M{x1} {y1}C{x1 + half} {y1} {x2 - half} {y2} {x2} {y2}"
    low = max(start.y + start.height, end.y + end.height) + GAP_Y // 2  # back: below both
    return f"M{x1} {y1}C{x1 + 40} {low} {x2 - 40} {low} {x2} {y2}"
