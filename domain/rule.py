"""The rules that watch a meter's live readings: their kinds, parameters, defaults, and where each comes from.

One row of RULES is all that the plant file, the analysis and docs/rules.md know of a rule's figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RuleKind(StrEnum):
    """What a rule watches for; `kind` of a [[meter.rule]]."""

    CONTINUOUS_FLOW = "continuous_flow"
    NIGHT_FLOW = "night_flow"
    IDLING = "idling"
    LOAD_UNLOAD = "load_unload"
    STUCK = "stuck"
    FROZEN_AT_LIMIT = "frozen_at_limit"
    IMPLAUSIBLE = "implausible"
    MAXIMUM_DEMAND = "maximum_demand"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure of a rule, in canonical units. `default` None: not judged until it is written."""

    name: str
    default: float | None
    low: float
    high: float
    unit: str  # "rate", "amount", "value" mean the meter's own canonical ones
    meaning: str
    required: bool = False  # a rule that is written has to give it


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's parameters, when it comes on by itself, and where it is from."""

    parameters: tuple[Parameter, ...]
    comes_on: str  # in words, for docs/rules.md
    clears: str
    source: str

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of this name; None where the rule has none."""
        return next((one for one in self.parameters if one.name == name), None)


_HUGE = 1e15
_NIGHT = (
    Parameter("night_from", 22, 0, 23, "local hour", "the night begins at this hour"),
    Parameter("night_to", 5, 0, 23, "local hour", "the night ends at this hour"),
)
_CLEAN = Parameter("clean_nights", 2, 1, 30, "nights", "clean ones in a row before it is over")

RULES: Mapping[RuleKind, Rule] = {
    RuleKind.CONTINUOUS_FLOW: Rule(
        (
            Parameter("hours", 24, 2, 168, "h", "hours without a zero one"),
            Parameter("pulse", 0, 0, _HUGE, "amount", "smallest step: an hour with less than one is zero"),
            Parameter("habit_days", 3, 0, 14, "days", "of the last 14 must have had a zero hour; 0 = no matter"),
            *_NIGHT,
            _CLEAN,
        ),
        "water, except wastewater",
        "2 nights in a row with a zero hour",
        "the leak flag of water suppliers' meters (no period without flow in 24 h); leak rate = lowest hour",
    ),
    RuleKind.NIGHT_FLOW: Rule(
        (
            Parameter("rise_pct", 50, 1, 1000, "%", "above the reference that is too much"),
            Parameter("pulse", 0, 0, _HUGE, "amount", "smallest step: a rise of less than one per hour is none"),
            Parameter("reference", None, 0, _HUGE, "rate", "the night level that is normal; else learned"),
            Parameter("nights", 7, 3, 28, "nights", "in the rolling 20th percentile"),
            Parameter("reference_nights", 28, 7, 90, "nights", "before those, that the reference is learned from"),
            *_NIGHT,
            _CLEAN,
        ),
        "water, except wastewater",
        "2 nights in a row back under the threshold",
        "UKWIR 99/WM/08/21: minimum rolling hour each night, rolling 7-day 20th percentile",
    ),
    RuleKind.IDLING: Rule(
        (
            Parameter("idle_power", None, 1e-9, _HUGE, "rate", "what it takes when idle", required=True),
            Parameter("warm_up", None, 0, _HUGE, "amount", "what it takes to start again", required=True),
            Parameter("band_pct", 30, 1, 90, "%", "around idle_power that counts as idle"),
            Parameter("min_hours", 0.5, 0, 24, "h", "shorter idling is nobody's business"),
        ),
        "only where it is written",
        "a time out of shift of 4 h or more without such idling",
        "Mouzon, Yildirim & Twomey (2007): off rather than idle if idle time > warm-up energy / idle power",
    ),
    RuleKind.LOAD_UNLOAD: Rule(
        (
            Parameter("loaded_power", None, 1e-9, _HUGE, "rate", "compressor's power when loaded", required=True),
            Parameter("unloaded_power", 0, 0, _HUGE, "rate", "when unloaded; 0 = it stops"),
            Parameter("good_pct", 10, 0, 100, "%", "a leak below this is good"),
            Parameter("poor_pct", 20, 0, 100, "%", "a leak from this on is poor, and told"),
            Parameter("min_hours", 2, 0.25, 48, "h", "without demand before it is judged"),
            _CLEAN,
        ),
        "only where it is written",
        "2 times without demand in a row that are not poor",
        "US DOE Compressed Air Sourcebook (2016): leak % = 100 T/(T+t) without demand; < 10 % good, 20-30 % poor",
    ),
    RuleKind.STUCK: Rule(
        (Parameter("hours", 24, 3, 720, "h", "identical hourly amounts, not zero, in a row"),),
        "counters, gauges, and amounts with a cadence",
        "the first hour that differs",
        "measured on 59 real meters: all stuck ones found within a day, no false one in a year",
    ),
    RuleKind.FROZEN_AT_LIMIT: Rule(
        (
            Parameter("readings", 3, 2, 1000, "readings", "in a row at the end of the range"),
            Parameter("low", None, -_HUGE, _HUGE, "value", "the range's lower end"),
            Parameter("high", None, -_HUGE, _HUGE, "value", "the range's upper end"),
        ),
        "counters with a rollover (at the register's end); gauges (at the ends of 16 and 32 bit numbers)",
        "the first reading off the end",
        "NAMUR NE 43 (signal at the range's end is a fault); Modbus registers hold 16 or 32 bits",
    ),
    RuleKind.IMPLAUSIBLE: Rule(
        (
            Parameter("min", None, -_HUGE, _HUGE, "value", "lowest value there can be"),
            Parameter("max", None, -_HUGE, _HUGE, "value", "highest value there can be"),
            Parameter("max_rate", None, 0, _HUGE, "rate", "counters, amounts: the most that can be used per hour"),
            Parameter("max_step", None, 0, _HUGE, "value", "gauges: the largest change between two readings"),
            Parameter("tolerance_pct", 2, 0, 100, "%", "of the largest value seen that may be noise below zero"),
            Parameter("calm_min", 15, 0, 1440, "min", "of plausible readings before it is over"),
        ),
        "gauges and amounts that cannot be negative (not electricity: it may be fed back); counters with a rollover",
        "15 minutes of plausible readings",
        "QARTOD (US IOOS): gross range test, rate of change test",
    ),
    RuleKind.MAXIMUM_DEMAND: Rule(
        (
            Parameter("limit", None, 1e-9, _HUGE, "rate", "the demand agreed with the supplier", required=True),
            Parameter("calm_hours", 24, 1, 720, "h", "without exceeding it before it is over"),
        ),
        "only where it is written",
        "24 h without exceeding it",
        "supply contracts: the mean of each interval against the agreed demand",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MeterRule:
    """A rule as a meter's table writes it; what is not written is the rule's default."""

    kind: RuleKind
    written: tuple[tuple[str, float], ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A rule that is in force, with all its figures."""

    kind: RuleKind
    values: Mapping[str, float | None]

    def number(self, name: str) -> float:
        """Return a figure that is there: it has a default, or must be written."""
        value = self.values[name]
        assert value is not None, f"{self.kind}.{name} has no default and was not written"
        return value


def figures_of(rule: MeterRule) -> RuleFigures:
    """Return all figures of a rule: written, else default.

    >>> figures_of(MeterRule(RuleKind.STUCK, (("hours", 48.0),))).number("hours")
    48.0
    """
    defaults = {one.name: one.default for one in RULES[rule.kind].parameters}
    return RuleFigures(rule.kind, defaults | dict(rule.written))
