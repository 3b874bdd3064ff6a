"""Losses over a span: what the page shows, ranked by money; None = unknown, never zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from web.span import Span


@dataclass(frozen=True, slots=True)
class Loss:
    """What a process used of a resource beyond what was expected; negative = less."""

    process: str
    process_name: str
    resource: str
    resource_name: str
    unit: str
    excess: float | None  # over the judged intervals
    expected: float | None  # of the same
    cost: float | None  # of the part that has a price
    unpriced: float | None  # the part of the excess that has none; None = there is no such part
    kg_co2e: float | None
    judged: int  # intervals in which the excess is known
    intervals: int
    alerts: Sequence[str]  # fingerprints of those that fall into the span, the latest first

    @property
    def excess_pct(self) -> float | None:
        """Return the excess in per cent of what was expected."""
        return 100.0 * self.excess / self.expected if self.excess is not None and self.expected else None

    @property
    def coverage(self) -> float | None:
        """Return the share of the intervals that is judged, 0 .. 1."""
        return self.judged / self.intervals if self.intervals else None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A loss with its place in the ranking."""

    loss: Loss
    share: float  # of the sum of all that is ranked, 0 .. 1
    cumulative: float


@dataclass(frozen=True, slots=True)
class CauseLoss:
    """What hotspots of one probable cause cost in a span: mean rate times hours, so about."""

    cause: str  # domain.hotspot.Cause
    hotspots: int
    cost: float
    share: float
    cumulative: float


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of a span, each stream in one list. Main meters hold what those under them count."""

    currency: str
    ranked: Sequence[Ranked]  # the dearest first
    unpriced: Sequence[Loss]  # more was used, and what that costs is not known, or not of all of it
    savings: Sequence[Loss]  # less was used, the most money first
    unjudged: Sequence[Loss]  # nothing of it is known
    mains: Sequence[Loss]
    causes: Sequence[CauseLoss]
    as_of: datetime

    @property
    def total(self) -> float | None:
        """Return what all ranked losses cost; None where none is known."""
        return sum(one.loss.cost or 0.0 for one in self.ranked) if self.ranked else None

    @property
    def coverage(self) -> float | None:
        """Return the share of all intervals that is judged, 0 .. 1."""
        own = [*(one.loss for one in self.ranked), *self.unpriced, *self.savings, *self.unjudged]
        rows = {(one.process, one.resource): one for one in own}.values()
        intervals = sum(one.intervals for one in rows)
        return sum(one.judged for one in rows) / intervals if intervals else None


#: a span, "" as its process or resource = all of them
LossesOf = Callable[[Span], Losses]
