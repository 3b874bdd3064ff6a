"""What a message of an edge node says to meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.targets import Refusal, Target


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric that meters read."""

    targets: Sequence[Target]
    raw: object
    time_ms: object  # milliseconds since 1970; UNSET where neither metric nor payload has a time
    live: bool  # it is said now: not kept by the broker, nor by the edge node for later


@dataclass(slots=True)
class Said:
    """What one message says."""

    points: list[Point] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
