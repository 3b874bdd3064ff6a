"""Health: one verdict over the parts of this process, for people, supervisors and load balancers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.errors import WorldError


class Verdict(StrEnum):
    """How a part does. Order: the worst of several wins."""

    OK = "ok"
    DEGRADED = "degraded"  # works, something wants attention, nothing is being lost
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """What one part says about itself."""

    verdict: Verdict
    detail: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)  # JSON values, units in the keys


Probe = Callable[[], PartHealth]


def reached(ping: Callable[[], None]) -> PartHealth:
    """Return the health of something outside that answers, or does not: no reason to restart us."""
    try:
        ping()
    except WorldError as away:
        return PartHealth(Verdict.DEGRADED, str(away))
    return PartHealth(Verdict.OK)


def overall(parts: Mapping[str, PartHealth]) -> Verdict:
    """Return the worst verdict of the parts.

    >>> overall({"store": PartHealth(Verdict.OK), "broker": PartHealth(Verdict.DEGRADED)}).value
    'degraded'
    """
    order = list(Verdict)
    return max((part.verdict for part in parts.values()), key=order.index, default=Verdict.OK)


def ask(probes: Mapping[str, Probe]) -> dict[str, PartHealth]:
    """Return every part's health; a probe that raises is a failing part, not a failing page."""
    return {name: _ask_one(probe) for name, probe in probes.items()}


def _ask_one(probe: Probe) -> PartHealth:
    try:
        return probe()
    except Exception as trouble:  # noqa: BLE001 - health must answer whatever a part does
        return PartHealth(Verdict.FAILING, f"{type(trouble).__name__}: {trouble}")


def as_json(parts: Mapping[str, PartHealth]) -> dict[str, Any]:
    """Return the health document that /health and `doctor` show."""
    shown = {
        name: {"status": str(part.verdict), "detail": part.detail, **part.figures}
        for name, part in parts.items()
    }
    return {"status": str(overall(parts)), "parts": shown}
