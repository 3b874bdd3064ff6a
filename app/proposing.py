"""A person asks for a new baseline over a period of their choice: proposed, never put in force by itself."""

from __future__ import annotations

from datetime import datetime

from analytics.baseline import Refusal
from analytics.frames import stream_of
from analytics.learning import MAX_PERIOD, learn
from analytics.proposals import propose
from analytics.readiness import floor_to
from domain.amendment import in_force
from domain.baseline import Baseline, BaselineStatus
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore


def propose_new(
    plant: Plant,
    store: SeriesStore,
    ledger: Ledger,
    pair: tuple[str, str],
    period: tuple[datetime | None, datetime | None],
    now: datetime,
    *,
    who: str,
    why: str,
    insisted: bool = False,
) -> Baseline | Refusal:
    """Return the proposal, saved, or why nothing can be learned from the period.

    Args:
        pair: process and resource.
        period: [start, end); None = the year before the end; the newest reading.
        who: asks for it.
        why: its reason.
        insisted: also from too little data; what stands against it is kept with the proposal.

    Raises:
        StoreError: the series store is away.
        LedgerError: the ledger is away.
    """
    stream = stream_of(plant, *pair)
    end = period[1] or _reach(store, [meter.id for meter in stream.meters], now)
    start = period[0] or end - MAX_PERIOD
    with ledger.begin() as tx:
        journal = tx.amendments()
    fitted = learn(
        plant,
        store,
        stream,
        (floor_to(start, plant.interval_s), floor_to(end, plant.interval_s)),
        now,
        reason=why,
        author=who,
        status=BaselineStatus.PROPOSED,
        amendments=in_force(journal),
        insisted=insisted,
    )
    if isinstance(fitted, Refusal):
        return fitted
    with ledger.begin() as tx:
        saved = propose(tx, fitted)
        about = f"{saved.process}/{saved.resource}/{saved.version}"
        details = {"insisted": insisted, "model": saved.model}
        tx.audit(at=now, who=who, what="baseline.proposed", about=about, why=why, details=details)
    return saved


def _reach(store: SeriesStore, meters: list[str], now: datetime) -> datetime:
    """Return the time of the newest reading of the meters, `now` at the latest."""
    times = store.last(meters)["time"].to_list()
    return min(max(times), now) if times else now
