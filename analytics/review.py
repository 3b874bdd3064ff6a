"""The nightly question whether a baseline has to be made again, and the proposal if it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from analytics import amended_baseline
from analytics.adjusting import unadjusted
from analytics.baseline import Change, needs_refresh, with_reporting_means
from analytics.frames import Stream, stream_frame
from analytics.learning import MAX_PERIOD, learn
from analytics.proposals import propose, rejected_lately
from analytics.readiness import floor_to
from domain.amendment import FOREVER, Amendment, adjustments, replacements
from domain.baseline import Baseline, BaselineStatus, Finding
from domain.feedback import Feedback, Verdict
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: a word on an alert is about a hotspot that ended no longer ago
NEWS_FOR = timedelta(days=28)


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
    of the latest weeks lie in the range that was learned from is noted with the baseline in force, and what
    was entered about its own period after it was made, as while it waited for a person (`amended_baseline`).
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
    unknown = amended_baseline.overlooked(stream, amendments, baseline)
    doubt = amended_baseline.doubt_of(plant, store, stream, amendments, unknown, versions, now)
    if doubt is not None:
        with ledger.begin() as tx:
            amended_baseline.keep(tx, doubt)
        return doubt.finding
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
            {"amendment": one.id, "kind": str(one.kind), "meter": one.meter, "who": one.who, "why": one.why},
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
        rejected_lately(one, now) and finding.kind in {known.kind for known in one.findings}
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
