"""An edge node as its messages show it, with the meters at it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.sparkplug.readers import Readers
from ingest.sparkplug.state import EdgeNode


@dataclass(slots=True)
class Station:
    """An edge node and the meters at it that have been asked for."""

    node: EdgeNode = field(default_factory=EdgeNode)
    readers: dict[str, Readers] = field(default_factory=dict)

    def meters(self, device: str) -> list[str]:
        """Return the ids of the meters of a device; "": of the node with all its devices."""
        found = self.readers.values() if not device else [self.readers.get(device, {})]
        return sorted({target.id for readers in found for targets in readers.values() for target in targets})
