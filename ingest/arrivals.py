"""Messages as they arrive, in columns: half a microsecond each instead of an object each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, overload


class Message(NamedTuple):
    """A message as it came."""

    topic: bytes  # UTF-8, if the sender kept to the standard
    payload: bytes
    mid: bytes  # two bytes to acknowledge it by; b"": the broker wants no acknowledgement
    retained: bool = False  # the broker kept it, and repeats it now


class Arrivals:
    """Messages in the order they came. The columns are open to those who fill them quickly."""

    __slots__ = ("mids", "payloads", "retained", "topics", "whole")

    def __init__(self) -> None:
        self.topics: list[bytes] = []
        self.payloads: list[bytes] = []
        self.mids: list[bytes] = []
        self.retained: list[int] = []  # positions
        self.whole: dict[
            int, int
        ] = {}  # position -> size [bytes] of a payload of which only the head is kept

    def add(self, message: Message) -> None:
        """Put a message at the end."""
        if message.retained:
            self.retained.append(len(self.topics))
        self.topics.append(message.topic)
        self.payloads.append(message.payload)
        self.mids.append(message.mid)

    def extend(self, later: Arrivals) -> None:
        """Put all messages of another one at the end."""
        here = len(self.topics)
        self.retained += [here + position for position in later.retained]
        self.whole |= {here + position: size for position, size in later.whole.items()}
        self.topics += later.topics
        self.payloads += later.payloads
        self.mids += later.mids

    def cut_off(self, count: int) -> Arrivals:
        """Return the first messages and keep the others."""
        first = Arrivals()
        for name in ("topics", "payloads", "mids"):
            column = getattr(self, name)
            setattr(first, name, column[:count])
            del column[:count]
        first.retained = [position for position in self.retained if position < count]
        self.retained = [position - count for position in self.retained if position >= count]
        first.whole = {position: size for position, size in self.whole.items() if position < count}
        self.whole = {at - count: size for at, size in self.whole.items() if at >= count}
        return first

    def where(self, keep: Callable[[Message], bool]) -> Arrivals:
        """Return the messages that are to be kept."""
        kept = Arrivals()
        for position, message in enumerate(self):
            if keep(message):
                if position in self.whole:
                    kept.whole[len(kept)] = self.whole[position]
                kept.add(message)
        return kept

    def clear(self) -> None:
        """Forget all."""
        for column in (self.topics, self.payloads, self.mids, self.retained, self.whole):
            column.clear()

    def __len__(self) -> int:
        """Return how many messages there are."""
        return len(self.topics)

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        """Return one message, or a stretch of them."""
        if isinstance(index, slice):
            return list(self)[index]
        position = index % len(self.topics)
        return Message(self.topics[index], self.payloads[index], self.mids[index], position in self.retained)

    def __iter__(self) -> Iterator[Message]:
        """Return the messages one by one."""
        retained = set(self.retained)
        columns = zip(self.topics, self.payloads, self.mids, strict=True)
        return (Message(*columns_, index in retained) for index, columns_ in enumerate(columns))
