"""The analysing part of a process: the jobs from readings to messages, and how they do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import structlog

from analytics.rules.live import RuleWatch
from app.alerting import Alerting
from app.analyst import Analyst
from app.health import PartHealth, Probe, Verdict
from app.schedule import Schedule
from config.dates import WEEKDAYS
from config.settings import Settings
from domain.errors import WorldError
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Clock
from store.ledger import SqlLedger

log = structlog.get_logger()

DELIVER_S = 2.0
#: how often the rules look at what is new: a broken one is told within 10 s of the reading
RULES_S = 2.0
#: how often the daily jobs ask the plant's clock whether they are due
DAILY_S = 30.0


class Analysing:
    """Learns, judges, alerts and tells on a schedule."""

    def __init__(
        self,
        settings: Settings,
        plant: Plant,
        ledger: SqlLedger,
        clock: Clock,
        analyst: Analyst,
        alerting: Alerting,
        *,
        rules: RuleWatch,
        problems: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        self._settings, self._plant, self._ledger, self._clock = settings, plant, ledger, clock
        self.analyst, self.alerting, self.rules = analyst, alerting, rules
        self._problems = problems
        self._ready = False
        self._deciding = threading.Lock()
        self._ruled: set[str] = set()  # open hotspots of rules that were said
        self._reviewed_on: date | None = None
        self._store_trouble = ""

    def schedule(self, schedule: Schedule, every_s: float) -> None:
        """Put the jobs on the schedule."""
        schedule.every(every_s, "analyse", self.analyse)
        schedule.every(min(RULES_S, every_s), "rules", self.when_ready(self.watch))
        schedule.every(min(DELIVER_S, every_s), "deliver", self.when_ready(self.alerting.couriers.run))
        daily_s = min(DAILY_S, 3 * every_s)
        schedule.every(daily_s, "nightly", self.when_ready(self._nightly))
        at = self._settings.analysis.digest_at
        weekday = WEEKDAYS.index(self._settings.alerts.weekly_on)
        schedule.every(daily_s, "digest", self.when_ready(lambda: self.alerting.digest_if_due(at, weekday)))

    def stop(self) -> None:
        """Let the running analysis end after the stream it is at, and what is being sent arrive."""
        self.analyst.stop()
        self.alerting.couriers.stop()

    def analyse(self) -> None:
        """Judge what is ready, then bring the alerts in step, whatever became of the judging.

        Raises:
            WorldError: the store or the ledger is away; said once by the schedule.
        """
        self._prepare()
        trouble: WorldError | None = None
        last_seen: dict[str, datetime] | None = None
        try:
            last_seen = self.analyst.last_seen()
            self.analyst.run_once(last_seen)
        except WorldError as away:
            trouble = away
        self._store_trouble = "" if last_seen is not None else str(trouble)
        self._decide(last_seen)
        if trouble is not None:
            raise trouble

    def watch(self) -> None:
        """Look at new readings by the rules, and bring the alerts in step at once if anything changed.

        Raises:
            WorldError: the store or the ledger is away; said once by the schedule.
        """
        last_seen = self.analyst.last_seen()
        changed = self.rules.run_once(last_seen)
        if changed:
            self._decide(last_seen)
        self._log_ruled(changed)

    def _log_ruled(self, changed: Sequence[Hotspot]) -> None:
        """Say which hotspots of rules have opened and ended; figures that went on are no news."""
        for hotspot in changed:
            is_over = hotspot.ended_at is not None
            if is_over or hotspot.id not in self._ruled:
                log.info(
                    "analytics.rule_hotspot_ended" if is_over else "analytics.rule_hotspot_opened",
                    id=hotspot.id,
                    meter=hotspot.evidence["meter"],
                    kind=str(hotspot.kind),
                    since=hotspot.since.isoformat(),
                    excess_per_hour=round(hotspot.excess_per_hour, 3),
                    unit=hotspot.unit,
                )
            (self._ruled.discard if is_over else self._ruled.add)(hotspot.id)

    def _decide(self, last_seen: dict[str, datetime] | None) -> None:
        """Bring the alerts in step; one job at a time, for each decides on all that holds."""
        with self._deciding:
            self.alerting.evaluate(last_seen, self._known_problems(), self._failing())

    def _failing(self) -> set[tuple[str, str]]:
        """Return the processes and resources that the last run could not analyse."""
        return {pair for pair, one in self.analyst.progress.streams.items() if one.trouble}

    def _known_problems(self) -> list[tuple[str, str]]:
        """Return one (key, text) per trouble of the installation."""
        found = dict(self._problems())
        if self._store_trouble:
            found["store"] = self._store_trouble
        return sorted(found.items())

    def _prepare(self) -> None:
        """Bring the ledger's tables up to date before the first use."""
        if not self._ready:
            self._ledger.migrate()
            self._ready = True

    def when_ready(self, job: Callable[[], object]) -> Callable[[], None]:
        """Return a job that does nothing before the ledger's tables are there."""

        def run() -> None:
            if self._ready:
                job()

        return run

    def _nightly(self) -> None:
        """Review the baselines and keep consumption once a local day, after the set time."""
        local = self._clock.now().astimezone(self._plant.timezone)
        if local.time() < self._settings.analysis.baseline_at or self._reviewed_on == local.date():
            return
        self.analyst.nightly()
        self.analyst.keep()
        self._reviewed_on = local.date()

    def probes(self) -> dict[str, Probe]:
        """Return the health of the analysis and of the messages to people."""
        return {"analysis": self._analysis, "outbox": self._outbox}

    def _analysis(self) -> PartHealth:
        progress = self.analyst.progress
        streams = progress.streams.values()
        marks = [one.watermark for one in streams if one.watermark is not None]
        troubles = sorted({one.trouble for one in streams if one.trouble})
        if self._store_trouble:
            troubles.insert(0, self._store_trouble)
        lag_s = (progress.reach - min(marks)).total_seconds() if marks and progress.reach else None
        figures: dict[str, Any] = {
            "runs": progress.runs,
            "intervals_judged": progress.intervals,
            "intervals_recomputed": progress.recomputed,
            "amendments_applied": progress.amendments,
            "rules_readings": self.rules.points,
            "rules_intervals": self.rules.slots,
            "streams": len(progress.streams),
            "streams_learning": sum(not one.baseline_version for one in streams),
            "not_judged": {
                "/".join(pair): one.not_judged for pair, one in progress.streams.items() if one.not_judged
            },
            "reach": progress.reach.isoformat() if progress.reach else None,
            "lag_s": lag_s,
        }
        blocked = [(pair, one.not_judged) for pair, one in progress.streams.items() if one.blocked]
        troubles += [f"{'/'.join(pair)} is not judged: {why}" for pair, why in blocked]
        return PartHealth(Verdict.DEGRADED if troubles else Verdict.OK, "; ".join(troubles), figures)

    def _outbox(self) -> PartHealth:
        if not self._ready:
            return PartHealth(Verdict.DEGRADED, "the ledger has not been reached yet")
        health, busy = self.alerting.outbox(), self.alerting.couriers.busy()
        bad = bool(health.errors) or health.dead > 0
        detail = "; ".join(f"{channel}: {error}" for channel, error in health.errors.items())
        figures = {
            "waiting": health.waiting,
            "oldest_s": health.oldest_s,
            "given_up": health.dead,
            "channels": {
                name: {
                    "waiting": one.waiting,
                    "given_up": one.dead,
                    "failing_since": _iso(one.failing_since),
                    "last_error": one.last_error,
                    "next_try": _iso(one.next_try),
                    "last_sent": _iso(one.last_sent),
                    "sending_since": _iso(busy.get(name)),
                }
                for name, one in health.channels.items()
            },
        }
        return PartHealth(Verdict.DEGRADED if bad else Verdict.OK, detail, figures)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
