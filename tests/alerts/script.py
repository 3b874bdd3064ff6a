"""Acceptance in simulated time: at 1 s push, at 60 s somebody acknowledges, between 2 and 2.5 s expect.

Whatever is told has to be expected, and whatever is expected has to be told, in its time, once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.deliver import deliver
from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from alerts.policy import Policy
from domain.alert import Condition, OutboxMessage
from domain.ports import Ledger, LedgerTx
from tests.alerts.builders import RecordingChannel, after
from tests.alerts.memory_ledger import MemoryLedger

Deed = Callable[[LedgerTx, datetime], object]
#: seconds, channel, what was told: "firing h1", "repeat/worse h1", "group(firing h1, resolved h2)"
Told = tuple[float, str, str]


@dataclass
class Script:
    """What holds when, who does what when, and who is told what when."""

    policy: Policy = field(default_factory=Policy)
    channels: Sequence[ChannelRule] = (ChannelRule("mail"),)
    every_s: float = 0.5
    ledger: Ledger = field(default_factory=MemoryLedger)
    extra: Callable[[Ledger, datetime], object] = lambda _ledger, _now: None
    told: list[Told] = field(default_factory=list)
    sent: dict[str, RecordingChannel] = field(default_factory=dict)
    _pushes: list[tuple[float, Condition]] = field(default_factory=list)
    _clears: list[tuple[float, str]] = field(default_factory=list)
    _deeds: list[tuple[float, Deed]] = field(default_factory=list)
    _wanted: list[tuple[float, float, str, str]] = field(default_factory=list)

    def push(self, at_s: float, *conditions: Condition) -> Script:
        """From now on these hold; one that held already is replaced."""
        self._pushes += [(at_s, condition) for condition in conditions]
        return self

    def clear(self, at_s: float, *keys: str) -> Script:
        """From now on these hold no more."""
        self._clears += [(at_s, key) for key in keys]
        return self

    def do(self, at_s: float, deed: Deed) -> Script:
        """Somebody does something."""
        self._deeds.append((at_s, deed))
        return self

    def expect(self, start_s: float, end_s: float, what: str, channel: str = "mail") -> Script:
        """Say what has to be told to a channel within [start, end]."""
        self._wanted.append((start_s, end_s, channel, what))
        return self

    def run(self, until_s: float) -> list[Told]:
        """Play it; fail with what was told too much, too little, too early or too late."""
        self.sent = {rule.name: RecordingChannel(rule.name) for rule in self.channels}
        for step in range(round(until_s / self.every_s) + 1):
            self._step(step * self.every_s)
        missing, surplus = list(self._wanted), list(self.told)
        for start, end, channel, what in self._wanted:
            fitting = [one for one in surplus if start <= one[0] <= end and one[1:] == (channel, what)]
            if fitting:
                surplus.remove(fitting[0])
                missing.remove((start, end, channel, what))
        assert (missing, surplus) == ([], []), f"missing {missing}; not expected {surplus}"
        return self.told

    def _step(self, at_s: float) -> None:
        now = after(at_s)
        due = [one for one in self._deeds if one[0] <= at_s]
        self._deeds = [one for one in self._deeds if one[0] > at_s]
        for _, deed in due:
            with self.ledger.begin() as tx:
                deed(tx, now)
        counts = {name: len(channel.taken) for name, channel in self.sent.items()}
        self.extra(self.ledger, now)
        evaluate(self.ledger, self._holding(at_s), now, None, self.channels, self.policy)
        deliver(self.ledger, self.sent, now, chance=lambda: 0.5)
        for name, channel in self.sent.items():
            self.told += [(at_s, name, shown(message)) for message in channel.taken[counts[name] :]]

    def _holding(self, at_s: float) -> list[Condition]:
        known: dict[str, tuple[float, Condition]] = {}
        for pushed_s, condition in self._pushes:
            if pushed_s <= at_s:
                known[condition.key] = (pushed_s, condition)
        for cleared_s, key in self._clears:
            if cleared_s <= at_s and key in known and known[key][0] < cleared_s:
                del known[key]
        return [condition for _, condition in known.values()]


def shown(message: OutboxMessage) -> str:
    """Return a message in short."""
    if "items" in message.body:
        inside = ", ".join(_shown(item) for item in message.body["items"])
        return f"{message.event}({inside})"
    return message.event if "key" not in message.body else _shown(message.body)


def _shown(item: object) -> str:
    assert isinstance(item, dict)
    note = f"/{item['note']}" if item["note"] else ""
    return f"{item['event']}{note} {item['key']}"
