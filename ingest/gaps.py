"""Messages that never came, told by the running numbers that senders give them.

A broker drops messages without a word: above its queue's limit, or with a power cut. Where a payload carries
a number that the sender raises by one each time (`seq`), what is missing between two is known exactly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_MOST_METERS = 100_000  # whose numbers are remembered
_MOST_STRETCHES = 64  # of one meter, that may still be filled by late messages
#: a number that falls back by more than this is a sender that has begun anew, not a late message
_RESTARTED = 10_000
_MOST_LOST = 100_000_000  # at once; more is another number, not a loss


@dataclass(slots=True)
class _Sender:
    """What is known of one sender's numbers."""

    last: int  # the highest
    missing: int = 0
    open: list[tuple[int, int]] = field(default_factory=list)  # stretches [from, to) that have not come


class Gaps:
    """Counts what is missing per meter. Used by one thread; `missing` is read by others."""

    def __init__(self) -> None:
        self.missing: dict[str, int] = {}  # meter -> messages that have not come; only those with some
        self.restarts = 0  # senders that began anew: what they lost before that is not known
        self.total = 0  # messages that have not come
        self._senders: dict[str, _Sender] = {}

    def go_on_from(self, last: Mapping[str, int]) -> None:
        """Take in each meter's last number before a break, of which nothing is unread."""
        self._senders |= {meter: _Sender(number) for meter, number in last.items()}

    def last(self) -> dict[str, int]:
        """Return each meter's last number."""
        return {meter: sender.last for meter, sender in self._senders.items()}

    def most(self, count: int) -> dict[str, int]:
        """Return the meters that miss most, with how many; open to any thread."""
        found = sorted(self.missing.copy().items(), key=lambda item: -item[1])
        return dict(found[:count])

    def note(self, numbers: Iterable[tuple[str, int]]) -> int:
        """Take in (meter, number) pairs in the order they came; return how many are newly missing.

        - The next number: nothing is missing. A larger one: what is between has not come.
        - A number of a stretch that had not come: late, and not missing any more.
        - The last one again, or one from before: a repetition.
        - 0 or 1, or a fall of more than 10,000: the sender began anew, or its number went round.
        """
        new = 0
        for meter, number in numbers:
            sender = self._senders.get(meter)
            if sender is None:
                self._greet(meter, number)
            elif number == sender.last + 1:
                sender.last = number
            elif sender.last < number <= sender.last + _MOST_LOST:
                new += self._open(meter, sender, number)
            elif number > sender.last:
                self._begin_anew(sender, number)
            else:
                self._look_back(meter, sender, number)
        return new

    def _greet(self, meter: str, number: int) -> None:
        if len(self._senders) < _MOST_METERS:
            self._senders[meter] = _Sender(number)

    def _open(self, meter: str, sender: _Sender, number: int) -> int:
        """Note the stretch before a number as missing; return how long it is."""
        lost = number - sender.last - 1
        sender.open.append((sender.last + 1, number))
        del sender.open[:-_MOST_STRETCHES]
        sender.last = number
        self._count(meter, sender, lost)
        return lost

    def _look_back(self, meter: str, sender: _Sender, number: int) -> None:
        """Tell a late message from a repetition and from a sender that began anew."""
        for place, (start, end) in enumerate(sender.open):
            if start <= number < end:
                sender.open[place : place + 1] = [
                    part for part in ((start, number), (number + 1, end)) if part[0] < part[1]
                ]
                self._count(meter, sender, -1)
                return
        if number < sender.last and (number in (0, 1) or sender.last - number > _RESTARTED):
            self._begin_anew(sender, number)

    def _begin_anew(self, sender: _Sender, number: int) -> None:
        self.restarts += 1
        sender.last = number
        sender.open.clear()

    def _count(self, meter: str, sender: _Sender, change: int) -> None:
        sender.missing += change
        self.total += change
        if sender.missing:
            self.missing[meter] = sender.missing
        else:
            self.missing.pop(meter, None)


def keep_numbers(file: Path, last: Mapping[str, int]) -> None:
    """Keep each meter's last number for the next start; a full disk costs no more than that knowledge."""
    with suppress(OSError):
        file.write_text(json.dumps(last))


def take_numbers(file: Path) -> dict[str, int]:
    """Return the numbers kept by an orderly end, and let go of them.

    After any other end they are not there: what came between is not known, and nothing is said to be missing.
    """
    try:
        kept = json.loads(file.read_text())
        file.unlink()
    except (OSError, ValueError):
        return {}
    return (
        {meter: last for meter, last in kept.items() if isinstance(last, int)}
        if isinstance(kept, dict)
        else {}
    )
