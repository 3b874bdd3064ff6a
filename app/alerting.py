"""The alert job: what holds now becomes alerts, alerts become messages, messages are sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from alerts.conditions import Bands, hotspot_conditions, infrastructure_conditions
from alerts.couriers import Couriers
from alerts.deliver import Delivered, deliver
from alerts.digest import WEEK, digest, weekly_digest
from alerts.evaluate import evaluate
from alerts.figures import Letterhead
from alerts.glance import glance
from alerts.handover import hand_over, handovers_due
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.outbox_health import OutboxHealth, outbox_health
from alerts.people import with_people
from alerts.policy import Stages, policy_of
from alerts.silence import gone, listening, silent_conditions
from domain.alert import Alert, AlertKind, Condition, Sight
from domain.hotspot import HotspotKind
from domain.plant import Plant
from domain.ports import Clock, Ledger, Notifier
from domain.stories import told_once

#: where nobody has set severity bands: this many times the plant's own threshold for a hotspot
WARNING_TIMES, CRITICAL_TIMES = 2.0, 10.0
DAY_H = 24.0
#: less than expected by so much [%] is no less work: the line has stopped, or its meter has
STOPPED_PCT = -90.0


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who is told: the channels' rules, the channels themselves by name, and for whom the links' text is."""

    rules: tuple[ChannelRule, ...]
    notifiers: Mapping[str, Notifier]
    head: Letterhead


@dataclass(frozen=True, slots=True)
class Patience:
    """How long alerts wait.

    Args:
        rules: of the state machine.
        hold_s: how long a condition of each kind holds before it fires [s].
        transit_s: how long a reading is on its way to the store, on the clock given [s]: nothing worth
            mentioning on the wall's, minutes on one that runs fast. Silence is judged by that much ago.
        stages: what the stages between an alert and its messages go by.
        less_s: how long less than expected is used before it fires [s]: it costs nothing meanwhile, and
            is mostly work that is not done. Half of it where next to nothing is used.
    """

    rules: Rules
    hold_s: Mapping[AlertKind, float]
    transit_s: float = 0.0
    stages: Stages = field(default_factory=Stages)
    less_s: float = 0.0

    def hold_of(self, condition: Condition, now: datetime) -> float:
        """Return how long a condition holds before it fires [s].

        What the judge has found waits, counted from its detection, so that a find in history waits for
        nothing; what a rule has found does not wait.
        """
        waited_s = self.hold_s.get(condition.kind, condition.hold_s)
        if condition.kind is not AlertKind.HOTSPOT:
            return waited_s
        kind, detected = condition.facts.get("hotspot_kind"), condition.facts.get("detected_at")
        if kind == HotspotKind.UNDER_CONSUMPTION:
            pct = condition.facts.get("pct")
            is_stopped = pct is not None and pct <= STOPPED_PCT
            waited_s = max(self.less_s / 2 if is_stopped else self.less_s, waited_s)
        elif kind != HotspotKind.DRIFT:
            return 0.0
        if detected and now - datetime.fromisoformat(detected) >= timedelta(seconds=waited_s):
            return 0.0
        return waited_s


@dataclass(frozen=True, slots=True)
class WholePlant:
    """What is known of the plant as a whole at an instant.

    Args:
        standstills: the conditions that it stood still.
        leaning: gives a condition back; a hotspot with how much of the plant leans its way.
    """

    standstills: Callable[[datetime], Sequence[Condition]] = lambda _now: ()
    leaning: Callable[[Condition, datetime], Condition] = lambda condition, _now: condition


def _stream(condition: Condition) -> tuple[str, str]:
    return str(condition.facts.get("process", "")), str(condition.facts.get("resource", ""))


def _unseen(condition: Condition) -> Condition:
    is_judged = condition.kind is AlertKind.HOTSPOT
    return replace(condition, sight=Sight.ERROR) if is_judged else condition


def severity_bands(plant: Plant) -> Bands:
    """Return from what on a hotspot is a warning and a critical one: by the plant file, else its threshold.

    Losses that have added up to a day's worth of a band's rate reach the band as well. A plant without a
    threshold and without bands has warnings only: what is much money is not ours to guess.
    """
    least, told = plant.detection.min_cost_per_hour, plant.severity
    warning = _either(told.warning_per_hour, WARNING_TIMES * least if least > 0 else 0.0)
    critical = _either(told.critical_per_hour, CRITICAL_TIMES * least if least > 0 else math.inf)
    return Bands(
        warning=warning,
        critical=critical,
        warning_total=_either(told.warning_total, DAY_H * warning if warning > 0 else math.inf),
        critical_total=_either(told.critical_total, DAY_H * critical),
        warning_after_s=_either(told.warning_after_s, math.inf),
        critical_after_s=_either(told.critical_after_s, math.inf),
        least=least,
        least_pct=plant.detection.min_excess_pct,
    )


def _either(told: float | None, otherwise: float) -> float:
    return otherwise if told is None else told


