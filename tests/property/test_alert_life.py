"""Whatever holds, whatever people do, whoever is on shift: every story is told whole, once, and in order."""

from __future__ import annotations

import re
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts.acting import acknowledge, snooze
from alerts.deliver import deliver
from alerts.evaluate import evaluate
from alerts.handover import hand_over, handovers_due
from alerts.machine import Escalation, Rules
from alerts.outbox import ChannelRule
from alerts.policy import Policy
from alerts.silencing import add_silence
from alerts.stages.limited import Limit
from domain.alert import Alert, AlertState, Condition
from domain.silence import Matcher, SilenceKind
from tests.alerts.builders import RecordingChannel, a_condition, a_hotspot_condition, a_plant, after
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.stories.builders import NIGHT, SHIFTS, WORKING

CHANNELS = (
    ChannelRule("all", limit=Limit(burst=2, per_hour=4), group_above=2),
    ChannelRule("morning", roles=frozenset({"operator"}), shifts=frozenset({"morning"}), handover=True),
    ChannelRule("afternoon", roles=frozenset({"operator"}), shifts=frozenset({"afternoon"}), handover=True),
    ChannelRule("night", roles=frozenset({"operator"}), quiet=NIGHT.quiet),
    ChannelRule("fitter", roles=frozenset({"maintenance"})),
)
RULES = Rules(
    keep_s=600, repeat_s=4 * 3600, group_wait_s=600, burst=2,
    escalation=(Escalation(3600, frozenset({"maintenance"})),),
)  # fmt: skip
NAMES = ("h0", "h1", "h2", "store", "broker")
PLANT = a_plant(shifts=SHIFTS)


def a_thing(name: str, rate: float, process: str) -> Condition:
    if not name.startswith("h"):
        return a_condition(name, hold_s=600)
    return a_hotspot_condition(name, process=process, excess_per_hour=rate, cost_per_hour=rate * 1e4)


class AlertLife(RuleBasedStateMachine):
    """A plant's alerts, and everything that may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.at_s = MemoryLedger(), 0.0
        self.policy = Policy(rules=RULES, shifts=WORKING)
        self.holding: dict[str, Condition] = {}
        self.sent = {channel.name: RecordingChannel(channel.name) for channel in CHANNELS}

    @rule(name=st.sampled_from(NAMES), rate=st.sampled_from([1.0, 2.5, 9.0]), place=st.sampled_from("pq"))
    def begins(self, name: str, rate: float, place: str) -> None:
        self.holding[name] = a_thing(name, rate, place)
        self._evaluate()

    @rule(name=st.sampled_from(NAMES))
    def ends(self, name: str) -> None:
        self.holding.pop(name, None)

    @rule(minutes=st.sampled_from([1, 5, 10, 30, 90, 300]))
    def time_goes_on(self, minutes: int) -> None:
        self.at_s += 60.0 * minutes
        self._evaluate()

    @rule()
    def evaluated_twice(self) -> None:
        self._evaluate()

    @rule(name=st.sampled_from(NAMES))
    def somebody_acknowledges(self, name: str) -> None:
        for alert in self._open(name):
            if alert.fired_at is not None:
                with self.ledger.begin() as tx:
                    acknowledge(tx, alert.fingerprint, "Lan", "", after(self.at_s))

    @rule(name=st.sampled_from(NAMES), hours=st.sampled_from([1, 6]))
    def somebody_snoozes(self, name: str, hours: int) -> None:
        for alert in self._open(name):
            with self.ledger.begin() as tx:
                until = after(self.at_s) + timedelta(hours=hours)
                snooze(tx, alert.fingerprint, until, "Lan", "", after(self.at_s))

    @rule(place=st.sampled_from("pq"), hours=st.sampled_from([1, 5]))
    def somebody_silences(self, place: str, hours: int) -> None:
        span = (after(self.at_s), after(self.at_s) + timedelta(hours=hours))
        with self.ledger.begin() as tx:
            match = [Matcher("process", "=", place)]
            add_silence(tx, SilenceKind.SILENCE, match, span, "Lan", "việc", span[0])

    @invariant()
    def every_story_is_told_in_order(self) -> None:
        for channel in self.sent.values():
            keys = [item["dedup_key"] for item in channel.subjects() if item["dedup_key"]]
            assert len(keys) == len(set(keys))
            for letters in self._stories(channel).values():
                assert re.fullmatch(r"(Fr*E)*(Fr*)?", letters), (channel.name, letters)

    @invariant()
    def nothing_fires_twice_without_a_resolve(self) -> None:
        stories: dict[str, str] = {}
        for one in self.ledger.tables.changes:
            if one.change.value in {"firing", "resolved"} and one.before not in {"no_data", "error"}:
                letter = "F" if one.change.value == "firing" else "E"
                stories[one.fingerprint] = stories.get(one.fingerprint, "") + letter
            elif one.change.value == "resolved":
                stories[one.fingerprint] = stories.get(one.fingerprint, "") + "E"
        for letters in stories.values():
            assert re.fullmatch(r"(FE)*F?", letters), letters

    def teardown(self) -> None:
        """Everything ends and two days pass: now every story is whole, and nothing is kept back."""
        self.holding.clear()
        for _ in range(2 * 24 * 6):
            self.at_s += 600
            self._evaluate()
        for channel in self.sent.values():
            for letters in self._stories(channel).values():
                assert re.fullmatch(r"(Fr*E)+", letters), (channel.name, letters)
        assert not [one for one in self.ledger.tables.notices.values() if not one.told_in]
        assert all(a.state is AlertState.RESOLVED for a in self.ledger.tables.alerts.values())

    def _open(self, name: str) -> list[Alert]:
        with self.ledger.begin() as tx:
            return [alert for alert in tx.alerts(open_only=True) if alert.key == name]

    def _evaluate(self) -> None:
        now = after(self.at_s)
        hand_over(self.ledger, PLANT, handovers_due(WORKING, CHANNELS, now), now)
        evaluate(self.ledger, self.holding.values(), now, None, CHANNELS, self.policy)
        deliver(self.ledger, self.sent, now, chance=lambda: 0.5)

    def _stories(self, channel: RecordingChannel) -> dict[str, str]:
        """Return what a channel was told of each alert; a hand-over may repeat what is open."""
        stories: dict[str, str] = {}
        for message in channel.taken:
            for item in message.body.get("items", [message.body]):
                letter = {"firing": "F", "repeat": "r", "resolved": "E"}[item["event"]]
                story = stories.get(item["fingerprint"], "")
                if message.event == "handover" and letter == "F" and story and story[-1] != "E":
                    letter = "r"
                stories[item["fingerprint"]] = story + letter
        return stories


TestAlertLife = AlertLife.TestCase
TestAlertLife.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
