"""What an alert's facts say in figures and names: one reader for pages, lists, the API and the command line.

Facts are JSON that was written when the alert was judged last. What is not there, or is not what it should
be, is unknown: None for a figure, "" for a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.alert import Alert


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """Where the waste is, and its size in unit, money and emissions."""

    process: str
    process_name: str
    resource: str
    unit: str
    currency: str
    excess_per_hour: float | None  # [unit per hour]
    cost_per_hour: float | None  # [currency per hour]
    cost_total: float | None  # [currency]
    kg_co2e_per_hour: float | None
    confidence: float | None  # 0 .. 1
    interval_per_hour: tuple[float, float] | None  # where the excess lies, nine times of ten [unit per hour]


def facts_of(alert: Alert) -> AlertFacts:
    """Return what an alert's facts say."""
    facts = alert.facts
    return AlertFacts(
        process=text_of(facts, "process"),
        process_name=text_of(facts, "process_name"),
        resource=text_of(facts, "resource"),
        unit=text_of(facts, "unit"),
        currency=text_of(facts, "currency"),
        excess_per_hour=number_of(facts, "excess_per_hour"),
        cost_per_hour=number_of(facts, "cost_per_hour"),
        cost_total=number_of(facts, "cost_total"),
        kg_co2e_per_hour=number_of(facts, "kg_co2e_per_hour"),
        confidence=number_of(facts, "confidence"),
        interval_per_hour=_interval_of(facts),
    )


def number_of(facts: Mapping[str, Any], name: str) -> float | None:
    """Return a figure of JSON; None where there is none.

    >>> number_of({"pct": 46}, "pct"), number_of({"pct": True}, "pct"), number_of({}, "pct")
    (46.0, None, None)
    """
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text_of(facts: Mapping[str, Any], name: str) -> str:
    """Return a name of JSON; "" where there is none.

    >>> text_of({"process": "boiler"}, "process"), text_of({"process": None}, "process")
    ('boiler', '')
    """
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _interval_of(facts: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return between which rates the excess lies; None where that is not known, or not told."""
    evidence = facts.get("evidence")
    ends = evidence.get("interval_per_hour") if isinstance(evidence, Mapping) else None
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return None
    low, high = (number_of({"end": end}, "end") for end in ends)
    return None if low is None or high is None else (low, high)
