"""Who reads what of an edge node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from ingest.targets import Refusal, Target

#: metric name -> the meters that read it
Readers: TypeAlias = Mapping[str, Sequence[Target]]


class Meters(Protocol):
    """Which meters the plant has at an edge node."""

    def of(self, group: str, node: str, device: str) -> Readers | Refusal:
        """Return the metrics of a device ("": of the node itself) that meters read; none for no meter."""
        ...

    def devices(self, group: str, node: str) -> Iterable[str]:
        """Return the devices of a node that the plant file names."""
        ...
