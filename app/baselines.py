"""Baselines as people and programs see them: rows, a card for a terminal, and why a stream is not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from analytics.readiness import why_not_judged
from domain.acceptance import Acceptance
from domain.baseline import Baseline, BaselineStatus, Finding, FitStatistics
from domain.plant import Plant
from domain.ports import LedgerTx

#: what the analysis writes into the audit trail when no baseline can be made
REFUSED = "baseline.refused"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a process and resource is judged, by which version, and if not, why."""

    process: str
    resource: str
    version: int  # 0 = none
    status: BaselineStatus | None
    not_judged: str  # "" = it is


def standings(plant: Plant, tx: LedgerTx) -> list[Standing]:
    """Return how every process and resource stands, in the plant's order."""
    return [standing(plant, tx, *pair) for pair in plant.streams()]


def standing(plant: Plant, tx: LedgerTx, process: str, resource: str) -> Standing:
    """Return how one process and resource stands."""
    versions = tx.baselines(process, resource)
    for status in (BaselineStatus.APPROVED, BaselineStatus.PROVISIONAL):
        found = next((one for one in versions if one.status is status), None)
        if found is not None:
            why = why_not_judged(plant, found)
            return Standing(process, resource, found.version, status, why)
    proposed = [one for one in versions if one.status is BaselineStatus.PROPOSED]
    if proposed:
        why = f"version {proposed[-1].version} is proposed and waits for a person"
        speaks = why_not_judged(plant, proposed[-1])
        return Standing(process, resource, 0, None, f"{why}: {speaks}" if speaks else why)
    rejected = latest(versions, BaselineStatus.REJECTED)
    if rejected is not None and rejected.decision is not None:
        by = rejected.decision
        why = f"version {rejected.version} was rejected by {by.who}: {by.why}"
        return Standing(process, resource, 0, None, why)
    told = [line for line in tx.audit_trail(f"{process}/{resource}") if line["what"] == REFUSED]
    return Standing(process, resource, 0, None, told[0]["why"] if told else "no baseline yet")


def baseline_json(plant: Plant, baseline: Baseline, *, whole: bool) -> dict[str, Any]:
    """Return a baseline as JSON values; `whole` with coefficients and its standing by every profile."""
    chosen = _profile(plant, baseline)
    row = {
        "process": baseline.process,
        "resource": baseline.resource,
        "version": baseline.version,
        "status": str(baseline.status),
        "model": baseline.model,
        "variables": list(baseline.variables),
        "period": [baseline.period_start.isoformat(), baseline.period_end.isoformat()],
        "statistics": asdict(baseline.statistics),
        "cross_validated": None if baseline.cross_validated is None else asdict(baseline.cross_validated),
        "acceptance": None if chosen is None else acceptance_json(chosen),
        "not_judged": why_not_judged(plant, baseline),
        "created_at": baseline.created_at.isoformat(),
        "author": baseline.author,
        "reason": baseline.reason,
        "decision": None if baseline.decision is None else _decision(baseline),
        "findings": [finding_json(finding) for finding in baseline.findings],
    }
    if not whole:
        return row
    every = {str(one.profile): acceptance_json(one) for one in baseline.acceptance}
    return row | {"by_profile": every, "coefficients": dict(baseline.coefficients)}


