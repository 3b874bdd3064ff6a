"""Alerts in simulated time: what holds when, and what people were told when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from alerts.deliver import deliver
from alerts.evaluate import evaluate
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.policy import Policy
from domain.alert import Condition
from domain.ports import Ledger
from tests.alerts.builders import RecordingChannel, after
from tests.alerts.memory_ledger import MemoryLedger

Holds = Callable[[float], Iterable[Condition]]
Told = tuple[float, str, str]


@dataclass
class Timetable:
    """Evaluates and delivers every `every_s`; `told` lists (seconds, event, key) per alert told."""

    holds: Holds
    rules: Rules = field(default_factory=Rules)
    channels: Sequence[ChannelRule] = (ChannelRule("mail"),)
    every_s: float = 10
    ledger: Ledger = field(default_factory=MemoryLedger)
    notifiers: dict[str, RecordingChannel] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    at_s: float = 0
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        self.notifiers = self.notifiers or {rule.name: RecordingChannel(rule.name) for rule in self.channels}

    def run(self, until_s: float) -> list[Told]:
        """Go on up to and including `until_s`; return everything told so far on the first channel."""
        first = self.notifiers[self.channels[0].name]
        while self.at_s <= until_s:
            known = len(first.subjects())
            evaluate(
                self.ledger, self.holds(self.at_s), after(self.at_s), self.rules, self.channels, self.policy
            )
            deliver(self.ledger, self.notifiers, after(self.at_s), chance=lambda: 0.5)
            self.told += [(self.at_s, item["event"], item["key"]) for item in first.subjects()[known:]]
            self.at_s += self.every_s
        return self.told


def between(start_s: float, end_s: float, *conditions: Condition) -> Holds:
    """Return what holds in [start, end)."""
    return lambda at_s: conditions if start_s <= at_s < end_s else ()


def both(*plans: Holds) -> Holds:
    """Return what holds by any of the plans."""
    return lambda at_s: [condition for plan in plans for condition in plan(at_s)]
