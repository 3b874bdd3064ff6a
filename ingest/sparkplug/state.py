"""What the births of an edge node have said, whether it lives, and which of its messages are missing.

Source: Eclipse Sparkplug 3.0.0, 5 (operational behaviour) and 6.4.4 (aliases and sequence numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ingest.sparkplug.codec import Metric

BD_SEQ = "bdSeq"
_SEQ_NUMBERS = 256


@dataclass(slots=True)
class Device:
    """The last birth of a device, or of an edge node itself.

    Aliases are looked up at the device that sends them. They are unique in the whole edge node, so the
    others' are not needed; and an edge node that breaks that rule cannot give one device another's value.
    """

    types: dict[str, int] = field(default_factory=dict)  # data types of the metrics that a meter reads
    aliases: dict[int, str | None] = field(default_factory=dict)  # None: a metric that no meter reads

    def learn(self, metrics: Iterable[Metric], is_read: Callable[[str], bool]) -> None:
        """Take over what a birth says. An alias that it gives to two metrics means neither."""
        ambiguous = set()
        for metric in metrics:
            if metric.name is None:
                continue
            read = is_read(metric.name)
            if read:
                self.types[metric.name] = metric.datatype
            if metric.alias is not None:
                known = metric.name if read else None
                if self.aliases.setdefault(metric.alias, known) != known:
                    ambiguous.add(metric.alias)
        for alias in ambiguous:
            del self.aliases[alias]

    def __len__(self) -> int:
        """Return how much is remembered."""
        return len(self.types) + len(self.aliases)


@dataclass(slots=True)
class EdgeNode:
    """One edge node. Its devices are those whose birth holds; the node itself is device ""."""

    devices: dict[str, Device] = field(default_factory=dict)
    bd_seq: int | None = None  # of the birth that holds
    seq: int | None = None  # of the last message
    gaps: int = 0  # times that messages were missing or out of order
    late_deaths: int = 0  # wills of an earlier connection, which said nothing

    def __len__(self) -> int:
        """Return how much is remembered."""
        return sum(map(len, self.devices.values()))

    def note_seq(self, seq: int | None, *, anew: bool = False) -> bool:
        """Return whether a message is the next one; `anew` where the numbers begin again."""
        expected = None if self.seq is None or anew else (self.seq + 1) % _SEQ_NUMBERS
        if seq is None or not 0 <= seq < _SEQ_NUMBERS:
            return True
        self.seq = seq
        if expected is None or seq == expected:
            return True
        self.gaps += 1
        return False

    def birth(self, device: str, born: Device, bd_seq: int | None) -> None:
        """Begin a new life: of the device, or of the node, whose devices are then all born again."""
        if not device:
            self.devices.clear()
            self.bd_seq = bd_seq
        self.devices[device] = born

    def recall(self, device: str, born: Device, bd_seq: int | None) -> None:
        """Take a birth that the broker has kept: it tells what aliases mean, not that anybody lives."""
        if not device and bd_seq != self.bd_seq:
            if self.bd_seq is not None:
                self.devices.clear()
            self.bd_seq = bd_seq
        self.devices[device] = born

    def death(self, device: str, bd_seq: int | None, *, kept: bool = False) -> bool:
        """Return whether it is the end of the life that holds, and end it.

        Args:
            device: "" for the node, and with it all its devices.
            bd_seq: that the will of a node carries; one of another life comes late and means nothing.
            kept: the broker repeats the message, so that it counts only where it surely is of this life.
        """
        if device:
            if not kept:
                self.devices.pop(device, None)
            return not kept
        another = bd_seq is not None and self.bd_seq is not None and bd_seq != self.bd_seq
        if another or (kept and (bd_seq is None or bd_seq != self.bd_seq)):
            self.late_deaths += 1
            return False
        self.devices.clear()
        self.bd_seq = self.seq = None
        return True


def bd_seq_of(metrics: Iterable[Metric]) -> int | None:
    """Return the number of the life that a birth or a will of a node is of, None where it gives none."""
    found = next((metric for metric in metrics if metric.name == BD_SEQ), None)
    return None if found is None else found.integer
