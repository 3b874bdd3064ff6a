"""Energy performance indicators over a span, for programs."""

from __future__ import annotations

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.api.parameters import Parameter
from web.api.trends import SPAN
from web.indicator import LEVELS, IndicatorRow, IndicatorsOf
from web.span_asked import span_of
from web.span_choices import Choices

LEVEL = Parameter("level", str, "What is one row.", default="stream", one_of=tuple(LEVELS))


class EnpiRow(msgspec.Struct, frozen=True):
    """Indicators of a process, resource or plant; null = unknown, `why` says why savings have no interval."""

    process: str | None
    resource: str | None
    unit: str
    actual: float | None
    expected: float | None
    senpi: float | None
    savings: float | None
    savings_low: float | None  # of the 90 % interval
    savings_high: float | None
    savings_pct: float | None
    why: str | None
    specific_use: float | None
    specific_use_unit: str | None
    numerator: float | None
    denominator: float | None
    denominator_unit: str | None
    currency: str
    excess_cost: float | None
    excess_kg_co2e: float | None
    judged: int
    intervals: int
    year_senpi: float | None  # of the last twelve whole months
    year_savings: float | None
    year_judged: int | None
    year_intervals: int | None


def indicator_endpoints(indicators_of: IndicatorsOf, choices: Choices) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(call: Call) -> list[EnpiRow]:
        span = span_of(call.visit, choices, whole_plant=True, status=422)
        return [_row(one) for one in indicators_of(span, call.parameters["level"]).rows]

    return (
        Endpoint(
            "/trends/indicators", show, Action.SEE, "Energy performance indicators of a span.", list[EnpiRow],
            parameters=(*SPAN, LEVEL), item=EnpiRow,
        ),
    )  # fmt: skip


def _row(one: IndicatorRow) -> EnpiRow:
    enpi, year, specific = one.enpi, one.year, one.enpi.specific
    savings, judged = enpi.savings, enpi.excess_cost if not enpi.senpi.n else enpi.senpi
    return EnpiRow(
        enpi.process or None, enpi.resource or None, enpi.actual.unit, enpi.actual.value, enpi.expected.value,
        enpi.senpi.value, savings.amount.value, savings.low, savings.high, savings.pct, savings.why or None,
        specific.value.value if specific else None, specific.value.unit or None if specific else None,
        specific.numerator.value if specific else None, specific.denominator.value if specific else None,
        specific.denominator.unit or None if specific else None,
        enpi.excess_cost.unit, enpi.excess_cost.value, enpi.excess_co2e.value, judged.n, judged.intervals,
        year.senpi.value if year else None, year.savings.amount.value if year else None,
        year.senpi.n if year else None, year.senpi.intervals if year else None,
    )  # fmt: skip
