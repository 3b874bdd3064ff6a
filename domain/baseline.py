"""Baselines (ISO 50001 EnB) and the findings made about data on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.acceptance import Acceptance, AcceptanceProfile


class Severity(StrEnum):
    """How much a finding or an alert matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Finding:
    """A data-quality result: what was noticed, where, when, and what was done about it."""

    kind: str  # "excluded_segment", "low_coverage", "zeros", "variable_missing" ...
    severity: Severity
    message: str
    start: datetime | None = None
    end: datetime | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)  # JSON values


class BaselineStatus(StrEnum):
    """A baseline's life. Exactly one per process and resource is approved."""

    PROVISIONAL = "provisional"  # the cold start's: learned day by day, until there is a first real one
    PROPOSED = "proposed"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


#: what a person may make of a baseline; an approved one is superseded by the next
STEPS: Mapping[BaselineStatus, frozenset[BaselineStatus]] = {
    BaselineStatus.PROVISIONAL: frozenset(),
    BaselineStatus.PROPOSED: frozenset({BaselineStatus.APPROVED, BaselineStatus.REJECTED}),
    BaselineStatus.APPROVED: frozenset(),
    BaselineStatus.SUPERSEDED: frozenset({BaselineStatus.APPROVED}),
    BaselineStatus.REJECTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Who approved or rejected a baseline, and why."""

    at: datetime
    who: str
    why: str
    forced: bool = False  # judged by although its acceptance profile or its data speak against it


@dataclass(frozen=True, slots=True)
class FitStatistics:
    """How well a baseline explains a period (n points; p parameters, intercept included).

    CV(RMSE) = 100 sqrt(sum((y-yhat)^2)/(n-p))/ybar; NMBE = 100 sum(y-yhat)/((n-p) ybar), positive when
    the model expects too little. Out of sample p = 0. Source: ASHRAE Guideline 14-2014, 5.2.11; IPMVP.
    """

    n: int
    p: int
    cvrmse_pct: float | None  # None: not defined (no data, or a mean of zero)
    cvrmse_daily_pct: float | None
    nmbe_pct: float | None
    r2: float | None
    coverage: float  # usable share of the period's intervals, 0 .. 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """What one process should use of one resource: a frozen, explainable, versioned model."""

    process: str
    resource: str
    version: int  # 1, 2, ... per process and resource; 0 = not saved yet
    status: BaselineStatus
    model: str  # a key of analytics.baseline's models
    variables: tuple[str, ...]
    period_start: datetime
    period_end: datetime  # exclusive
    interval_s: int
    coefficients: Mapping[str, Any]  # JSON values; all that predict needs
    statistics: FitStatistics
    cross_validated: FitStatistics | None  # blocked cross-validation within the baseline period
    findings: tuple[Finding, ...]
    created_at: datetime
    reason: str
    author: str
    acceptance: tuple[Acceptance, ...] = ()  # by every profile; empty: made before there were profiles
    decision: Decision | None = None  # None: approved by itself, or not decided yet

    def accepted_by(self, profile: AcceptanceProfile) -> Acceptance | None:
        """Return how it stands by a profile; None if it was never asked."""
        return next((one for one in self.acceptance if one.profile is profile), None)
