"""The analysis job: learn what is not learned yet, judge what is ready, and say what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from analytics.baseline import Refusal
from analytics.frames import Stream, stream_of
from analytics.learning import baseline_period, learn, review
from analytics.pipeline import Advance, advance, recompute
from analytics.readiness import frontier, ready_until
from domain.baseline import Baseline, Finding
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore

log = structlog.get_logger()

#: event time between two attempts to learn a first baseline
LEARN_AGAIN = timedelta(hours=6)
#: how far back the nightly recomputation looks for readings that came late
RECOMPUTE = timedelta(days=7)

Key = tuple[str, str]


@dataclass
class StreamProgress:
    """Where the analysis of one process and resource stands."""

    watermark: datetime | None = None
    baseline_version: int = 0
    learn_at: datetime | None = None  # event time of the next attempt at a first baseline
    findings: tuple[Finding, ...] = ()  # why there is no baseline yet
    trouble: str = ""  # what the last run raised; "" = fine


@dataclass
class Progress:
    """What the analysis has done since this process started."""

    streams: dict[Key, StreamProgress] = field(default_factory=dict)
    reach: datetime | None = None  # how far the plant's readings go
    intervals: int = 0
    runs: int = 0
    recomputed: int = 0  # intervals that late readings changed


class Analyst:
    """Runs the analysis of a whole plant; every run takes up where the ledger says the last one stopped."""

    def __init__(
        self, plant: Plant, store: SeriesStore, ledger: Ledger, clock: Clock, lateness_s: float
    ) -> None:
        self._plant, self._store, self._ledger, self._clock = plant, store, ledger, clock
        self._lateness_s = lateness_s
        self._streams = [stream_of(plant, *pair) for pair in plant.streams()]
        self._ids = [*plant.meters, *plant.variables]
        self.progress = Progress({pair: StreamProgress() for pair in plant.streams()})
        self._stopped = False

    def stop(self) -> None:
        """Let a run end after the stream it is at."""
        self._stopped = True

    def last_seen(self) -> dict[str, datetime]:
        """Return the newest reading time of every meter and variable that has one.

        Raises:
            StoreError: the series store cannot be read.
        """
        frame = self._store.last(self._ids)
        return dict(zip(frame["meter"], frame["time"], strict=True))

    def run_once(self, last_seen: Mapping[str, datetime]) -> list[Advance]:
        """Learn and judge all that is ready; one stream's trouble does not keep the others.

        Raises:
            WorldError: the first outside failure, after every stream was tried.
        """
        reach = frontier(last_seen, self._clock.now())
        self.progress.reach = reach
        self.progress.runs += 1
        if reach is None:
            return []
        done: list[Advance] = []
        first_trouble: WorldError | None = None
        for stream in self._streams:
            if self._stopped:
                break
            try:
                done.extend(self._run_stream(stream, last_seen, reach))
            except WorldError as trouble:
                first_trouble = first_trouble or trouble
        if first_trouble is not None:
            raise first_trouble
        return done

    def _run_stream(
        self, stream: Stream, last_seen: Mapping[str, datetime], reach: datetime
    ) -> list[Advance]:
        """Bring one stream up to date, and keep its trouble beside it."""
        progress = self.progress.streams[stream.process, stream.resource]
        try:
            done = self._bring_up(stream, progress, last_seen, reach)
        except Exception as trouble:
            progress.trouble = f"{type(trouble).__name__}: {trouble}"
            raise
        progress.trouble = ""
        return done

    def _bring_up(
        self, stream: Stream, progress: StreamProgress, last_seen: Mapping[str, datetime], reach: datetime
    ) -> list[Advance]:
        interval_s = self._plant.interval_s
        until = ready_until(stream.inputs, last_seen, reach, self._lateness_s, interval_s)
        if progress.watermark is not None and until <= progress.watermark:
            return []
        baseline = self._baseline(stream, progress, until)
        if baseline is None:
            return []
        progress.baseline_version = baseline.version
        done = advance(self._plant, self._store, self._ledger, stream, baseline, until)
        progress.watermark = done.watermark
        self.progress.intervals += done.intervals
        self._log(done)
        return [done]

    def _baseline(self, stream: Stream, progress: StreamProgress, until: datetime) -> Baseline | None:
        """Return the baseline in force, made now if there is none and the history suffices."""
        with self._ledger.begin() as tx:
            baseline = tx.approved_baseline(stream.process, stream.resource)
        if baseline is not None:
            return baseline
        if progress.learn_at is not None and until < progress.learn_at:
            return None
        progress.learn_at = until + LEARN_AGAIN
        return self._learn(stream, progress, until)

    def _learn(self, stream: Stream, progress: StreamProgress, until: datetime) -> Baseline | None:
        period = baseline_period(self._plant, until)
        if period is None:
            return None
        now = self._clock.now()
        fitted = learn(self._plant, self._store, stream, period, now, reason="first baseline")
        if isinstance(fitted, Refusal):
            progress.findings = fitted.findings
            return None
        with self._ledger.begin() as tx:
            saved = tx.save_baseline(fitted)
        progress.findings = saved.findings
        figure = saved.statistics.cvrmse_pct
        log.info(
            "analytics.baseline_approved",
            process=stream.process,
            resource=stream.resource,
            version=saved.version,
            model=saved.model,
            cvrmse_pct=None if figure is None else round(figure, 2),
            coverage=round(saved.statistics.coverage, 3),
            findings=len(saved.findings),
        )
        return saved

    def _log(self, done: Advance) -> None:
        for hotspot in done.hotspots:
            event = "analytics.hotspot_changed" if hotspot.ended_at is None else "analytics.hotspot_ended"
            log.info(
                event,
                id=hotspot.id,
                process=hotspot.process,
                resource=hotspot.resource,
                kind=str(hotspot.kind),
                since=hotspot.since.isoformat(),
                excess_per_hour=round(hotspot.excess_per_hour, 3),
                unit=hotspot.unit,
                cause=str(hotspot.cause),
            )

    def nightly(self) -> list[Finding]:
        """Recompute what late readings changed, and propose new baselines where they are due."""
        findings = []
        for stream in self._streams:
            progress = self.progress.streams[stream.process, stream.resource]
            if progress.watermark is not None and not self._stopped:
                findings += self._review(stream, progress.watermark)
        return findings

    def _review(self, stream: Stream, watermark: datetime) -> list[Finding]:
        with self._ledger.begin() as tx:
            baseline = tx.approved_baseline(stream.process, stream.resource)
        if baseline is None:
            return []
        start = max(watermark - RECOMPUTE, baseline.period_end)
        if start >= watermark:
            return []
        changed = recompute(self._plant, self._store, stream, baseline, start, watermark)
        self.progress.recomputed += changed
        names = {"process": stream.process, "resource": stream.resource}
        if changed:
            log.info("analytics.intervals_recomputed", intervals=changed, **names)
        now = self._clock.now()
        finding = review(self._plant, self._store, self._ledger, stream, watermark, now)
        if finding is None:
            return []
        log.info("analytics.baseline_proposed", reason=finding.message, **names)
        return [finding]
