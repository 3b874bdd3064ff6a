"""What a person decides about baselines: approve, reject. Each decision says who and why, and is audited."""

from __future__ import annotations

from dataclasses import replace

from analytics.proposals import retire_provisional
from analytics.readiness import why_not_judged
from domain.baseline import STEPS, Baseline, BaselineStatus, Decision
from domain.errors import WastenotError
from domain.plant import Plant
from domain.ports import LedgerTx


class UndecidableError(WastenotError):
    """The decision cannot be taken; the words say why, and what can be."""


def approve(tx: LedgerTx, plant: Plant, baseline: Baseline, decision: Decision) -> Baseline:
    """Put a version in force; its predecessor becomes superseded, both stay.

    Raises:
        UndecidableError: its status does not allow it, or its profile speaks against it without force.
    """
    against = why_not_judged(plant, replace(baseline, decision=None))
    if against and not decision.forced:
        raise UndecidableError(f"{_name(baseline)}: {against}. With --force it is judged by all the same")
    saved = _decide(tx, baseline, BaselineStatus.APPROVED, replace(decision, forced=bool(against)))
    retire_provisional(tx, saved.process, saved.resource)
    return saved


def reject(tx: LedgerTx, baseline: Baseline, decision: Decision) -> Baseline:
    """Close a proposal; it stays, with the reason. What is in force stays in force.

    Raises:
        UndecidableError: it is no proposal.
    """
    return _decide(tx, baseline, BaselineStatus.REJECTED, decision)


def version_of(tx: LedgerTx, process: str, resource: str, version: int) -> Baseline:
    """Return a version.

    Raises:
        UndecidableError: there is none of this number.
    """
    versions = tx.baselines(process, resource)
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        known = ", ".join(str(one.version) for one in versions) or "none"
        raise UndecidableError(f"{process} {resource} has no baseline version {version}; there are: {known}")
    return found


def _decide(tx: LedgerTx, baseline: Baseline, status: BaselineStatus, decision: Decision) -> Baseline:
    if status not in STEPS[baseline.status]:
        allowed = ", ".join(sorted(STEPS[baseline.status])) or "nothing"
        raise UndecidableError(f"{_name(baseline)} is {baseline.status}: what can become of it is {allowed}")
    saved = tx.save_baseline(replace(baseline, status=status, decision=decision))
    tx.audit(
        at=decision.at,
        who=decision.who,
        what=f"baseline.{status}",
        about=f"{saved.process}/{saved.resource}/{saved.version}",
        why=decision.why,
        details={"model": saved.model, "forced": decision.forced, "before": str(baseline.status)},
    )
    return saved


def _name(baseline: Baseline) -> str:
    return f"{baseline.process} {baseline.resource} version {baseline.version}"
