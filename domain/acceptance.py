"""Whether a baseline is good enough, by which rule book, criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AcceptanceProfile(StrEnum):
    """A named set of criteria for baselines; docs/baselines.md lists them with their sources."""

    DOE_SEP = "doe-sep"
    IPMVP = "ipmvp"
    ASHRAE14_HOURLY = "ashrae14-hourly"
    ASHRAE14_MONTHLY = "ashrae14-monthly"


class Outcome(StrEnum):
    """What became of a criterion, or of all of them. What cannot be determined is never passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "not_determinable"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One figure beside its limit."""

    name: str  # "cvrmse", "p_value:line.output" ...
    value: float | None  # None = not determinable
    relation: str  # how the value has to stand to the limit: "<", "<=", ">", ">="
    limit: float
    unit: str  # "%", "days" or "" for a pure number
    outcome: Outcome
    why: str = ""  # why it is not determinable, or what the figure was made of

    def __str__(self) -> str:
        shown = "?" if self.value is None else f"{self.value:.4g}"
        unit = f" {self.unit}" if self.unit else ""
        note = f" ({self.why})" if self.why else ""
        return f"{self.name} {shown} {self.relation} {self.limit:g}{unit}: {self.outcome.value}{note}"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A baseline by one profile."""

    profile: AcceptanceProfile
    criteria: tuple[Criterion, ...]

    @property
    def outcome(self) -> Outcome:
        """Return FAILED if any criterion failed, else UNKNOWN if any could not be determined.

        >>> Acceptance(AcceptanceProfile.IPMVP, ()).outcome.value
        'not_determinable'
        """
        found = {criterion.outcome for criterion in self.criteria} or {Outcome.UNKNOWN}
        return next(one for one in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.PASSED) if one in found)

    @property
    def failures(self) -> tuple[Criterion, ...]:
        """Return the criteria that failed."""
        return tuple(one for one in self.criteria if one.outcome is Outcome.FAILED)


def criterion(
    name: str, value: float | None, relation: str, limit: float, unit: str = "", why: str = ""
) -> Criterion:
    """Return a criterion with its outcome.

    >>> print(criterion("cvrmse", 31.25, "<=", 30.0, "%"))
    cvrmse 31.25 <= 30 %: failed
    >>> print(criterion("r2", None, ">=", 0.5, why="nothing varies"))
    r2 ? >= 0.5: not_determinable (nothing varies)
    """
    if value is None:
        return Criterion(name, None, relation, limit, unit, Outcome.UNKNOWN, why or "not defined")
    holds = {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[relation]
    return Criterion(name, value, relation, limit, unit, Outcome.PASSED if holds else Outcome.FAILED, why)
