"""First baselines from history, and the nightly question whether one has to be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from analytics.adjusting import unadjusted
from analytics.baseline import Change, Refusal, fit_baseline, needs_refresh, with_reporting_means
from analytics.frames import Stream, stream_frame
from analytics.readiness import floor_to
from domain.amendment import FOREVER, Amendment, adjustments, replacements
from domain.baseline import Baseline, BaselineStatus, Decision, Finding, Severity
from domain.consumption import Quality
from domain.feedback import Feedback, Verdict
from domain.hotspot import Hotspot, HotspotKind
from domain.plant import Plant
from domain.ports import Ledger, LedgerTx, SeriesStore

AUTHOR = "wastenot"
#: a baseline never learns from more than this (ISO 50006: a year covers the seasons)
MAX_PERIOD = timedelta(days=365)
#: after a person rejected a proposal, nothing is proposed for the same reason for so long
REJECTED_FOR = timedelta(days=28)
#: a first baseline that its profile speaks against is made again so much later, when there is more history
AGAIN_AFTER = timedelta(days=7)

#: a first baseline waits so long for use without the excess that a cold start found
PATIENCE = timedelta(days=28)
#: a word on an alert is about a hotspot that ended no longer ago
NEWS_FOR = timedelta(days=28)


def local_day(day: date, plant: Plant) -> datetime:
    """Return the instant at which a local date begins, UTC."""
    return datetime.combine(day, time(), plant.timezone).astimezone(UTC)


def baseline_period(plant: Plant, reach: datetime) -> tuple[datetime, datetime] | None:
    """Return [start, end) of the history a first baseline learns from; None while it is not complete.

    Args:
        reach: how far the readings can be judged (`readiness.ready_until`).
    """
    if plant.baseline.period is None:
        return floor_to(reach - MAX_PERIOD, plant.interval_s), floor_to(reach, plant.interval_s)
    first, last = plant.baseline.period
    start, end = local_day(first, plant), local_day(last + timedelta(days=1), plant)
    return (start, end) if end <= reach else None


def learn(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    period: tuple[datetime, datetime],
    now: datetime,
    *,
    reason: str,
    author: str = AUTHOR,
    status: BaselineStatus = BaselineStatus.APPROVED,
    amendments: Sequence[Amendment] = (),
    insisted: bool = False,
    barred: Sequence[tuple[datetime, datetime]] = (),
) -> Baseline | Refusal:
    """Return a baseline fitted on the period, not saved yet, or the findings that stand against one.

    Args:
        barred: stretches that are not learned from: an excess was found in them.
    """
    read = stream_frame(plant, store, stream, *period, amendments)
    bare = unadjusted(read, stream.process, stream.resource, plant.interval_s, amendments)
    frame = _without(_from_first_known(bare), barred)
    return fit_baseline(
        frame,
        plant,
        stream.process,
        stream.resource,
        now=now,
        author=author,
        reason=reason,
        status=status,
        insisted=insisted,
    )


def _from_first_known(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the time before the first known consumption: a meter's life begins there."""
    known = frame.filter(pl.col("actual").is_not_null())["start"]
    return frame.filter(pl.col("start") >= known.min()) if known.len() else frame.clear()


def _without(frame: pl.DataFrame, barred: Sequence[tuple[datetime, datetime]]) -> pl.DataFrame:
    """Return the frame with the use of some stretches unknown."""
    for start, end in barred:
        inside = pl.col("start").is_between(start, end, closed="left")
        frame = frame.with_columns(
            actual=pl.when(~inside).then("actual"),
            quality=pl.when(inside).then(pl.lit(str(Quality.MISSING))).otherwise("quality"),
        )
    return frame


def waits_for_a_person(versions: Sequence[Baseline], now: datetime) -> bool:
    """Return whether a stream without a baseline in force has a fresh proposal, or a rejected one."""
    for one in versions:
        if one.status is BaselineStatus.PROPOSED and now - one.created_at < AGAIN_AFTER:
            return True
        if _was_rejected_lately(one, now):
            return True
    return False


