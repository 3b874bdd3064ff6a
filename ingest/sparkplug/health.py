"""What an operator is shown of the edge nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SparkplugHealth:
    """How the edge nodes do. Counts are since the start."""

    nodes: int
    born: int  # nodes and devices whose birth holds
    gaps: Mapping[str, int]  # edge node -> times that messages of it were missing
    late_deaths: int
    nulls: int  # values of meters that were sent as unknown
    transients: int  # values of meters that the edge node does not want kept
    unread: Mapping[str, int]  # the first hundred devices that no meter reads, with how many messages
    rebirths: int  # requests
    unit_doubts: tuple[str, ...]
