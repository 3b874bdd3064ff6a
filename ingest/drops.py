"""What the broker itself says it has dropped: it tells nobody else."""

from __future__ import annotations

#: mosquitto's count of messages that it has dropped over a queue's limit since its start, of all clients
BROKER_DROPS = "$SYS/broker/publish/messages/dropped"
TOPIC = BROKER_DROPS.encode()


class BrokerDrops:
    """Counts what a broker drops from the first word on. Used by one thread; `count` is read by others."""

    def __init__(self) -> None:
        self.count: int | None = None  # since the broker first told us; None: it has not
        self._before = 0

    def note(self, payload: bytes) -> None:
        """Take in the broker's figure; what is no number is passed over.

        >>> drops = BrokerDrops()
        >>> for figure in (b"5", b"5", b"12", b"3"):  # the last one: the broker has begun anew
        ...     drops.note(figure)
        >>> drops.count
        10
        """
        if not payload.isdigit() or len(payload) > 18:
            return
        figure = int(payload)
        if self.count is None:
            self.count = 0
        else:
            self.count += figure - self._before if figure >= self._before else figure
        self._before = figure
