"""The flow chart: as wide as its values, inside its picture, nothing on top of another box."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from web.sankey import BOX, Link, Node, sankey

VALUE = st.floats(1e-3, 1e9)


@settings(max_examples=60, deadline=None)
@given(
    flows=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40), VALUE), min_size=1, max_size=60),
    lost=st.floats(0.0, 1.0),
)
def test_boxes_and_ribbons_fit_whatever_flows(flows: list[tuple[int, int, float]], lost: float) -> None:
    nodes = [Node(f"r{n}", f"r{n}", 0, "resource") for n in range(7)]
    nodes += [Node(f"p{n}", f"p{n}", 1, "process") for n in range(41)]
    nodes += [Node("product", "", 2, "product"), Node("loss", "", 2, "loss")]
    links = [Link(f"r{source}", f"p{target}", value, "energy") for source, target, value in flows]
    for _, target, value in flows:
        parts = (("loss", lost * value), ("product", (1.0 - lost) * value))
        links += [Link(f"p{target}", end, part, end) for end, part in parts if part > 0.0]
    picture = sankey(nodes, links)
    assert len(picture.ribbons) == len(links)
    columns: dict[float, list[tuple[float, float]]] = {}
    for box in picture.boxes:
        assert -0.1 <= box.y <= box.y + box.height <= picture.height
        assert 0.0 <= box.x <= picture.width - BOX
        columns.setdefault(box.x, []).append((box.y, box.y + box.height))
    assert len(columns) == 3
    for spans in columns.values():
        for (_, end), (begin, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert end < begin + 0.2, "boxes stand one below the other"
    for ribbon in picture.ribbons:
        assert all(
            float(part) <= picture.height + 60 * 1.0 for part in re.findall(r"[\d.]+", ribbon.path)[1::2]
        )


def test_widths_are_as_values_and_what_has_no_flow_is_not_drawn() -> None:
    nodes = [Node("a", "A", 0, ""), Node("b", "B", 0, ""), Node("p", "P", 1, ""), Node("x", "X", 1, "")]
    picture = sankey(nodes, [Link("a", "p", 30.0, ""), Link("b", "p", 10.0, "")])
    assert [box.node.id for box in picture.boxes] == ["a", "b", "p"]
    wide, thin = (ribbon.width for ribbon in picture.ribbons)
    assert abs(wide - 3.0 * thin) < 0.2
    heights = {box.node.id: box.height for box in picture.boxes}
    assert abs(heights["p"] - heights["a"] - heights["b"]) < 0.3


def test_nothing_flows_nothing_is_drawn() -> None:
    assert sankey([Node("a", "A", 0, "")], []).boxes == ()