def was_rejected(versions: Sequence[Baseline]) -> bool:
    """Return whether a person ever rejected a version: no later one is put in force by itself."""
    return any(
        one.status is BaselineStatus.REJECTED and one.decision is not None and one.decision.who != AUTHOR
        for one in versions
    )


def _was_rejected_lately(baseline: Baseline, now: datetime) -> bool:
    """Return whether a person, not a later proposal, closed it a short while ago."""
    decision = baseline.decision
    return decision is not None and was_rejected([baseline]) and now - decision.at < REJECTED_FOR


def excess_so_far(hotspots: Sequence[Hotspot]) -> list[tuple[datetime, datetime]]:
    """Return the stretches in which a cold start found too much use: no first baseline learns from them."""
    return [
        (one.since, one.ended_at or one.judged_until)
        for one in hotspots
        if one.kind is HotspotKind.DRIFT and one.evidence.get("provisional")
    ]


def learn_first(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    period: tuple[datetime, datetime],
    now: datetime,
    excess: Sequence[tuple[datetime, datetime]],
    *,
    amendments: Sequence[Amendment],
) -> Baseline | Refusal:
    """Return a first baseline, without the stretches in which too much was found where that is possible.

    What a cold start found may be wrong, and what lasts may be how the process runs: after PATIENCE what
    is left out is learned from after all, robustly, and a finding says so.
    """

    def learned(barred: Sequence[tuple[datetime, datetime]]) -> Baseline | Refusal:
        return learn(
            plant, store, stream, period, now, reason="first baseline", amendments=amendments, barred=barred
        )

    fitted = learned(excess)
    if not excess or isinstance(fitted, Baseline) or now - min(one[0] for one in excess) < PATIENCE:
        return fitted
    whole = learned(())
    if isinstance(whole, Refusal):
        return whole
    message = f"learned from {len(excess)} stretch(es) in which the cold start found too much use"
    finding = Finding("excess_in_period", Severity.WARNING, message, min(excess)[0], max(excess)[1])
    return replace(whole, findings=(*whole.findings, finding))


def retire_provisional(tx: LedgerTx, process: str, resource: str) -> None:
    """Let a cold start's expectation go: a first baseline took its place."""
    for one in tx.baselines(process, resource):
        if one.status is BaselineStatus.PROVISIONAL:
            tx.save_baseline(replace(one, status=BaselineStatus.SUPERSEDED))


def propose(tx: LedgerTx, baseline: Baseline) -> Baseline:
    """Save a proposal; an earlier one that nobody decided on gives way to it."""
    for earlier in tx.baselines(baseline.process, baseline.resource):
        if earlier.status is BaselineStatus.PROPOSED:
            gone = Decision(baseline.created_at, AUTHOR, "a later proposal took its place")
            tx.save_baseline(replace(earlier, status=BaselineStatus.REJECTED, decision=gone))
    return tx.save_baseline(replace(baseline, status=BaselineStatus.PROPOSED))


def review(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    reach: datetime,
    now: datetime,
    amendments: Sequence[Amendment] = (),
) -> Finding | None:
    """Return why a stream's baseline should be made again, having saved a proposal; None if it is fine.

    Nothing is replaced: a person approves the proposal. While a hotspot is open there is none, because
    it would learn the waste as normal; nor is one that was rejected made again at once. How the variables
    of the latest weeks lie in the range that was learned from is noted with the baseline in force.
    """
    names = (stream.process, stream.resource)
    with ledger.begin() as tx:
        baseline = tx.approved_baseline(*names)
        hotspots = [one for one in tx.hotspots() if (one.process, one.resource) == names]
        versions, words = tx.baselines(*names), normal_changes(tx.feedback(), *names)
    is_open = any(one.ended_at is None and not _word_on(one, words) for one in hotspots)
    if baseline is None:
        return None
    since = max(baseline.period_end, reach - timedelta(days=28))
    read = stream_frame(plant, store, stream, since, reach, amendments)
    recent = unadjusted(read, stream.process, stream.resource, plant.interval_s, amendments)
    _note_means(ledger, baseline, recent)
    if any(version.status is BaselineStatus.PROPOSED for version in versions):
        return None
    changes = [*changes_of(stream, amendments), *_called_normal(hotspots, words)]
    finding = needs_refresh(baseline, recent, plant, now, is_open, changes)
    if finding is None or _was_rejected(versions, finding, now):
        return None
    _propose(plant, store, ledger, stream, reach, now, finding, amendments=amendments)
    return finding


