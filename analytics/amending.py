"""The past is amended -> what was judged is judged again: intervals, states and hotspots, each stream once.

A snapshot says up to which entry of the journal its stream knows. What is newer is applied by going back to
the last checkpoint before the first interval it can touch and walking the live path again from there, so that
the stream ends where it would be had the entry always been there. All of it is kept in one ledger transaction
with the new mark; a crash before it changes nothing that the next run does not do again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from analytics.amended_baseline import Doubt, about, doubt_of, keep
from analytics.calendar import calendar_features
from analytics.consumption import context_s
from analytics.drift.common import Common
from analytics.drift.judge import STATE_FORMAT, dump, load
from analytics.frames import Stream
from analytics.pipeline import context_of, crosses_border, recompute, steps, stream_excess, with_names
from analytics.provisional.learner import LEARNER_FORMAT
from analytics.provisional.start import MODEL as PROVISIONAL_MODEL
from analytics.provisional.walk import again
from analytics.readiness import floor_to
from analytics.surroundings import latest_left
from analytics.widening import judge_widened
from domain.amendment import Amendment, Journal
from domain.baseline import Baseline, BaselineStatus
from domain.errors import LedgerError
from domain.feedback import Feedback
from domain.hotspot import Hotspot, Snapshot, is_ruled
from domain.plant import Plant
from domain.ports import Ledger, LedgerTx, SeriesStore


@dataclass(frozen=True, slots=True)
class Amended:
    """What the journal's new entries changed on one stream."""

    entries: tuple[int, ...]  # ids
    since: datetime  # first interval they can touch
    replayed_from: datetime | None  # checkpoint; None = hotspots stay as they were judged
    hotspots: tuple[Hotspot, ...] = ()  # judged again
    withdrawn: tuple[Hotspot, ...] = ()  # none any more
    doubt: Doubt | None = None  # the baseline's own period was touched


@dataclass(frozen=True, slots=True)
class _Past:
    """One stream and everything its past is told from."""

    plant: Plant
    store: SeriesStore
    stream: Stream
    journal: Journal
    saved: Snapshot
    checkpoints: list[Snapshot]  # oldest first
    versions: list[Baseline]  # oldest first
    said: list[Feedback]  # in the order in which it was said


class _Replay(NamedTuple):
    """The live path walked again in memory."""

    snapshot: Snapshot
    checkpoints: list[Snapshot]
    found: dict[str, Hotspot]


def amend(
    plant: Plant, store: SeriesStore, ledger: Ledger, stream: Stream, journal: Journal, now: datetime
) -> Amended | None:
    """Apply what the journal says that a stream does not know of yet; None where that changes nothing.

    Hotspots that are none any more are forgotten and kept in the audit trail. Where the raw readings no
    longer reach back to a checkpoint, or none is there (a ledger of version 0.1), the intervals become
    right and the hotspots stay as they were judged. A touched baseline gets a finding and a proposal.

    Raises:
        StoreError: the series store is away; the next call does it all again.
        LedgerError: the ledger is away, or another analyser works on the stream.
    """
    names = (stream.process, stream.resource)
    with ledger.begin() as tx:
        saved = tx.snapshot(*names)
        if saved is None or saved.amended >= journal.last:
            return None
        past = _Past(
            plant, store, stream, journal, saved, tx.checkpoints(*names), tx.baselines(*names), tx.feedback()
        )
    news = _news(past)
    if not news:
        with ledger.begin() as tx:
            _same(tx, saved)
            tx.save_snapshot(replace(saved, amended=journal.last))
        return None
    since = min(_touched_from(past, entry) for entry in news)
    base = _checkpoint(past, since)
    replay = _replay_provisionally(past) if saved.format == LEARNER_FORMAT else None
    if replay is not None:
        base = _origin(past)
    elif base is not None:
        replay = _replay(past, base, since)
    begin = base.watermark if base is not None and replay is not None else saved.watermark
    _restate(past, since, begin)
    doubt = doubt_of(plant, store, stream, journal.in_force, news, past.versions, now)
    done = Amended(tuple(entry.id for entry in news), since, None if replay is None else begin, doubt=doubt)
    with ledger.begin() as tx:
        _same(tx, saved)
        done = _keep(tx, past, replay, done)
        if doubt is not None:
            keep(tx, doubt)
        why = f"amendments {', '.join(map(str, done.entries))}"
        about = "/".join(names)
        tx.audit(
            at=now, who="wastenot", what="amendments.applied", about=about, why=why, details=_details(done)
        )
    return done


