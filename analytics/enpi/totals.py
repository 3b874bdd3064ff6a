"""Indicators added up: over processes, resources, the plant, or the months of a year."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.enpi import Enpi, Figure, Savings

#: reasons that only a sum has
NOT_COMMENSURABLE, PART_UNKNOWN = "not_commensurable", "part_unknown"


def total(parts: Sequence[Enpi], *, process: str = "", resource: str = "", energy: bool = False) -> Enpi:
    """Return indicators of one period added up.

    Money and CO2e always add up. Amounts do where all are of one resource, or, with `energy`, where all
    are in kWh because somebody said that kWh of different energies count alike. The interval of the savings
    is the root of the sum of squares: residuals of different meters are taken to be independent.

    Args:
        parts: at least one, of the same period, shift and product; nothing counted twice (`top_streams`).
        process: id that all share; "" = several.
        resource: id that all share; "" = several.
        energy: add up what is in kWh.

    Returns:
        of the parts that are known: others are counted in `left_out` as part_unknown.
    """
    units = {part.actual.unit for part in parts}
    alike = len(units) == 1 and (len({part.resource for part in parts}) == 1 or (energy and units == {"kWh"}))
    return _added(parts, process=process, resource=resource, alike=alike)


def rolling(months: Sequence[Enpi], length: int = 12) -> list[Enpi]:
    """Return the indicators of every run of so many months, sum over sum, labelled by its last month.

    Args:
        months: of one process and resource, consecutive, each of one month, in order of time.
        length: months in a run.

    Returns:
        one record per run; none where there are fewer months, or where months between are not there.
    """
    runs = [list(months[end - length : end]) for end in range(length, len(months) + 1)]
    return [
        replace(
            _added(run, process=run[0].process, resource=run[0].resource, alike=True), period=run[-1].period
        )
        for run in runs
        if _month_number(run[-1]) - _month_number(run[0]) == length - 1
    ]


def _month_number(month: Enpi) -> int:
    year, number = month.period.split("-")
    return 12 * int(year) + int(number)


def _added(parts: Sequence[Enpi], *, process: str, resource: str, alike: bool) -> Enpi:
    first = parts[0]
    unit = first.actual.unit if alike else ""

    def amount(of: Callable[[Enpi], Figure]) -> Figure:
        figures = [of(part) for part in parts]
        return _sum(figures, unit) if alike else _apart(figures)

    actual, expected = amount(lambda part: part.actual), amount(lambda part: part.expected)
    ratio = actual.value / expected.value if actual.value is not None and expected.value else None
    return Enpi(
        process=process,
        resource=resource,
        period=first.period,
        start=min(part.start for part in parts),
        end=max(part.end for part in parts),
        shift=first.shift,
        product=first.product,
        actual=actual,
        expected=expected,
        senpi=replace(actual, value=ratio, unit="1"),
        savings=_savings(
            [part.savings for part in parts], amount(lambda part: part.savings.amount), expected
        ),
        excess_cost=_sum([part.excess_cost for part in parts], first.excess_cost.unit),
        excess_co2e=_sum([part.excess_co2e for part in parts], first.excess_co2e.unit),
        specific=None,
    )


def _sum(figures: Sequence[Figure], unit: str) -> Figure:
    """Return the sum of what is known."""
    known = [figure.value for figure in figures if figure.value is not None]
    unknown = sum(figure.intervals for figure in figures if figure.value is None)
    left_out = _merged(figure.left_out for figure in figures)
    if len(known) < len(figures):
        left_out[PART_UNKNOWN] = unknown
    return Figure(
        math.fsum(known) if known else None,
        unit,
        sum(figure.n for figure in figures if figure.value is not None),
        sum(figure.intervals for figure in figures),
        left_out,
    )


def _apart(figures: Sequence[Figure]) -> Figure:
    """Return that figures cannot be added up."""
    intervals = sum(figure.intervals for figure in figures)
    return Figure(None, "", 0, intervals, {NOT_COMMENSURABLE: intervals})


def _merged(reasons: Iterable[Mapping[str, int]]) -> dict[str, int]:
    merged: dict[str, int] = {}
    for one in reasons:
        for reason, count in one.items():
            merged[reason] = merged.get(reason, 0) + count
    return merged


def _savings(parts: Sequence[Savings], amount: Figure, expected: Figure) -> Savings:
    """Return savings added up; their interval is known where each part's is."""
    if amount.value is None:
        return Savings(amount, None, None, NOT_COMMENSURABLE if not amount.unit else "not_judged")
    known = [part for part in parts if part.amount.value is not None]
    pct = 100.0 * amount.value / expected.value if expected.value else None
    widths = [part.half_width for part in known if part.half_width is not None]
    if len(widths) < len(known):
        why = next(part.why for part in known if part.half_width is None)
        return Savings(amount, None, pct, why)
    return Savings(amount, math.hypot(*widths), pct)
