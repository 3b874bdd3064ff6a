"""Flows: what energy, water and material cost, where it goes, and what of it is lost. Drawn by the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.responses import Response

from domain.user import Action
from web.errors import Refusal
from web.export import Cell, Column, Table, export_pages
from web.flow_cost import ENDS, LOSS, MONEY, FlowLink, Flows, FlowsOf
from web.language import N_
from web.page import Page
from web.sankey import BOX, Link, Node, Sankey, sankey
from web.span import Span
from web.span_asked import SHOWN, UNKNOWN, span_of
from web.span_choices import Choices
from web.table_about import about_of
from web.trends_nav import span_facts
from web.visit import Visit

PATH = "/trends/flows"


def flow_pages(flows_of: FlowsOf, choices: Choices) -> tuple[Page, ...]:
    """Return the rows."""

    def asked(visit: Visit) -> tuple[Span, Flows]:
        span = span_of(visit, choices, whole_plant=True)
        return span, flows_of(span, measure_of(visit, choices, 400))

    def show(visit: Visit) -> Response:
        span, flows = asked(visit)
        words = _Words(visit, choices, flows)
        return visit.page(
            "flows.html", **span_facts(span, choices), flows=flows, picture=_picture(span, flows, words),
            words=words, rows=rows_of(flows), box=BOX, ENDS=ENDS, money=MONEY,
            more={} if flows.measure == MONEY else {"by": flows.measure}, whole_plant=True, no_compare=True,
        )  # fmt: skip

    def table(visit: Visit) -> Table:
        span, flows = asked(visit)
        words, say = _Words(visit, choices, flows), visit.say
        columns = [Column(say(name)) for name in (N_("From"), N_("To"), N_("Kind"))]
        columns.append(Column(say(N_("Cost")) if flows.measure == MONEY else say(N_("Amount")), flows.unit))
        rows: list[list[Cell]] = [
            [words.name(one.source), words.name(one.target), words.kind(one), one.value]
            for one in flows.links
        ]
        about = about_of(visit, span, choices, coverage=flows.coverage, as_of=flows.as_of)
        return Table(f"flows {span.first} {span.last}", columns, rows, about, span.zone)

    return (Page(PATH, show, Action.SEE), *export_pages(PATH, table))


def measure_of(visit: Visit, choices: Choices, status: int) -> str:
    """Return in what flows are asked for: MONEY, or a unit that the plant has.

    Raises:
        Refusal: there is no such unit here.
    """
    measure = visit.request.query_params.get("by", "") or MONEY
    allowed = [MONEY, *sorted({one.unit for one in choices.streams})]
    if measure not in allowed:
        facts = {"name": "by", "value": measure[:SHOWN], "allowed": ", ".join(allowed)}
        raise Refusal(status, visit.say(UNKNOWN) % facts)
    return measure


def rows_of(flows: Flows) -> Iterator[tuple[str, Sequence[FlowLink], dict[str, float]]]:
    """Yield each process with what goes in, the most first, and what becomes of it, by its end."""
    names = dict.fromkeys(link.target for link in flows.links if link.target.startswith("process/"))
    found = []
    for name in names:
        into = sorted((one for one in flows.links if one.target == name), key=lambda one: -one.value)
        found.append((name, into, {one.target: one.value for one in flows.links if one.source == name}))
    yield from sorted(found, key=lambda row: -sum(one.value for one in row[1]))


class _Words:
    """What boxes and links are called, in the reader's language."""

    def __init__(self, visit: Visit, choices: Choices, flows: Flows) -> None:
        self._visit, self._flows = visit, flows
        self._processes, self._resources = choices.processes(), choices.resources()

    def name(self, node: str) -> str:
        """Return what a box is called."""
        kind, _, name = node.partition("/")
        if kind == "process":
            return self._processes.get(name, name)
        if kind == "resource":
            return self._visit.say(self._resources.get(name, name))
        return self._visit.say(ENDS[node])

    def kind(self, link: FlowLink) -> str:
        """Return what kind of flow a link is."""
        return self._visit.say(ENDS[link.kind]) if link.kind in ENDS else self._visit.say(KINDS[link.kind])

    def amount(self, value: float) -> str:
        """Return a value with its unit."""
        figures = self._visit.figures
        if self._flows.measure == MONEY:
            return figures.money(value)
        return figures.amount(value, self._flows.unit)


KINDS = {"energy": N_("energy"), "water": N_("water"), "material": N_("material")}


def _picture(span: Span, flows: Flows, words: _Words) -> Sankey:
    """Return the flows as a picture: resources, processes, and where it ends."""
    names = dict.fromkeys(name for link in flows.links for name in (link.source, link.target))
    nodes = [_node(span, name, words) for name in names]
    value = {node.id: sum(link.value for link in flows.links if link.source == node.id) for node in nodes}
    ends = list(ENDS)
    nodes.sort(key=lambda node: (node.column, ends.index(node.id) if node.id in ends else -value[node.id]))
    links = [Link(one.source, one.target, one.value, one.kind) for one in flows.links]
    return sankey(nodes, sorted(links, key=lambda link: link.style == LOSS))  # the loss is drawn above all


def _node(span: Span, name: str, words: _Words) -> Node:
    kind, _, own = name.partition("/")
    if kind == "resource":
        return Node(name, words.name(name), 0, "resource", f"{PATH}?{span.of(span.process, own).query()}")
    if kind == "process":
        return Node(name, words.name(name), 1, "process", f"{PATH}?{span.of(own, '').query()}")
    return Node(name, words.name(name), 2, name)
