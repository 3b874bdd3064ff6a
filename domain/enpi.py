"""Energy performance indicators (EnPI): figures that say of what they are made, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

#: the frozen baseline is carried forward into the reporting period (ISO 50006; backcast and chaining differ)
FORECAST = "forecast"
#: two-tailed confidence of every interval here
CONFIDENCE = 0.90


class Every(StrEnum):
    """How a window is cut into periods, on the plant's clock."""

    WHOLE = "whole"
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"
    SHIFT = "shift"  # each occurrence, named by the day on which it starts


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit and what it rests on; `value` None = unknown, never zero."""

    value: float | None
    unit: str  # "1" = a ratio
    n: int  # intervals it is made of
    intervals: int  # intervals that there were
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason -> intervals

    @property
    def coverage(self) -> float:
        """Return the share of the intervals that it is made of, 0 .. 1."""
        return self.n / self.intervals if self.intervals else 0.0


@dataclass(frozen=True, slots=True)
class Savings:
    """Adjusted (expected) less actual use; negative where more was used."""

    amount: Figure
    half_width: float | None  # of the 90 % interval [unit of amount]; None = not known, `why` says why
    pct: float | None  # of the adjusted use
    why: str = ""  # "no_baseline" | "fit_undefined" | "too_few_points" | "not_judged"
    method: str = FORECAST

    @property
    def low(self) -> float | None:
        """Return the lower end of the 90 % interval."""
        return _moved(self.amount.value, self.half_width, -1.0)

    @property
    def high(self) -> float | None:
        """Return the upper end of the 90 % interval."""
        return _moved(self.amount.value, self.half_width, 1.0)


def _moved(value: float | None, half_width: float | None, sign: float) -> float | None:
    return None if value is None or half_width is None else value + sign * half_width


@dataclass(frozen=True, slots=True)
class SpecificUse:
    """Specific energy consumption, SEC = use / output. To be shown, never to be alarmed on.

    SEC = A/P + B rises at low output without any waste; what is judged is the excess.
    """

    value: Figure  # unit such as kWh/kg; None with the reason in left_out
    numerator: Figure
    denominator: Figure


@dataclass(frozen=True, slots=True)
class Enpi:
    """The indicators of one process, resource or plant in one period."""

    process: str  # "" = all
    resource: str  # "" = several
    period: str  # 2026-03-02 | 2026-W10 | 2026-03 | 2026-03-02 night | "" = the whole window
    start: datetime
    end: datetime  # exclusive
    shift: str  # "" = all hours
    product: str  # "" = all
    actual: Figure  # of the judged intervals; None where the parts cannot be added up
    expected: Figure  # of the same intervals
    senpi: Figure  # sum(actual) / sum(expected)
    savings: Savings
    excess_cost: Figure  # plant currency
    excess_co2e: Figure  # kg
    specific: SpecificUse | None  # None where parts are added up


@dataclass(frozen=True, slots=True)
class Slope:
    """A stretch of the CUSUM with one slope: the mean excess per day, with its 90 % interval.

    Per day in the unit of the resource; of sums over unlike resources, in money.
    """

    first: date
    last: date  # inclusive
    days: int  # with a known excess
    per_day: float  # unit/day
    half_width: float | None
    cost_per_day: float | None


@dataclass(frozen=True, slots=True)
class SlopeChange:
    """A day on which the excess per day became another."""

    day: date
    before: float  # unit/day
    after: float
    cost_before: float | None  # currency/day
    cost_after: float | None
    z: float | None  # the change in standard errors, autocorrelation counted; None = days do not scatter