class Alerting:
    """Keeps a plant's alerts in step with what holds; all state is in the ledger."""

    def __init__(
        self,
        plant: Plant,
        ledger: Ledger,
        clock: Clock,
        receivers: Receivers,
        patience: Patience,
        whole: WholePlant | None = None,
    ) -> None:
        """Prepare.

        Args:
            whole: what is known of the plant as a whole; None = nothing.
        """
        self._plant, self._ledger, self._clock = plant, ledger, clock
        self._receivers, self._patience, self._whole = receivers, patience, whole or WholePlant()
        self._policy = policy_of(plant, patience.rules, patience.stages)
        self._handed_over: set[tuple[str, datetime]] = set()
        self._transit = timedelta(seconds=patience.transit_s)
        self._started_at = clock.now()
        self.couriers = Couriers(ledger, receivers.notifiers, clock.now)

    def evaluate(
        self,
        last_seen: Mapping[str, datetime] | None,
        problems: Sequence[tuple[str, str]],
        failing: Collection[tuple[str, str]] = (),
    ) -> list[Alert]:
        """Return the alerts that changed.

        Args:
            last_seen: newest reading of each meter; None = the store cannot be read, silence is not judged.
            problems: (key, text) of each trouble of the installation itself.
            failing: process and resource of what cannot be analysed: its alerts are unknown.

        Raises:
            LedgerError: the ledger is away; the next run decides afresh.
        """
        now = self._clock.now()
        conditions = self._conditions(last_seen, problems, now)
        conditions = [_unseen(one) if _stream(one) in failing else one for one in conditions]
        channels = self._channels()
        self._hand_over(channels, now)
        return evaluate(self._ledger, conditions, now, None, channels, self._policy)

    def _channels(self) -> list[ChannelRule]:
        """Return the channels with the people whom they reach, as the users' table says now."""
        with self._ledger.begin() as tx:
            return with_people(self._receivers.rules, tx.users())

    def _hand_over(self, channels: Sequence[ChannelRule], now: datetime) -> None:
        """Give each channel whose shift has begun its hand-over, once; the ledger refuses a second one."""
        due = handovers_due(self._policy.shifts, channels, now)
        fresh = [one for one in due if (one[0].name, one[1].start) not in self._handed_over]
        if fresh:
            hand_over(self._ledger, self._plant, fresh, now)
        self._handed_over = {(channel.name, turn.start) for channel, turn in due}

    def _conditions(
        self, last_seen: Mapping[str, datetime] | None, problems: Sequence[tuple[str, str]], now: datetime
    ) -> list[Condition]:
        with self._ledger.begin() as tx:
            hotspots = tx.hotspots(open_only=True)
            known = tx.alerts()
            statuses = tx.meter_statuses()
        found = hotspot_conditions(told_once(hotspots), self._plant, severity_bands(self._plant))
        found += infrastructure_conditions(problems, now)
        if last_seen is not None:
            heard = listening(known, self._started_at, now)
            offline = gone(statuses, last_seen)
            found += silent_conditions(last_seen, self._plant, now - self._transit, heard, offline)
        held = [replace(one, hold_s=self._patience.hold_of(one, now)) for one in found]
        return [*(self._whole.leaning(one, now) for one in held), *self._whole.standstills(now)]

    def deliver(self) -> Delivered:
        """Send what is due; raise LedgerError when the ledger is away."""
        return deliver(self._ledger, self._receivers.notifiers, self._clock.now())

    def digest_if_due(self, at: time, weekday: int = 0) -> bool:
        """Put yesterday's report, on its weekday last week's too, into the outbox from `at` local time on.

        Args:
            weekday: of the weekly report; 0 = Monday.

        Returns:
            whether anything was put in.
        """
        now = self._clock.now()
        local, rules = now.astimezone(self._plant.timezone), self._channels()
        if local.time() < at:
            return False
        yesterday: date = local.date() - timedelta(days=1)
        made = self._judged_on(yesterday) and digest(self._ledger, self._plant, yesterday, now, rules)
        first = local.date() - timedelta(days=WEEK)
        is_its_day = local.weekday() == weekday and any(
            self._judged_on(first + timedelta(days=number)) for number in range(WEEK)
        )
        weekly = is_its_day and weekly_digest(self._ledger, self._plant, first, now, rules)
        return bool(made) or bool(weekly)

    def _judged_on(self, day: date) -> bool:
        """Return whether anything was judged on a local day: "no losses" must not mean "nobody looked"."""
        start = datetime.combine(day, time(), self._plant.timezone)
        with self._ledger.begin() as tx:
            snapshots = [tx.snapshot(*stream) for stream in self._plant.streams()]
        return any(snapshot is not None and snapshot.watermark > start for snapshot in snapshots)

    def glance(self, fingerprint: str) -> str | None:
        """Return an alert's latest episode in words; None where there is no such alert."""
        with self._ledger.begin() as tx:
            found = [alert for alert in tx.alerts() if alert.fingerprint == fingerprint]
        if not found:
            return None
        shown = glance(found[0], self._receivers.head, self._clock.now())
        return f"{shown.title}\n\n{shown.body}"

    def outbox(self) -> OutboxHealth:
        """Return how delivery stands."""
        return outbox_health(self._ledger, self._clock.now(), channels=self._receivers.notifiers)