def acceptance_json(acceptance: Acceptance) -> dict[str, Any]:
    """Return a baseline's standing by one profile as JSON values."""
    return {
        "profile": str(acceptance.profile),
        "outcome": str(acceptance.outcome),
        "criteria": [asdict(one) | {"outcome": str(one.outcome)} for one in acceptance.criteria],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON values."""
    return {
        "kind": finding.kind,
        "severity": str(finding.severity),
        "message": finding.message,
        "start": _iso(finding.start),
        "end": _iso(finding.end),
        "evidence": dict(finding.evidence),
    }


def card(plant: Plant, baseline: Baseline) -> str:
    """Return a baseline as the lines of a terminal: what it is, how good, by which criteria, and why."""
    lines = [
        f"{baseline.process} {baseline.resource}: version {baseline.version}, {baseline.status}",
        f"  model       {baseline.model}; variables: {', '.join(baseline.variables) or 'none'}",
        f"  period      {_local(baseline.period_start, plant)} .. {_local(baseline.period_end, plant)}",
        f"  made        {_local(baseline.created_at, plant)} by {baseline.author}: {baseline.reason}",
        *_decided(plant, baseline),
        f"  in sample   {_figures(baseline.statistics)}",
    ]
    if baseline.cross_validated is not None:
        lines.append(f"  out of it   {_figures(baseline.cross_validated)}")
    lines += _race(baseline)
    why = why_not_judged(plant, baseline)
    lines.append(f"  judged by   {'no: ' + why if why else 'yes, once it is in force'}")
    lines += _criteria(plant, baseline)
    lines += [f"  {finding.severity}: {finding.message}" for finding in baseline.findings]
    return "\n".join(lines)


def _race(baseline: Baseline) -> list[str]:
    """Return how every candidate did in cross-validation; nothing of a baseline that did not keep it."""
    rows = baseline.coefficients.get("race", [])
    if not rows:
        return []
    shown = [
        f"    {row['model']:22} CV(RMSE) {percent(row['cvrmse_pct']):>8}; squared error "
        f"{row['behind_pct']:+z.1f} +- {row['standard_error_pct']:.1f} % of the best: {row['place']}"
        for row in rows
    ]
    return ["  candidates  the simplest within one standard error of the best is chosen", *shown]


def _decided(plant: Plant, baseline: Baseline) -> list[str]:
    one = baseline.decision
    if one is None:
        return []
    force = " (with force)" if one.forced else ""
    return [f"  decided     {_local(one.at, plant)} by {one.who}{force}: {one.why}"]


def _criteria(plant: Plant, baseline: Baseline) -> list[str]:
    """Return the chosen profile's criteria, and in a line the outcome by the others."""
    chosen = _profile(plant, baseline)
    if chosen is None:
        return ["  acceptance  not known: the baseline was made before there were profiles"]
    binds = "binds" if plant.profile_binds(baseline.process) else "is reported, does not bind"
    head = f"  acceptance  {chosen.profile}: {chosen.outcome} ({binds})"
    others = [f"{one.profile} {one.outcome}" for one in baseline.acceptance if one is not chosen]
    return [head, *(f"    {one}" for one in chosen.criteria), f"    others: {', '.join(others)}"]


def _profile(plant: Plant, baseline: Baseline) -> Acceptance | None:
    """Return the standing by the plant's profile; of a process that the plant no longer has, by any."""
    if baseline.process in plant.processes:
        return baseline.accepted_by(plant.profile_of(baseline.process))
    return next(iter(baseline.acceptance), None)


def _figures(figures: FitStatistics) -> str:
    shown = (
        f"CV(RMSE) {percent(figures.cvrmse_pct)}",
        f"daily {percent(figures.cvrmse_daily_pct)}",
        f"NMBE {percent(figures.nmbe_pct)}",
        f"R2 {'unknown' if figures.r2 is None else f'{figures.r2:.3f}'}",
        f"n {figures.n}, p {figures.p}",
        f"coverage {figures.coverage:.1%}",
    )
    return "; ".join(shown)


def percent(value: float | None) -> str:
    """Return a figure in per cent.

    >>> percent(12.345), percent(None)
    ('12.3 %', 'unknown')
    """
    return "unknown" if value is None else f"{value:z.1f} %"


def _decision(baseline: Baseline) -> dict[str, Any]:
    assert baseline.decision is not None
    return asdict(baseline.decision) | {"at": baseline.decision.at.isoformat()}


def latest(versions: Sequence[Baseline], status: BaselineStatus) -> Baseline | None:
    """Return the newest version of a status."""
    return next((one for one in reversed(versions) if one.status is status), None)


def _local(at: datetime, plant: Plant) -> str:
    return at.astimezone(plant.timezone).isoformat(sep=" ", timespec="minutes")


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
