"""The alert job: what holds now becomes alerts, alerts become messages, messages are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from alerts.conditions import Bands, hotspot_conditions, infrastructure_conditions
from alerts.deliver import Delivered, OutboxHealth, deliver, outbox_health
from alerts.digest import digest
from alerts.evaluate import evaluate
from alerts.figures import Letterhead
from alerts.glance import glance
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.silence import listening, silent_conditions
from domain.alert import Alert, AlertKind, Condition
from domain.plant import Plant
from domain.ports import Clock, Ledger, Notifier

#: where nobody has set severity bands: this many times the plant's own threshold for a hotspot
WARNING_TIMES, CRITICAL_TIMES = 2.0, 10.0


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
    """

    rules: Rules
    hold_s: Mapping[AlertKind, float]
    transit_s: float = 0.0


def severity_bands(plant: Plant) -> Bands:
    """Return from which cost per hour a hotspot is a warning and a critical one, from the plant's threshold.

    A plant without a threshold has warnings only: what is much money is not ours to guess.
    """
    least = plant.detection.min_cost_per_hour
    if least <= 0:
        return Bands(warning=0.0, critical=float("inf"))
    return Bands(warning=WARNING_TIMES * least, critical=CRITICAL_TIMES * least)


class Alerting:
    """Keeps a plant's alerts in step with what holds; all state is in the ledger."""

    def __init__(
        self, plant: Plant, ledger: Ledger, clock: Clock, receivers: Receivers, patience: Patience
    ) -> None:
        self._plant, self._ledger, self._clock = plant, ledger, clock
        self._receivers, self._patience = receivers, patience
        self._transit = timedelta(seconds=patience.transit_s)
        self._started_at = clock.now()

    def evaluate(
        self, last_seen: Mapping[str, datetime] | None, problems: Sequence[tuple[str, str]]
    ) -> list[Alert]:
        """Return the alerts that changed.

        Args:
            last_seen: newest reading of each meter; None = the store cannot be read, silence is not judged.
            problems: (key, text) of each trouble of the installation itself.

        Raises:
            LedgerError: the ledger is away; the next run decides afresh.
        """
        now = self._clock.now()
        conditions = self._conditions(last_seen, problems, now)
        return evaluate(self._ledger, conditions, now, self._patience.rules, self._receivers.rules)

    def _conditions(
        self, last_seen: Mapping[str, datetime] | None, problems: Sequence[tuple[str, str]], now: datetime
    ) -> list[Condition]:
        with self._ledger.begin() as tx:
            hotspots = tx.hotspots(open_only=True)
            known = tx.alerts()
        found = hotspot_conditions(hotspots, self._plant, severity_bands(self._plant))
        found += infrastructure_conditions(problems, now)
        if last_seen is not None:
            heard = listening(known, self._started_at, now)
            found += silent_conditions(last_seen, self._plant, now - self._transit, heard)
        return [replace(one, hold_s=self._patience.hold_s.get(one.kind, one.hold_s)) for one in found]

    def deliver(self) -> Delivered:
        """Send what is due; raise LedgerError when the ledger is away."""
        return deliver(self._ledger, self._receivers.notifiers, self._clock.now())

    def digest_if_due(self, at: time) -> bool:
        """Put yesterday's report into the outbox once it is `at` in the plant; False when nothing was due."""
        local = self._clock.now().astimezone(self._plant.timezone)
        if local.time() < at:
            return False
        yesterday: date = local.date() - timedelta(days=1)
        if not self._judged_on(yesterday):
            return False
        now = self._clock.now()
        return bool(digest(self._ledger, self._plant, yesterday, now, self._receivers.rules))

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
        return outbox_health(self._ledger, self._clock.now())