def changes_of(stream: Stream, amendments: Sequence[Amendment]) -> list[Change]:
    """Return the static factors of a stream that people said have changed."""
    replaced = [one for meter in stream.meters for one in replacements(amendments, meter.id)]
    changed = [(one, f"{one.meter} was replaced ({one.why})") for one in replaced]
    lasting = [one for one in adjustments(amendments, stream.process, stream.resource) if one.end == FOREVER]
    changed += [(one, f"what is expected was adjusted ({one.why})") for one in lasting]
    return [
        Change(
            one.start,
            what,
            {"amendment": one.id, "kind": str(one.kind), "who": one.who, "why": one.why},
            learn_from=bool(one.meter),  # an adjustment is taken out of what is learned from
        )
        for one, what in changed
    ]


def normal_changes(feedback: Sequence[Feedback], process: str, resource: str) -> list[Feedback]:
    """Return the words that called an excess of a stream a normal change, and were not taken back since."""
    latest = {(one.fingerprint, one.episode): one for one in feedback}
    return [
        one
        for one in latest.values()
        if one.verdict is Verdict.NORMAL_CHANGE and (one.process, one.resource) == (process, resource)
    ]


def _word_on(hotspot: Hotspot, words: Sequence[Feedback]) -> Feedback | None:
    """Return the word that called a hotspot normal: the first one after it was found, while it was news."""
    until = None if hotspot.ended_at is None else hotspot.ended_at + NEWS_FOR
    later = [one for one in words if one.at >= hotspot.detected_at and (until is None or one.at <= until)]
    return min(later, key=lambda one: one.at, default=None)


def _called_normal(hotspots: Sequence[Hotspot], words: Sequence[Feedback]) -> list[Change]:
    """Return the changes that began with a hotspot which people called the new normal."""
    found = [(one, word) for one in hotspots if (word := _word_on(one, words)) is not None]
    return [
        Change(
            one.since,
            f"{word.who} called the excess a normal change ({word.reason})",
            {"hotspot": one.id, "who": word.who, "why": word.reason},
        )
        for one, word in found
    ]


def _note_means(ledger: Ledger, baseline: Baseline, recent: pl.DataFrame) -> None:
    """Keep where the variables' means of late lie, if that is news."""
    noted = with_reporting_means(baseline, recent)
    if noted.acceptance == baseline.acceptance:
        return
    with ledger.begin() as tx:
        now = tx.approved_baseline(baseline.process, baseline.resource)
        if now is not None and now.version == baseline.version:
            tx.save_baseline(replace(now, acceptance=noted.acceptance))


def _was_rejected(versions: Sequence[Baseline], finding: Finding, now: datetime) -> bool:
    """Return whether a person rejected a proposal of the same trigger a short while ago."""
    return any(
        _was_rejected_lately(one, now) and finding.kind in {known.kind for known in one.findings}
        for one in versions
    )


def _propose(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    stream: Stream,
    reach: datetime,
    now: datetime,
    finding: Finding,
    *,
    amendments: Sequence[Amendment],
) -> None:
    """Fit on the latest year, or on what came after a change, and save it with what asked for it."""
    start, anew = reach - MAX_PERIOD, finding.evidence.get("learn_from")
    if anew is not None:
        start = max(start, datetime.fromisoformat(str(anew)))
    period = floor_to(start, plant.interval_s), floor_to(reach, plant.interval_s)
    fitted = learn(
        plant,
        store,
        stream,
        period,
        now,
        reason=finding.message,
        status=BaselineStatus.PROPOSED,
        amendments=amendments,
    )
    if isinstance(fitted, Baseline):
        with ledger.begin() as tx:
            propose(tx, replace(fitted, findings=(finding, *fitted.findings)))
