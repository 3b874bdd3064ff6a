"""A baseline whose own period was amended: a finding on it and a proposal beside it, never a silent refit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from analytics.consumption import context_s
from analytics.frames import Stream
from analytics.learning import learn
from analytics.proposals import propose
from domain.amendment import Amendment
from domain.baseline import Baseline, BaselineStatus, Finding, Severity
from domain.plant import Plant
from domain.ports import LedgerTx, SeriesStore

#: a proposal whose period has lost more than this share of its intervals is none: its readings are gone
MAX_LOST = 0.1


@dataclass(frozen=True, slots=True)
class Doubt:
    """The approved baseline, what is to be said about it, and what would be learned now from its period."""

    baseline: Baseline
    finding: Finding
    proposal: Baseline | None  # None: nothing could be learned


def doubt_of(
    plant: Plant,
    store: SeriesStore,
    stream: Stream,
    in_force: Sequence[Amendment],
    news: Sequence[Amendment],
    versions: Sequence[Baseline],
    now: datetime,
) -> Doubt | None:
    """Return what new entries mean for the baseline in force; None if they do not touch its period.

    The proposal learns from the same period, so it learns no waste of the time after it; it may be made
    while a hotspot is open.

    Raises:
        StoreError: the store cannot be read.
    """
    approved = next((one for one in versions if one.status is BaselineStatus.APPROVED), None)
    if approved is None:
        return None
    touching = [entry for entry in news if _touches(plant, stream, entry, approved)]
    if not touching:
        return None
    finding = _finding(touching)
    period = (approved.period_start, approved.period_end)
    fitted = learn(
        plant,
        store,
        stream,
        period,
        now,
        reason=finding.message,
        status=BaselineStatus.PROPOSED,
        amendments=in_force,
    )
    is_whole = (
        isinstance(fitted, Baseline)
        and fitted.statistics.coverage >= approved.statistics.coverage - MAX_LOST
        and fitted.period_start - approved.period_start < timedelta(days=1)
    )
    return Doubt(approved, finding, fitted if isinstance(fitted, Baseline) and is_whole else None)


def about(stream: Stream, entries: Sequence[Amendment]) -> list[Amendment]:
    """Return the entries about a stream, its meters and variables."""
    names, ours = {one.id for one in stream.inputs}, (stream.process, stream.resource)
    return [
        one
        for one in entries
        if one.meter in names or (not one.meter and (one.process, one.resource) == ours)
    ]


def overlooked(stream: Stream, in_force: Sequence[Amendment], baseline: Baseline) -> list[Amendment]:
    """Return the entries about a stream that were made after its baseline was, and that no finding tells of.

    Whoever approves a proposal need not know of what was entered since it was made.
    """
    told = {
        number
        for finding in baseline.findings
        if finding.kind == "period_amended"
        for number in finding.evidence.get("amendments", ())
    }
    return [one for one in about(stream, in_force) if one.at > baseline.created_at and one.id not in told]


def keep(tx: LedgerTx, doubt: Doubt) -> None:
    """Save the finding on the baseline in force, unless it is that no more, and the proposal."""
    approved = tx.approved_baseline(doubt.baseline.process, doubt.baseline.resource)
    if approved is not None and approved.version == doubt.baseline.version:
        tx.save_baseline(replace(approved, findings=(*approved.findings, doubt.finding)))
    if doubt.proposal is not None:
        propose(tx, doubt.proposal)


def _finding(touching: Sequence[Amendment]) -> Finding:
    """Return the finding about what happened in the baseline period."""
    meters = sorted({entry.meter for entry in touching if entry.meter})
    adjusted = any(not entry.meter for entry in touching)
    words = [f"readings of {', '.join(meters)} were amended"] if meters else []
    words += ["what is expected was adjusted"] if adjusted else []
    return Finding(
        "period_amended",
        Severity.WARNING,
        f"{' and '.join(words)} in the baseline period after the baseline was made",
        min(entry.start for entry in touching),
        max(entry.end for entry in touching),
        {"amendments": [entry.id for entry in touching], "meters": meters, "adjusted": adjusted},
    )


def _touches(plant: Plant, stream: Stream, entry: Amendment, baseline: Baseline) -> bool:
    if not entry.meter:
        return entry.start < baseline.period_end and entry.end > baseline.period_start
    meter = next(one for one in stream.inputs if one.id == entry.meter)
    reach = timedelta(seconds=context_s(meter, plant.interval_s))
    return entry.start - reach < baseline.period_end and entry.end + reach > baseline.period_start
