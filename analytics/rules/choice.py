"""Which rules watch a meter: those that are written, and those that its kind and resource make clear."""

from __future__ import annotations

from domain.meter import Meter, MeterKind
from domain.plant import Plant
from domain.resource import Resource, ResourceKind
from domain.rule import MeterRule, RuleFigures, RuleKind, figures_of

#: resources that may flow back, so that a negative rate is nothing odd
FED_BACK = frozenset({"electricity", "power", "heat"})
_CLEAN_WATER_ONLY = frozenset({"wastewater"})


def rules_of(meter: Meter, plant: Plant) -> tuple[RuleFigures, ...]:
    """Return the rules in force for a meter, with all their figures.

    What is written goes first, `enabled = false` included; of the others those come on by themselves that
    need no figure and make sense for what is measured (docs/rules.md).
    """
    written = {rule.kind: rule for rule in meter.rules}
    resource = plant.resources[meter.resource]
    chosen = [
        written.get(kind) or MeterRule(kind)
        for kind in RuleKind
        if kind in written or comes_on(kind, meter, resource)
    ]
    return tuple(_explicit(rule, kind_written=rule.kind in written) for rule in chosen if rule.enabled)


def comes_on(kind: RuleKind, meter: Meter, resource: Resource) -> bool:
    """Return whether a rule comes on by itself."""
    water = resource.kind is ResourceKind.WATER and resource.id not in _CLEAN_WATER_ONLY
    match kind:
        case RuleKind.CONTINUOUS_FLOW | RuleKind.NIGHT_FLOW:
            return water
        case RuleKind.STUCK:
            return meter.kind is not MeterKind.DELTA or meter.every_s is not None
        case RuleKind.FROZEN_AT_LIMIT:
            return meter.kind is MeterKind.GAUGE or meter.rollover is not None
        case RuleKind.IMPLAUSIBLE:
            if meter.kind is MeterKind.COUNTER:
                return meter.rollover is not None
            return not is_fed_back(resource)
        case _:
            return False


def is_fed_back(resource: Resource) -> bool:
    """Return whether a negative rate of this resource may be true."""
    return resource.id in FED_BACK


def _explicit(rule: MeterRule, *, kind_written: bool) -> RuleFigures:
    """Return the figures; who writes continuous flow for a meter has said that it should stand still."""
    figures = figures_of(rule)
    if rule.kind is RuleKind.CONTINUOUS_FLOW and kind_written and "habit_days" not in dict(rule.written):
        return RuleFigures(rule.kind, {**figures.values, "habit_days": 0.0})
    return figures
