"""What the analysis says it did: a line of the log per baseline, hotspot and amendment; the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from analytics.amending import Amended
from analytics.baseline import Refusal
from analytics.frames import Stream
from analytics.pipeline import Advance
from app.baselines import REFUSED
from domain.baseline import Baseline, Severity
from domain.ports import Ledger

log = structlog.get_logger()

#: between two lines of the audit trail that say why there is no baseline
TELL_AGAIN = timedelta(days=1)


def log_amended(stream: Stream, done: Amended) -> None:
    """Say that what people stated about the past was applied."""
    log.info(
        "analytics.amendments_applied",
        process=stream.process,
        resource=stream.resource,
        amendments=list(done.entries),
        since=done.since.isoformat(),
        replayed_from=done.replayed_from.isoformat() if done.replayed_from else None,
        hotspots=len(done.hotspots),
        withdrawn=len(done.withdrawn),
        baseline_touched=done.doubt is not None,
    )


def log_learned(saved: Baseline) -> None:
    """Say that a baseline was made, in force or proposed."""
    figure = saved.statistics.cvrmse_pct
    event = "analytics.baseline_" + saved.status
    log.info(
        event,
        process=saved.process,
        resource=saved.resource,
        version=saved.version,
        model=saved.model,
        cvrmse_pct=None if figure is None else round(figure, 2),
        coverage=round(saved.statistics.coverage, 3),
        findings=len(saved.findings),
    )


def log_hotspots(done: Advance) -> None:
    """Say which hotspots began, changed or ended."""
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


def why_refused(refusal: Refusal) -> str:
    """Return in a line what stands against a baseline."""
    return "; ".join(one.message for one in refusal.findings if one.severity is Severity.CRITICAL)


def audit_refused(ledger: Ledger, stream: Stream, refusal: Refusal, now: datetime) -> None:
    """Keep why there is no baseline where the command line finds it, once a day at most."""
    why, about = why_refused(refusal), f"{stream.process}/{stream.resource}"
    with ledger.begin() as tx:
        told = [line for line in tx.audit_trail(about) if line["what"] == REFUSED]
        if told and (told[0]["why"] == why or now - told[0]["at"] < TELL_AGAIN):
            return
        kinds: dict[str, object] = {"kinds": [one.kind for one in refusal.findings]}
        tx.audit(at=now, who="wastenot", what=REFUSED, about=about, why=why, details=kinds)