def _news(past: _Past) -> list[Amendment]:
    """Return the entries about the stream, its meters and variables that its snapshot does not know of."""
    return about(past.stream, [entry for entry in past.journal.entries if entry.id > past.saved.amended])


def _same(tx: LedgerTx, saved: Snapshot) -> None:
    """Raise LedgerError if the stream went on since it was read."""
    kept = tx.snapshot(saved.process, saved.resource)
    if kept is None or (kept.watermark, kept.amended) != (saved.watermark, saved.amended):
        raise LedgerError(f"another analyser works on {saved.process}/{saved.resource}", retryable=True)


def _touched_from(past: _Past, entry: Amendment) -> datetime:
    """Return the first interval that an entry can touch: that of the last reading before it, and its context.

    An adjustment touches what is expected from its beginning on, and no reading.

    Readings that any correction ever took away do not count, so that it holds with and without the entry.
    """
    if not entry.meter:
        return floor_to(entry.start, past.plant.interval_s)
    meter = next(one for one in past.stream.inputs if one.id == entry.meter)
    reach = timedelta(seconds=context_s(meter, past.plant.interval_s))
    others = [one for one in past.journal.entries if one.undoes is None]
    before = latest_left(past.store, meter, entry.start, others)
    first = before["time"][0] if before.height else entry.start
    return floor_to(min(first, entry.start) - reach, past.plant.interval_s)


def _checkpoint(past: _Past, since: datetime) -> Snapshot | None:
    """Return the latest state before `since` that the present one follows from, else its first."""
    now = (past.saved.baseline_version, STATE_FORMAT)
    mine = [one for one in past.checkpoints if (one.baseline_version, one.format) == now]
    if not mine or past.saved.format != STATE_FORMAT:
        return None
    before = [one for one in mine if one.watermark <= since]
    return before[-1] if before else mine[0]


def _replay(past: _Past, base: Snapshot, since: datetime) -> _Replay | None:
    """Judge again from a checkpoint to the watermark; intervals before `since` are not written again.

    None if what was known before `since` is unknown now: its raw readings are kept no longer.
    """
    model = next((one for one in past.versions if one.version == base.baseline_version), None)
    if model is None:
        return None
    state, found, checkpoints = load(base.state), dict[str, Hotspot](), []
    common = Common.of(load(past.saved.state).memory.commons)
    snapshot = replace(base, amended=past.journal.last)
    for start, end in steps(base.watermark, past.saved.watermark, past.plant.interval_s):
        excess = _excess(past, model, start, end)
        if _is_lost(past, excess.filter(pl.col("start") < since)):
            return None
        calendar = calendar_features(excess["start"], past.plant)
        state, changed = judge_widened(
            state, excess, calendar, context_of(past.plant, past.stream, common), past.said
        )
        past.store.append_intervals(with_names(excess.filter(pl.col("start") >= since), past.stream))
        found |= {hotspot.id: hotspot for hotspot in changed}
        snapshot = replace(snapshot, watermark=end, state=dump(state))
        if crosses_border(start, end):
            checkpoints.append(snapshot)
    return _Replay(snapshot, checkpoints, found)


def _origin(past: _Past) -> Snapshot | None:
    """Return where a provisional expectation began to judge; None for a baseline."""
    model = next((one for one in past.versions if one.version == past.saved.baseline_version), None)
    return None if model is None else replace(past.saved, watermark=model.period_end)


def _replay_provisionally(past: _Past) -> _Replay | None:
    """Learn and judge the whole cold start again; None where its first days are gone."""
    model = next((one for one in past.versions if one.version == past.saved.baseline_version), None)
    if model is None:
        return None
    walked = again(past.plant, past.store, past.stream, model, past.saved, past.journal)
    if not walked or _is_lost(past, pl.concat([one.excess for one in walked])):
        return None
    found: dict[str, Hotspot] = {}
    for one in walked:
        past.store.append_intervals(with_names(one.excess, past.stream))
        found |= {hotspot.id: hotspot for hotspot in one.hotspots}
    return _Replay(walked[-1].snapshot, [], found)


