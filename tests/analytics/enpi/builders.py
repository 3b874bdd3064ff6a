"""Judged frames of one process whose needs are known, and plants to judge them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from analytics.enpi.certainty import Certainty
from analytics.enpi.indicators import Subject
from domain.meter import Variable
from domain.plant import Plant, Process
from domain.units import UNITS
from tests.analytics.baseline_builders import a_plant as line_plant
from tests.analytics.consumption_builders import a_shift

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SURE = Certainty(n=8760, p=10, cvrmse_pct=15.0, rho=0.3)
LINE = Subject("line", "electricity", SURE)
SHIFTS = (a_shift("early", "01234", "06:00", "14:00"), a_shift("night", "01234", "22:00", "06:00"))


def a_plant(outputs: Mapping[str, str] | None = None, zone: str = "UTC", **given: Any) -> Plant:
    """Return a plant with a process `line` that makes these outputs (id -> unit)."""
    made = {"cloth": "kg"} if outputs is None else outputs
    from domain.meter import MeterKind, PayloadRule

    variables = {
        name: Variable(name, MeterKind.DELTA, UNITS[unit], PayloadRule("")) for name, unit in made.items()
    }
    facts: dict[str, Any] = {
        "variables": variables,
        "processes": {"line": Process("line", "Line", variables=tuple(variables))},
        "shifts": SHIFTS,
    }
    return line_plant(zone=zone, **(facts | given))


def a_frame(
    actual: ArrayLike,
    expected: ArrayLike,
    *,
    start: datetime = MONDAY,
    price: float | None = 2.0,
    factor: float | None = 0.5,
    quality: Sequence[str] | None = None,
    **outputs: ArrayLike,
) -> pl.DataFrame:
    """Return hourly judged intervals; NaN is null."""
    used, should = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    excess = used - should
    nothing = np.full(used.size, np.nan)
    columns = {
        "actual": used,
        "expected": should,
        "cost": nothing if price is None else excess * price,
        "kg_co2e": nothing if factor is None else excess * factor,
        **{name: np.asarray(of, np.float64) for name, of in outputs.items()},
    }
    starts = [start + timedelta(hours=i) for i in range(used.size)]
    return (
        pl.DataFrame(columns)
        .with_columns(pl.all().fill_nan(None))
        .with_columns(
            pl.Series("start", starts, dtype=pl.Datetime("us", "UTC")),
            pl.Series("quality", quality or ["missing" if np.isnan(one) else "measured" for one in used]),
        )
    )
