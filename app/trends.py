"""What the pages about trends are made from: judged intervals, hotspots, and the baseline that stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from app.recent import Recent
from app.trends_curve import curve_of, floor_of, moved
from app.trends_days import (
    LOOK_BACK,
    POINTS,
    days_of,
    known_days,
    slopes_of,
    stretches,
    sums_of,
    weeks,
    whole_of,
)
from app.trends_frame import Pick, asked_frame
from app.trends_heat import heat_of
from domain.alert import AlertKind, fingerprint_of
from domain.baseline import Baseline, BaselineStatus
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from domain.stories import told_once
from web.span import Span, midnight
from web.trend import AlertSpan, Curve, HeatRow, Judge, Slope, Stretch, Trend, Trends

#: days that can be told one by one on a page; of more it shows weeks
MOST_ROWS = 62
#: a page and its chart read once [s]; frames kept, of a year at most 2 MB each
FRESH_S, MOST_FRAMES = 10.0, 16
#: clocks may have changed by so much between a span and the one before
DST = timedelta(hours=2)


class TrendSource:
    """Makes what the page and the API show of one stream over a span."""

    def __init__(self, plant: Plant, store: SeriesStore, ledger: Ledger, clock: Clock) -> None:
        self._plant, self._store, self._ledger, self._clock = plant, store, ledger, clock
        self._recent: Recent[pl.DataFrame] = Recent(FRESH_S, MOST_FRAMES)

    def answers(self) -> Trends:
        """Return what the pages ask."""
        return Trends(self.whole, self.curve, self.days, self.slopes, self.heat)

    def whole(self, span: Span, money: bool) -> Trend:
        """Return everything at once, from one look at the store."""
        plant, by_week = self._plant, span.days > MOST_ROWS
        versions, hotspots, alerts = self._told(span)
        wide = self._wide(span)
        frame = wide.filter(pl.col("start") >= span.start)
        days = days_of(plant, frame)
        all_days = days if frame.height == wide.height else days_of(plant, wide)
        found = slopes_of(plant, wide, all_days, span)
        previous = self._frame(span.previous()) if span.compare == "previous" else None
        return Trend(
            unit=plant.resources[span.resource].unit,
            currency=plant.currency,
            interval_s=plant.interval_s,
            judged_until=_judged_until(frame, plant.interval_s),
            whole=whole_of(frame, span),
            before=None if previous is None else whole_of(_as_far(previous, frame, span), span.previous()),
            curve=self._curve(span, frame, _approved(versions), (span.start, span.end), POINTS, previous),
            sums=sums_of(plant, frame, span, found, known_days(all_days)),
            days=weeks(days) if by_week else stretches(days),
            heat=heat_of(plant, frame, money=money, by_week=by_week),
            hotspots=[_span_of(one, alerts) for one in hotspots],
            judge=_judge(versions),
        )

    def curve(self, span: Span, start: datetime, end: datetime, pixels: int) -> Curve:
        """Return a part of a span as a curve."""
        window = (floor_of(start, self._plant.interval_s), end)
        with self._ledger.begin() as tx:
            baseline = tx.approved_baseline(span.process, span.resource)
        frame = self._frame(span, window)
        previous = None
        if span.compare == "previous":
            before = span.previous()
            back = before.start - span.start
            previous = self._frame(before, (window[0] + back - DST, window[1] + back + DST))
        return self._curve(span, frame, baseline, window, pixels, previous)

    def days(self, span: Span) -> Sequence[Stretch]:
        """Return every local day of a span."""
        return stretches(days_of(self._plant, self._frame(span)))

    def slopes(self, span: Span) -> Sequence[Slope]:
        """Return the straight stretches of the running sum of the excess."""
        wide = self._wide(span)
        return slopes_of(self._plant, wide, days_of(self._plant, wide), span)

    def heat(self, span: Span, money: bool) -> Sequence[HeatRow]:
        """Return the excess by hour and day."""
        return heat_of(self._plant, self._frame(span), money=money, by_week=False)

    def _wide(self, span: Span) -> pl.DataFrame:
        """Return a span with as many days before it as finding a change of slope takes."""
        first = min(span.first, span.last - timedelta(days=LOOK_BACK - 1))
        return self._frame(span, (midnight(first, span.zone), span.end))

    def _frame(self, span: Span, window: tuple[datetime, datetime] | None = None) -> pl.DataFrame:
        pick = Pick(span.process, span.resource, span.shift, span.product)
        start, end = window or (span.start, span.end)
        return self._recent.get(
            (pick, start, end),
            lambda: asked_frame(self._plant, self._store, self._ledger, pick, start, end, self._clock.now()),
        )

    def _curve(
        self, span: Span, frame: pl.DataFrame, baseline: Baseline | None, window: tuple[datetime, datetime],
        pixels: int, previous: pl.DataFrame | None,
    ) -> Curve:  # fmt: skip
        unit = self._plant.resources[span.resource].unit
        before = None if previous is None else moved(previous, self._plant, span.days)
        return curve_of(self._plant, unit, frame, baseline, window, pixels, before)

    def _told(self, span: Span) -> tuple[list[Baseline], list[Hotspot], set[str]]:
        """Return the stream's baselines, its hotspots that touch a span, and which alerts there ever were."""
        with self._ledger.begin() as tx:
            versions = tx.baselines(span.process, span.resource)
            hotspots = told_once(tx.hotspots(since=span.start))
            alerts = {alert.fingerprint for alert in tx.alerts()} if hotspots else set()
        mine = [
            one
            for one in hotspots
            if (one.process, one.resource) == (span.process, span.resource) and one.since < span.end
        ]
        return versions, mine, alerts


def _as_far(previous: pl.DataFrame, frame: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Return the span before up to the time of its days that this span has reached."""
    last = frame["start"].max()
    if not isinstance(last, datetime):
        return previous.clear()
    clock = last.astimezone(span.zone).replace(tzinfo=None) - timedelta(days=span.days)
    return previous.filter(pl.col("start") <= clock.replace(tzinfo=span.zone).astimezone(UTC))


def _judged_until(frame: pl.DataFrame, interval_s: int) -> datetime | None:
    last = frame.filter(pl.col("excess").is_not_null())["start"].max()
    return last + timedelta(seconds=interval_s) if isinstance(last, datetime) else None


def _approved(versions: Sequence[Baseline]) -> Baseline | None:
    return next((one for one in versions if one.status is BaselineStatus.APPROVED), None)


def _judge(versions: Sequence[Baseline]) -> Judge:
    approved = _approved(versions)
    if approved is not None:
        return Judge(approved.version, approved.model, is_provisional=False, has_band=True)
    one = next((one for one in versions if one.status is BaselineStatus.PROVISIONAL), None)
    if one is None:
        return Judge(0, "", is_provisional=False, has_band=False)
    return Judge(one.version, one.model, is_provisional=True, has_band=False)


def _span_of(hotspot: Hotspot, alerts: set[str]) -> AlertSpan:
    alert = fingerprint_of(AlertKind.HOTSPOT, hotspot.id)
    return AlertSpan(
        hotspot.since, hotspot.ended_at or hotspot.judged_until, hotspot.ended_at is None,
        alert if alert in alerts else "", hotspot.excess_per_hour, hotspot.cost_per_hour,
    )  # fmt: skip
