"""What becomes of the versions of a baseline: proposed, rejected by a person, given way to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.baseline import Baseline, BaselineStatus, Decision
from domain.ports import LedgerTx

AUTHOR = "wastenot"
#: after a person rejected a proposal, nothing is proposed for the same reason for so long
REJECTED_FOR = timedelta(days=28)
#: a first baseline that its profile speaks against is made again so much later, when there is more history
AGAIN_AFTER = timedelta(days=7)


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


def waits_for_a_person(versions: Sequence[Baseline], now: datetime) -> bool:
    """Return whether a stream without a baseline in force has a fresh proposal, or a rejected one."""
    for one in versions:
        if one.status is BaselineStatus.PROPOSED and now - one.created_at < AGAIN_AFTER:
            return True
        if rejected_lately(one, now):
            return True
    return False


def was_rejected(versions: Sequence[Baseline]) -> bool:
    """Return whether a person ever rejected a version: no later one is put in force by itself."""
    return any(
        one.status is BaselineStatus.REJECTED and one.decision is not None and one.decision.who != AUTHOR
        for one in versions
    )


def rejected_lately(baseline: Baseline, now: datetime) -> bool:
    """Return whether a person, not a later proposal, closed it a short while ago."""
    decision = baseline.decision
    return decision is not None and was_rejected([baseline]) and now - decision.at < REJECTED_FOR
