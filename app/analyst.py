"""The analysis job: learn what is not learned yet, judge what is ready, and say what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from analytics.amending import amend
from analytics.baseline import Refusal
from analytics.common_days import CommonDays
from analytics.frames import Stream, stream_of
from analytics.learning import baseline_period, excess_so_far, learn_first
from analytics.pipeline import Advance, advance
from analytics.proposals import propose, retire_provisional, waits_for_a_person, was_rejected
from analytics.provisional.start import MODEL as PROVISIONAL_MODEL
from analytics.provisional.walk import advance_provisionally
from analytics.readiness import frontier, ready_until, why_not_judged
from app.analyst_log import audit_refused, log_amended, log_hotspots, log_learned, why_refused
from app.baselines import standing
from app.nightly import keep_readings, recompute_late, review_baseline
from app.progress import Progress, StreamProgress
from domain.amendment import Journal
from domain.baseline import Baseline, Finding
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore

#: event time between two attempts to learn a first baseline
LEARN_AGAIN = timedelta(hours=6)


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
        self._common = CommonDays(plant, store)
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
        journal = self._journal()
        done: list[Advance] = []
        first_trouble: WorldError | None = None
        for stream in self._streams:
            if self._stopped:
                break
            try:
                done.extend(self._run_stream(stream, journal, last_seen, reach))
            except WorldError as trouble:
                first_trouble = first_trouble or trouble
        if first_trouble is not None:
            raise first_trouble
        return done

    def _journal(self) -> Journal:
        """Return the amendments up to now."""
        with self._ledger.begin() as tx:
            return Journal(tuple(tx.amendments()))

    def _run_stream(
        self, stream: Stream, journal: Journal, last_seen: Mapping[str, datetime], reach: datetime
    ) -> list[Advance]:
        """Bring one stream up to date, and keep its trouble beside it."""
        progress = self.progress.streams[stream.process, stream.resource]
        try:
            self._amend(stream, progress, journal)
            done = self._bring_up(stream, progress, journal, last_seen, reach)
        except Exception as trouble:
            progress.trouble = f"{type(trouble).__name__}: {trouble}"
            raise
        progress.trouble = ""
        return done

    def _amend(self, stream: Stream, progress: StreamProgress, journal: Journal) -> None:
        """Apply what people stated about the past since the last run."""
        if progress.amended >= journal.last:
            return
        now = self._clock.now()
        done = amend(self._plant, self._store, self._ledger, stream, journal, now)
        progress.amended = journal.last
        progress.learn_at = None  # what could not be learned from may be mended
        if done is not None:
            self.progress.amendments += len(done.entries)
            log_amended(stream, done)

    def _bring_up(
        self,
        stream: Stream,
        progress: StreamProgress,
        journal: Journal,
        last_seen: Mapping[str, datetime],
        reach: datetime,
    ) -> list[Advance]:
        interval_s = self._plant.interval_s
        until = ready_until(stream.inputs, last_seen, reach, self._lateness_s, interval_s)
        if progress.watermark is not None and until <= progress.watermark:
            return []
        baseline = self._baseline(stream, progress, journal, until)
        if baseline is not None:
            progress.baseline_version = baseline.version
            return [self._done(progress, self._advance(stream, baseline, until, journal))]
        provisional = self._provisional(stream, progress, journal, until)
        return [] if provisional is None else [self._done(progress, provisional)]

    def _advance(self, stream: Stream, baseline: Baseline, until: datetime, journal: Journal) -> Advance:
        return advance(
            self._plant, self._store, self._ledger, stream, baseline, until, journal, common=self._common
        )

    def _done(self, progress: StreamProgress, done: Advance) -> Advance:
        """Note how far it came."""
        progress.watermark = done.watermark
        self.progress.intervals += done.intervals
        log_hotspots(done)
        return done

    def _provisional(
        self, stream: Stream, progress: StreamProgress, journal: Journal, until: datetime
    ) -> Advance | None:
        """Judge by what a cold start has learned so far; None if it is too early or people are waited for."""
        today = until.astimezone(self._plant.timezone).date()
        if not self._plant.baseline.provisional or progress.not_before == today:
            return None
        with self._ledger.begin() as tx:
            versions = tx.baselines(stream.process, stream.resource)
        provisional = [one for one in versions if one.model == PROVISIONAL_MODEL]
        if len(provisional) < len(versions):
            return None
        now = self._clock.now()
        done = advance_provisionally(self._plant, self._store, self._ledger, stream, until, journal, now)
        if isinstance(done, str):
            progress.not_judged, progress.not_before = done, today
            return None
        progress.not_judged = ""
        return done

    def _baseline(
        self, stream: Stream, progress: StreamProgress, journal: Journal, until: datetime
    ) -> Baseline | None:
        """Return the baseline in force, made now if there is none and the history suffices."""
        with self._ledger.begin() as tx:
            baseline = tx.approved_baseline(stream.process, stream.resource)
        if baseline is not None:
            progress.not_judged = why_not_judged(self._plant, baseline)
            progress.blocked = bool(progress.not_judged)
            return None if progress.not_judged else baseline
        if progress.learn_at is not None and until < progress.learn_at:
            return None
        progress.learn_at = until + LEARN_AGAIN
        return self._learn(stream, progress, journal, until)

    def _learn(
        self, stream: Stream, progress: StreamProgress, journal: Journal, until: datetime
    ) -> Baseline | None:
        """Make a first baseline: in force at once, unless its profile speaks against it."""
        period = baseline_period(self._plant, until)
        if period is None:
            progress.not_judged = "the baseline period of the plant file is not over yet"
            return None
        now, names = self._clock.now(), (stream.process, stream.resource)
        with self._ledger.begin() as tx:
            versions = tx.baselines(*names)
            if waits_for_a_person(versions, now):
                progress.not_judged = standing(self._plant, tx, *names).not_judged
                progress.blocked = True
                return None
            excess = excess_so_far([one for one in tx.hotspots() if (one.process, one.resource) == names])
        fitted = learn_first(
            self._plant, self._store, stream, period, now, excess, amendments=journal.in_force
        )
        if isinstance(fitted, Refusal):
            progress.findings = fitted.findings
            progress.not_judged = why_refused(fitted)
            audit_refused(self._ledger, stream, fitted, now)
            return None
        against = why_not_judged(self._plant, fitted) or was_rejected(versions)
        progress.blocked = bool(against)
        with self._ledger.begin() as tx:
            saved = propose(tx, fitted) if against else tx.save_baseline(fitted)
            if not against:
                retire_provisional(tx, *names)
            progress.not_judged = standing(self._plant, tx, *names).not_judged
        progress.findings = saved.findings
        log_learned(saved)
        return None if against else saved

    def nightly(self) -> list[Finding]:
        """Recompute what late readings changed, and propose new baselines where they are due."""
        findings, journal = [], self._journal()
        for stream in self._streams:
            progress = self.progress.streams[stream.process, stream.resource]
            if progress.watermark is not None and not self._stopped:
                findings += self._review(stream, journal, progress.watermark)
        return findings

    def _review(self, stream: Stream, journal: Journal, watermark: datetime) -> list[Finding]:
        known = (self._plant, self._store, self._ledger, stream, watermark)
        changed = recompute_late(*known, journal.in_force)
        if changed is None:
            return []
        self.progress.recomputed += changed
        finding = review_baseline(*known, journal.in_force, self._clock.now())
        return [] if finding is None else [finding]

    def keep(self) -> None:
        """Keep the consumption of new readings, then let go of readings that were kept long enough.

        Raises:
            StoreError: the series store is away; the next night does the rest.
            LedgerError: the ledger is away.
        """
        amendments = self._journal().in_force
        keep_readings(self._plant, self._store, self._clock.now(), self._lateness_s, amendments)
