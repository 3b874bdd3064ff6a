"""Which local hours are the night, and which night an hour belongs to."""

from __future__ import annotations

from domain.rule import RuleFigures


def is_night(hour: int, rule: RuleFigures) -> bool:
    """Return whether a local hour lies in the rule's night; from 22 to 5 runs over midnight.

    >>> from domain.rule import MeterRule, RuleKind, figures_of
    >>> rule = figures_of(MeterRule(RuleKind.NIGHT_FLOW))
    >>> [hour for hour in range(24) if is_night(hour, rule)]
    [0, 1, 2, 3, 4, 22, 23]
    """
    begins, ends = rule.number("night_from"), rule.number("night_to")
    if begins < ends:
        return begins <= hour < ends
    return hour >= begins or hour < ends


def night_of(hour: int, day: int, rule: RuleFigures) -> int:
    """Return the local day on which the night of this hour began."""
    return (
        day - 1
        if rule.number("night_from") >= rule.number("night_to") and hour < rule.number("night_to")
        else day
    )
