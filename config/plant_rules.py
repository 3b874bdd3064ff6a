"""The rules that a meter's table writes: each figure is its rule's, in its range, and fits the others."""

from __future__ import annotations

from collections.abc import Iterator

from config.meter_schema import MeterRow, RuleRow
from config.plant_schema import PlantFile
from config.problems import Fault, Loc
from config.suggest import unknown
from domain.rule import RULES, MeterRule, Parameter, RuleKind, figures_of

#: figures of which the first has to be below the second
_IN_ORDER = {
    RuleKind.IMPLAUSIBLE: ("min", "max"),
    RuleKind.FROZEN_AT_LIMIT: ("low", "high"),
    RuleKind.LOAD_UNLOAD: ("unloaded_power", "loaded_power"),
}


def written_figures(row: RuleRow) -> tuple[tuple[str, float], ...]:
    """Return the figures that a rule's table gives, by name."""
    given = row.model_dump(exclude_none=True, exclude={"kind", "enabled"})
    return tuple(sorted((name, float(value)) for name, value in given.items()))


def check_rules(file: PlantFile) -> Iterator[Fault]:
    """Yield every fault of the meters' rules."""
    for position, meter in enumerate(file.meter):
        seen: dict[str, int] = {}
        for item, row in enumerate(meter.rule):
            loc: Loc = ("meter", position, "rule", item)
            if row.kind is None:
                continue
            if row.kind in seen:
                yield Fault(
                    (*loc, "kind"), f"this meter has such a rule already: meter.rule[{seen[row.kind]}]"
                )
            seen.setdefault(row.kind, item + 1)
            yield from _figures(row, RuleKind(row.kind), loc)
            yield from _fits(meter, row, RuleKind(row.kind), loc)


def _figures(row: RuleRow, kind: RuleKind, loc: Loc) -> Iterator[Fault]:
    written = dict(written_figures(row))
    for name, value in written.items():
        parameter = RULES[kind].parameter(name)
        if parameter is None:
            names = [one.name for one in RULES[kind].parameters]
            yield Fault((*loc, name), unknown(f"figure of {kind}", name, names))
        elif not parameter.low <= value <= parameter.high:
            yield Fault((*loc, name), f"must be {_range(parameter)}: {parameter.meaning}")
    for parameter in RULES[kind].parameters:
        if parameter.required and parameter.name not in written and row.enabled:
            yield Fault((*loc, parameter.name), f"is missing: {parameter.meaning} ({_range(parameter)})")


def _range(parameter: Parameter) -> str:
    """Return what a figure may be, in words.

    >>> _range(Parameter("hours", 24, 2, 168, "h", ""))
    '2 to 168 [h]'
    """
    low, high = (f"{bound:g}" if abs(bound) < 1e15 else "" for bound in (parameter.low, parameter.high))
    if low and high:
        return f"{low} to {high} [{parameter.unit}]"
    if low == "1e-09":
        return f"more than 0 [{parameter.unit}]"
    return f"{low} or more [{parameter.unit}]" if low else f"a number [{parameter.unit}]"


def _fits(meter: MeterRow, row: RuleRow, kind: RuleKind, loc: Loc) -> Iterator[Fault]:
    """Yield the faults of figures that do not go together, or not with the meter."""
    figures = figures_of(MeterRule(kind, written_figures(row))).values
    if kind in _IN_ORDER:
        low, high = _IN_ORDER[kind]
        first, second = figures[low], figures[high]
        if first is not None and second is not None and first >= second:
            yield Fault((*loc, high), f"must be greater than {low} ({first:g})")
    if kind is RuleKind.LOAD_UNLOAD and (figures["good_pct"] or 0) > (figures["poor_pct"] or 0):
        yield Fault((*loc, "good_pct"), f"must not be above poor_pct ({figures['poor_pct']:g})")
    if "night_from" in figures and figures["night_from"] == figures["night_to"]:
        yield Fault((*loc, "night_to"), "the night is empty: write another hour than night_from")
    if kind is RuleKind.IMPLAUSIBLE:
        wrong = {"gauge": "max_rate", "counter": "max_step", "delta": "max_step"}.get(meter.kind or "")
        if wrong and figures[wrong] is not None:
            other = "max_step" if wrong == "max_rate" else "max_rate"
            yield Fault((*loc, wrong), f"is not for a {meter.kind}: write {other}")
    ends = (meter.rollover, figures.get("low"), figures.get("high"))
    if kind is RuleKind.FROZEN_AT_LIMIT and meter.kind in {"counter", "delta"} and ends == (None,) * 3:
        yield Fault((*loc, "high"), f"is missing: a {meter.kind} without a rollover has no end known")