def _excess(past: _Past, model: Baseline, start: datetime, end: datetime) -> pl.DataFrame:
    return stream_excess(past.plant, past.store, past.stream, model, start, end, past.journal.in_force)


def _is_lost(past: _Past, excess: pl.DataFrame) -> bool:
    """Return whether intervals that no amendment touches were known once and are unknown now."""
    if excess.is_empty():
        return False
    end = excess["start"][-1] + timedelta(seconds=past.plant.interval_s)
    known = past.store.read_intervals(past.stream.process, past.stream.resource, excess["start"][0], end)
    both = known.filter(pl.col("actual").is_not_null()).join(excess, on="start", suffix="_now")
    return both["actual_now"].null_count() > 0


def _restate(past: _Past, start: datetime, end: datetime) -> None:
    """Write the intervals that are not judged again as they are now, against the baseline of their time."""
    judged = _reigns(past)
    for (begin, model), (until, _) in pairwise([*judged, (end, None)]):
        low, high = max(start, begin), min(end, until)
        if low < high and model is not None:
            recompute(past.plant, past.store, past.stream, model, low, high, amendments=past.journal.in_force)


def _reigns(past: _Past) -> list[tuple[datetime, Baseline | None]]:
    """Return from when on each baseline version judged, oldest first; where no checkpoint says so, about."""
    origins = {one.baseline_version: one.watermark for one in reversed(past.checkpoints)}
    reigns: list[tuple[datetime, Baseline | None]] = []
    for model in past.versions:
        if model.model == PROVISIONAL_MODEL:  # what it expected is gone with its state: it stays as it was
            reigns.append((model.period_end, None))
        elif model.status not in (BaselineStatus.PROPOSED, BaselineStatus.REJECTED):
            known = origins.get(model.version, max(model.period_end, model.created_at))
            reigns.append((known if reigns else min(known, model.period_end), model))
    return reigns


def _keep(tx: LedgerTx, past: _Past, replay: _Replay | None, done: Amended) -> Amended:
    """Put the replay in the place of what was judged before; return what that changed."""
    if replay is None or done.replayed_from is None:
        tx.save_snapshot(replace(past.saved, amended=past.journal.last))
        return done
    names = (past.saved.process, past.saved.resource)
    before = [
        hotspot
        for hotspot in tx.hotspots()
        if (hotspot.process, hotspot.resource) == names and hotspot.detected_at > done.replayed_from
        if not is_ruled(hotspot)
    ]
    withdrawn = tuple(hotspot for hotspot in before if hotspot.id not in replay.found)
    for hotspot in withdrawn:
        tx.drop_hotspot(hotspot.id)
    for hotspot in replay.found.values():
        tx.save_hotspot(hotspot)
    tx.drop_checkpoints(*names, done.replayed_from)
    for checkpoint in replay.checkpoints:
        tx.save_checkpoint(checkpoint)
    tx.save_snapshot(replay.snapshot)
    return replace(done, hotspots=tuple(replay.found.values()), withdrawn=withdrawn)


def _details(done: Amended) -> dict[str, object]:
    """Return what happened as JSON values for the audit trail; withdrawn hotspots with their figures."""
    return {
        "since": done.since.isoformat(),
        "replayed_from": None if done.replayed_from is None else done.replayed_from.isoformat(),
        "hotspots": [hotspot.id for hotspot in done.hotspots],
        "withdrawn": [
            {
                "id": hotspot.id,
                "kind": str(hotspot.kind),
                "since": hotspot.since.isoformat(),
                "detected_at": hotspot.detected_at.isoformat(),
                "unit": hotspot.unit,
                "excess_total": hotspot.excess_total,
                "currency": hotspot.currency,
                "cost_total": hotspot.cost_total,
            }
            for hotspot in done.withdrawn
        ],
    }
