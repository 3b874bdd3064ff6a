"""The indicators of a whole plant, at the level and in the periods that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import polars as pl

from analytics.enpi.cusum import added as added_days
from analytics.enpi.cusum import cusum
from analytics.enpi.indicators import Subject, enpis
from analytics.enpi.selection import Selection
from analytics.enpi.slopes import WHOLE_DAY, WHOLE_DAY_OF_SUM, slopes
from analytics.enpi.streams import cost_streams, top_streams
from analytics.enpi.totals import rolling, total
from app.judged import Judged
from domain.enpi import Enpi, Every, Figure
from domain.plant import Plant


class Level(StrEnum):
    """What is one row."""

    STREAM = "stream"  # a process and resource
    PROCESS = "process"
    RESOURCE = "resource"
    PLANT = "plant"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know."""

    level: Level = Level.STREAM
    every: Every = Every.WHOLE
    shift: str = ""
    product: str = ""
    year: bool = False  # rolling 12 months in place of each month
    energy: bool = False  # kWh of different energies add up


def streams_asked(plant: Plant, level: Level, process: str = "", resource: str = "") -> list[tuple[str, str]]:
    """Return the (process, resource) pairs that an answer is made of, sorted; "" = all."""
    pairs = {
        Level.STREAM: plant.streams(),
        Level.PROCESS: cost_streams(plant),
        Level.RESOURCE: top_streams(plant),
        Level.PLANT: top_streams(plant),
    }[level]
    return [pair for pair in pairs if process in {"", pair[0]} and resource in {"", pair[1]}]


def answer(plant: Plant, judged: Iterable[Judged], question: Question) -> list[Enpi]:
    """Return the indicators, by process and resource, each in order of time.

    Args:
        judged: the streams of `streams_asked`.
    """
    selection = Selection(Every.MONTH if question.year else question.every, question.shift, question.product)
    parts = [
        enpis(one.frame, plant, Subject(one.process, one.resource, one.certainty), selection)
        for one in judged
    ]
    if question.level is Level.STREAM:
        rows = parts
    else:
        rows = added([part for one in parts for part in one], question)
    return [row for one in rows for row in (rolling(one) if question.year else one)]


def added(parts: Sequence[Enpi], question: Question) -> list[list[Enpi]]:
    """Return totals per process, resource or plant, each a list in order of time."""
    groups: dict[tuple[str, str], dict[str, list[Enpi]]] = {}
    for part in parts:
        process = part.process if question.level is Level.PROCESS else ""
        resource = part.resource if question.level is Level.RESOURCE else ""
        groups.setdefault((process, resource), {}).setdefault(part.period, []).append(part)
    return [
        [
            total(periods[period], process=process, resource=resource, energy=question.energy)
            for period in sorted(periods)
        ]
        for (process, resource), periods in groups.items()
    ]


def enpi_row(enpi: Enpi) -> dict[str, Any]:
    """Return indicators as JSON values; each figure with unit, n, coverage and what was left out."""
    specific = enpi.specific
    return {
        "process": enpi.process or None,
        "resource": enpi.resource or None,
        "period": enpi.period or None,
        "start": enpi.start.isoformat(),
        "end": enpi.end.isoformat(),
        "shift": enpi.shift or None,
        "product": enpi.product or None,
        "actual": figure_row(enpi.actual),
        "expected": figure_row(enpi.expected),
        "senpi": figure_row(enpi.senpi),
        "savings": figure_row(enpi.savings.amount)
        | {
            "low": enpi.savings.low,
            "high": enpi.savings.high,
            "confidence": 0.9,
            "pct": enpi.savings.pct,
            "method": enpi.savings.method,
            "why_no_interval": enpi.savings.why or None,
        },
        "excess_cost": figure_row(enpi.excess_cost),
        "excess_co2e": figure_row(enpi.excess_co2e),
        "sec": None
        if specific is None
        else figure_row(specific.value)
        | {"numerator": figure_row(specific.numerator), "denominator": figure_row(specific.denominator)},
    }


def figure_row(figure: Figure) -> dict[str, Any]:
    """Return a figure as JSON values."""
    return {
        "value": figure.value,
        "unit": figure.unit,
        "n": figure.n,
        "intervals": figure.intervals,
        "coverage": figure.coverage,
        "left_out": dict(figure.left_out),
    }


def cusum_documents(
    plant: Plant, judged: Iterable[Judged], level: Level, shift: str = ""
) -> list[dict[str, Any]]:
    """Return the CUSUMs of a plant as JSON values: days, straight stretches and dated changes.

    Args:
        judged: the streams of `streams_asked`.
        level: what is one CUSUM; sums over different resources are in money only.
        shift: only its hours; "" = all.
    """
    groups: dict[tuple[str, str], list[tuple[Judged, pl.DataFrame]]] = {}
    for one in judged:
        process = one.process if level in {Level.STREAM, Level.PROCESS} else ""
        resource = one.resource if level in {Level.STREAM, Level.RESOURCE} else ""
        groups.setdefault((process, resource), []).append((one, cusum(one.frame, plant, shift)))
    return [_cusum(plant, names, parts, shift) for names, parts in groups.items()]


def _cusum(
    plant: Plant, names: tuple[str, str], parts: list[tuple[Judged, pl.DataFrame]], shift: str
) -> dict[str, Any]:
    resources = {one.resource for one, _ in parts}
    alike = len(resources) == 1
    days = parts[0][1] if len(parts) == 1 else added_days([frame for _, frame in parts], alike=alike)
    share = WHOLE_DAY if len(parts) == 1 else WHOLE_DAY_OF_SUM
    stretches, changes = slopes(days, "excess" if alike else "cost", share)
    unit = plant.resources[resources.pop()].unit if alike else None
    return {
        "process": names[0] or None,
        "resource": names[1] or None,
        "shift": shift or None,
        "unit": unit,
        "currency": plant.currency,
        "sign": "rising = more is used than expected",
        "days": [row | {"day": row["day"].isoformat()} for row in days.iter_rows(named=True)],
        "slope_unit": f"{unit or plant.currency}/day",
        "slopes": [
            asdict(one) | {"first": one.first.isoformat(), "last": one.last.isoformat()} for one in stretches
        ],
        "changes": [asdict(one) | {"day": one.day.isoformat()} for one in changes],
    }
