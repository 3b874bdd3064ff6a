"""An alert as its page tells it: what it is, why, what was done about it, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.alert import Alert
from domain.alert_change import AlertChange
from domain.feedback import Feedback
from domain.work import Tick, WorkOrder


@dataclass(frozen=True, slots=True)
class ProbableCause:
    """A cause in words, with what speaks for it."""

    name: str
    evidence: str
    confidence: float | None  # 0 .. 1; None = it is not the first one


@dataclass(frozen=True, slots=True)
class Check:
    """A first check."""

    id: str  # as the history knows it
    text: str
    done: Tick | None


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that an alert came."""

    number: int
    since: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One interval of the chart [unit per hour]; None = unknown, never zero."""

    start: datetime
    actual: float | None
    expected: float | None
    low: float | None
    high: float | None


class ChartBox(Protocol):
    """Where the curves and words of a chart stand in its box, in points; see `alerts.drawing.Drawing`."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def left(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def foot(self) -> int: ...
    @property
    def above(self) -> int: ...
    @property
    def below(self) -> int: ...


class Chart(Protocol):
    """What is drawn of an alert's stream, in points of a box; see `alerts.chart.Chart`."""

    @property
    def drawing(self) -> ChartBox: ...
    @property
    def actual(self) -> Sequence[Sequence[tuple[float, float]]]: ...
    @property
    def expected(self) -> Sequence[Sequence[tuple[float, float]]]: ...
    @property
    def band(self) -> Sequence[Sequence[tuple[float, float]]]: ...
    @property
    def shade(self) -> tuple[float, float]: ...
    @property
    def top_label(self) -> str: ...
    @property
    def from_label(self) -> str: ...
    @property
    def to_label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One episode of an alert."""

    alert: Alert
    title: str
    lines: tuple[str, ...]  # what a message says about it
    path: tuple[tuple[str, str], ...]  # id and name: what feeds the process, itself, what it feeds
    causes: tuple[ProbableCause, ...]
    checks: tuple[Check, ...]
    chart: Chart | None
    history: tuple[AlertChange, ...]  # the newest first
    episodes: tuple[Episode, ...]
    is_latest: bool
    order: WorkOrder | None
    verdict: Feedback | None
    users: tuple[str, ...]  # to whom it can be given
    snoozed_until: datetime | None
    points: tuple[CurvePoint, ...] = ()  # what the chart was drawn from
    unit: str = ""  # of its points
