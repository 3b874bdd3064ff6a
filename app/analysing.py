"""The analysing part of a process: the jobs from readings to messages, and how they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import structlog

from app.alerting import Alerting
from app.analyst import Analyst
from app.health import PartHealth, Probe, Verdict
from app.schedule import Schedule
from config.settings import Settings
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock
from store.ledger import SqlLedger

log = structlog.get_logger()

DELIVER_S = 2.0
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
        problems: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        self._settings, self._plant, self._ledger, self._clock = settings, plant, ledger, clock
        self.analyst, self.alerting = analyst, alerting
        self._problems = problems
        self._ready = False
        self._reviewed_on: date | None = None
        self._store_trouble = ""

    def schedule(self, schedule: Schedule, every_s: float) -> None:
        """Put the jobs on the schedule."""
        schedule.every(every_s, "analyse", self.analyse)
        schedule.every(min(DELIVER_S, every_s), "deliver", self._when_ready(self.alerting.deliver))
        daily_s = min(DAILY_S, 3 * every_s)
        schedule.every(daily_s, "nightly", self._when_ready(self._nightly))
        at = self._settings.analysis.digest_at
        schedule.every(daily_s, "digest", self._when_ready(lambda: self.alerting.digest_if_due(at)))

    def stop(self) -> None:
        """Let the running analysis end after the stream it is at."""
        self.analyst.stop()

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
        self.alerting.evaluate(last_seen, self._known_problems())
        if trouble is not None:
            raise trouble

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

    def _when_ready(self, job: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            if self._ready:
                job()

        return run

    def _nightly(self) -> None:
        """Review the baselines once a local day, after the set time."""
        local = self._clock.now().astimezone(self._plant.timezone)
        if local.time() < self._settings.analysis.baseline_at or self._reviewed_on == local.date():
            return
        self.analyst.nightly()
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
            "streams": len(progress.streams),
            "streams_learning": sum(not one.baseline_version for one in streams),
            "reach": progress.reach.isoformat() if progress.reach else None,
            "lag_s": lag_s,
        }
        return PartHealth(Verdict.DEGRADED if troubles else Verdict.OK, "; ".join(troubles), figures)

    def _outbox(self) -> PartHealth:
        if not self._ready:
            return PartHealth(Verdict.DEGRADED, "the ledger has not been reached yet")
        health = self.alerting.outbox()
        bad = bool(health.errors) or health.dead > 0
        detail = "; ".join(f"{channel}: {error}" for channel, error in health.errors.items())
        figures = {"waiting": health.waiting, "oldest_s": health.oldest_s, "given_up": health.dead}
        return PartHealth(Verdict.DEGRADED if bad else Verdict.OK, detail, figures)
