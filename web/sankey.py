"""A flow chart of what goes where, drawn by the server: columns of boxes, ribbons as wide as their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, BOX, GAP, LEAST_HEIGHT = 1060, 14, 10, 320
#: what a label takes below the last column's box, and beside it
LABEL_WIDTH, LABEL_HEIGHT = 300, 18
#: letters of a label at most
LONGEST = 34
THINNEST = 1.0


@dataclass(frozen=True, slots=True)
class Node:
    """A box."""

    id: str
    label: str
    column: int  # 0, 1, 2 ...
    style: str  # a CSS class
    href: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A flow from one box to another, of a later column."""

    source: str
    target: str
    value: float  # > 0
    style: str


@dataclass(frozen=True, slots=True)
class Box:
    """A box where it is drawn."""

    node: Node
    value: float
    x: float
    y: float
    height: float

    @property
    def label(self) -> str:
        """Return its label, shortened to what there is room for."""
        name = self.node.label
        return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"

    @property
    def middle(self) -> float:
        """Return where its label stands."""
        return round(self.y + self.height / 2.0 + 4.5, 1)


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A link where it is drawn."""

    link: Link
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class Sankey:
    """The picture."""

    width: int
    height: float
    boxes: Sequence[Box]
    ribbons: Sequence[Ribbon]


def sankey(nodes: Sequence[Node], links: Sequence[Link]) -> Sankey:
    """Return the picture of these links; a box that nothing flows through is not drawn.

    A box is as high as the greater of what comes in and what goes out. Within a column boxes stand as near
    to what feeds them as they can, so that ribbons cross little; on one side of a box ribbons follow the
    order of the boxes that they lead to.

    Args:
        nodes: in the order in which those of the first column stand.
        links: from earlier to later columns.
    """
    through = {node.id: _through(node.id, links) for node in nodes}
    drawn = [node for node in nodes if through[node.id] > 0.0]
    if not drawn:
        return Sankey(WIDTH, 0.0, (), ())
    columns = _columns(drawn, links)
    most = max(len(column) for column in columns)
    height = max(LEAST_HEIGHT, most * (LABEL_HEIGHT + GAP))
    scale = min(
        (height - GAP * (len(column) - 1)) / sum(through[node.id] for node in column) for column in columns
    )
    boxes = {box.node.id: box for box in _boxes(columns, through, scale, height)}
    bottom = max(box.y + box.height for box in boxes.values())
    return Sankey(
        WIDTH, round(bottom + LABEL_HEIGHT / 2.0, 1), tuple(boxes.values()), _ribbons(boxes, links, scale)
    )


def _through(name: str, links: Sequence[Link]) -> float:
    out = sum(link.value for link in links if link.source == name)
    return max(out, sum(link.value for link in links if link.target == name))


def _columns(nodes: Sequence[Node], links: Sequence[Link]) -> list[list[Node]]:
    """Return the boxes column by column, each from top to bottom."""
    place: dict[str, float] = {}
    found: list[list[Node]] = []
    for number in sorted({node.column for node in nodes}):
        mine = [node for node in nodes if node.column == number]
        if found:
            mine.sort(key=lambda node: _pull(node.id, links, place))
        place |= {node.id: (rank + 0.5) / len(mine) for rank, node in enumerate(mine)}
        found.append(mine)
    return found


def _pull(name: str, links: Sequence[Link], place: Mapping[str, float]) -> float:
    """Return how far down what flows into a box comes from, 0 .. 1."""
    into = [
        (place[link.source], link.value) for link in links if link.target == name and link.source in place
    ]
    weight = sum(value for _, value in into)
    return sum(where * value for where, value in into) / weight if weight else 1.0


def _boxes(
    columns: Sequence[Sequence[Node]], through: Mapping[str, float], scale: float, height: float
) -> list[Box]:
    step = (WIDTH - LABEL_WIDTH - BOX) / max(1, len(columns) - 1)
    found = []
    for number, column in enumerate(columns):
        heights = [max(THINNEST, through[node.id] * scale) for node in column]
        # a thin box still needs room for its label
        rooms = [max(one, LABEL_HEIGHT) for one in heights]
        y = max(0.0, (height - sum(rooms) - GAP * (len(column) - 1)) / 2.0)
        for node, own, room in zip(column, heights, rooms, strict=True):
            top = y + (room - own) / 2.0
            found.append(Box(node, through[node.id], round(number * step, 1), round(top, 1), round(own, 1)))
            y += room + GAP
    return found


def _ribbons(boxes: Mapping[str, Box], links: Sequence[Link], scale: float) -> list[Ribbon]:
    drawn = [link for link in links if link.source in boxes and link.target in boxes]
    leaves, enters = _offsets(drawn, boxes, scale, out=True), _offsets(drawn, boxes, scale, out=False)
    found = []
    for place, link in enumerate(drawn):
        source, target = boxes[link.source], boxes[link.target]
        width = max(THINNEST, link.value * scale)
        x1, x2 = source.x + BOX, target.x
        y1, y2 = source.y + leaves[place] + width / 2.0, target.y + enters[place] + width / 2.0
        bend = (x1 + x2) / 2.0
        path = f"M{x1:.1f} {y1:.1f}C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        found.append(Ribbon(link, path, round(width, 1)))
    return found


def _offsets(links: Sequence[Link], boxes: Mapping[str, Box], scale: float, *, out: bool) -> dict[int, float]:
    """Return how far below the top of its box each link begins, or ends."""
    order = sorted(
        range(len(links)), key=lambda place: boxes[links[place].target if out else links[place].source].y
    )
    used: dict[str, float] = {}
    found = {}
    for place in order:
        link = links[place]
        name = link.source if out else link.target
        found[place] = used.get(name, 0.0)
        used[name] = found[place] + link.value * scale
    return found
