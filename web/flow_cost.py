"""Where energy, water and material go over a span: what the page shows; None = unknown, never zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from web.language import N_
from web.span import Span

MONEY = "money"
#: where flows end, beside processes
PRODUCT, LOSS, WASTE, UNMETERED = "product", "loss", "waste", "unmetered"
ENDS = {
    PRODUCT: N_("Used as expected"),
    LOSS: N_("Avoidable loss"),
    WASTE: N_("Waste and wastewater"),
    UNMETERED: N_("Not sub-metered"),
}


@dataclass(frozen=True, slots=True)
class FlowLink:
    """So much of a resource that goes into a process, or what becomes of it there."""

    source: str  # "resource/<id>" | "process/<id>"
    target: str  # "process/<id>" | a key of ENDS
    kind: str  # "energy" | "water" | "material" of what goes in, else a key of ENDS
    value: float  # > 0


@dataclass(frozen=True, slots=True)
class FlowGap:
    """A process and resource of which what it costs is not known, or not of all of it."""

    process: str
    resource: str
    unit: str
    amount: float | None  # that has no price; None = what was used is not known
    known: int  # intervals of which the use is known
    intervals: int


@dataclass(frozen=True, slots=True)
class MainBalance:
    """A main meter against the meters under it, over the intervals in which all of them are known."""

    main: str
    process: str
    resource: str
    unit: str
    amount: float | None
    subs: float | None
    remainder: float | None  # negative = something is counted twice, or wrong
    half_width: float | None  # of its 90 % interval; None = a meter's class is not known
    remainder_cost: float | None
    n: int
    intervals: int

    @property
    def pct(self) -> float | None:
        """Return the remainder in per cent of the main meter's amount."""
        return 100.0 * self.remainder / self.amount if self.remainder is not None and self.amount else None


@dataclass(frozen=True, slots=True)
class Flows:
    """What the page shows, in money or in one unit."""

    measure: str  # MONEY, or a unit
    unit: str  # the currency, or the unit
    measures: Sequence[str]  # that can be asked for
    links: Sequence[FlowLink]
    gaps: Sequence[FlowGap]
    balances: Sequence[MainBalance]
    known: int  # intervals that are in it
    judged: int  # of them, those in which it is known what was to be expected
    intervals: int
    as_of: datetime

    @property
    def total(self) -> float:
        """Return what went in."""
        return sum(link.value for link in self.links if link.source.startswith("resource/"))

    def ending(self, end: str) -> float:
        """Return how much ended there."""
        return sum(link.value for link in self.links if link.target == end)

    @property
    def coverage(self) -> float | None:
        """Return the share of all intervals that is in it, 0 .. 1."""
        return self.known / self.intervals if self.intervals else None

    @property
    def judged_share(self) -> float | None:
        """Return of which share of what is in it the avoidable loss is known, 0 .. 1."""
        return min(1.0, self.judged / self.known) if self.known else None


class FlowsOf(Protocol):
    """Returns the flows of a span in a measure: MONEY or a unit."""

    def __call__(self, span: Span, measure: str) -> Flows: ...
