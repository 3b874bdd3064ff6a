"""The indicators of a span, from sums per day; `app.indicators` makes the same from intervals."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from analytics.enpi.certainty import Certainty, certainty_of
from analytics.enpi.days import REASONS
from analytics.enpi.indicators import Subject, indicators
from analytics.enpi.outputs import outputs_of
from analytics.enpi.selection import Selection
from app.day_sums import Days, DaySums
from app.indicators import Level, Question, added, streams_asked
from app.losses import sums_of
from app.weeks import Pair
from domain.enpi import Enpi, Every
from domain.plant import Plant
from domain.ports import Ledger
from web.indicator import IndicatorRow, Indicators
from web.span import Span

#: how long what a baseline says of its certainty is believed [s]
CERTAIN_S = 60.0
MONTHS = 12


class IndicatorSource:
    """Answers the page and the API."""

    def __init__(self, plant: Plant, sums: DaySums, ledger: Ledger) -> None:
        self._plant, self._sums, self._ledger = plant, sums, ledger
        self._certain: dict[Pair, Certainty | str] = {}
        self._certain_s = float("-inf")

    def indicators(self, span: Span, level: str) -> Indicators:
        """Return the indicators of a span."""
        question = Question(Level(level), shift=span.shift, product=span.product)
        pairs = streams_asked(self._plant, question.level, span.process, span.resource)
        days = self._sums.days(pairs, span.first, span.last, span.product)
        rows = self._enpis(days.rows, pairs, question)
        first, last = last_months(span.last)
        year = None if span.product else self._sums.days_at_hand(pairs, first, last)
        whole = {} if year is None else self._year(year, pairs, question)
        return Indicators(
            [self._row(enpi, whole.get((enpi.process, enpi.resource))) for enpi in rows],
            (first, last),
            is_year_pending=year is None and not span.product,
            as_of=days.as_of,
        )

    def _row(self, enpi: Enpi, year: Enpi | None) -> IndicatorRow:
        process, resource = (
            self._plant.processes.get(enpi.process), self._plant.resources.get(enpi.resource),
        )  # fmt: skip
        return IndicatorRow(process.name if process else "", resource.name if resource else "", enpi, year)

    def _year(self, days: Days, pairs: Sequence[Pair], question: Question) -> dict[tuple[str, str], Enpi]:
        """Return the indicators of twelve months, of whom each month was judged."""
        if days.rows.is_empty():
            return {}
        months = (
            days.rows.filter(pl.col("n_judged") > 0)
            .group_by("process", "resource")
            .agg(pl.col("day").dt.truncate("1mo").n_unique().alias("months"))
        )
        whole = {(row[0], row[1]) for row in months.rows() if row[2] == MONTHS}
        judged = [pair for pair in pairs if pair in whole]
        found = self._enpis(days.rows, judged, question)
        return {(enpi.process, enpi.resource): enpi for enpi in found}

    def _enpis(self, rows: pl.DataFrame, pairs: Sequence[Pair], question: Question) -> list[Enpi]:
        certain = self._certainties()
        parts = [
            self._enpi(pair, row, certain.get(pair, "no_baseline"), question)
            for pair, row in sums_of(rows, pairs, question.shift).items()
            if row
        ]
        if question.level is Level.STREAM:
            return parts
        return [one for group in added(parts, question) for one in group]

    def _enpi(
        self, pair: Pair, row: Mapping[str, Any], certainty: Certainty | str, question: Question
    ) -> Enpi:
        outputs = tuple(one for one in outputs_of(self._plant, pair[0]) if question.product in {"", one.id})
        reasons = {reason: row[f"n_{reason}"] for reason in REASONS if row[f"n_{reason}"]}
        selection = Selection(Every.WHOLE, question.shift, question.product)
        subject = Subject(*pair, certainty)
        return indicators({**row, "period": ""}, reasons, self._plant, subject, selection, outputs)

    def _certainties(self) -> dict[Pair, Certainty | str]:
        """Return how sure each stream's baseline in force is."""
        if time.monotonic() - self._certain_s > CERTAIN_S:
            with self._ledger.begin() as tx:
                found = {pair: certainty_of(tx.approved_baseline(*pair)) for pair in self._plant.streams()}
            self._certain, self._certain_s = found, time.monotonic()
        return self._certain


def last_months(day: date) -> tuple[date, date]:
    """Return the first and the last day of the twelve whole months up to a day.

    >>> last_months(date(2026, 3, 30)), last_months(date(2026, 3, 31))[1].isoformat()
    ((datetime.date(2025, 3, 1), datetime.date(2026, 2, 28)), '2026-03-31')
    """
    after = (day + timedelta(days=1)).replace(day=1)
    return after.replace(year=after.year - 1), after - timedelta(days=1)
