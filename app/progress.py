"""How far the analysis has come since this process started: of every stream, and together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.baseline import Finding

Key = tuple[str, str]


@dataclass
class StreamProgress:
    """Where the analysis of one process and resource stands."""

    watermark: datetime | None = None
    baseline_version: int = 0
    learn_at: datetime | None = None  # event time of the next attempt at a first baseline
    findings: tuple[Finding, ...] = ()  # why there is no baseline yet
    not_judged: str = "nothing was read yet"  # why nothing is judged; "" = it is
    blocked: bool = False  # nothing is judged until a person decides
    not_before: date | None = None  # local day on which it was too early for a cold start
    trouble: str = ""  # what the last run raised; "" = fine
    amended: int = -1  # id of the newest amendment that the stream knows of; -1 = not asked yet


@dataclass
class Progress:
    """What the analysis has done since this process started."""

    streams: dict[Key, StreamProgress] = field(default_factory=dict)
    reach: datetime | None = None  # how far the plant's readings go
    intervals: int = 0
    runs: int = 0
    recomputed: int = 0  # intervals that late readings changed
    amendments: int = 0  # applied to judged intervals, counted per stream
