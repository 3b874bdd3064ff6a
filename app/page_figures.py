"""Figures on pages, written as in messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from alerts import figures as written
from alerts.figures import Letterhead
from domain.ports import Clock


class PageFigures:
    """Writes figures in one language; see web.figures.Figures."""

    def __init__(self, head: Letterhead, clock: Clock) -> None:
        self._head, self._clock = head, clock

    def number(self, value: float, digits: int = 3) -> str:
        """Return a number with as many digits as count."""
        return written.number(value, self._head, digits)

    def ratio(self, value: float, decimals: int = 2) -> str:
        """Return what is read against one, always with as many decimals."""
        return written.ratio(value, self._head, decimals)

    def amount(self, value: float, unit: str, *, signed: bool = False) -> str:
        """Return an amount with its unit."""
        return written.amount(value, unit, self._head, signed=signed)

    def rate(self, value: float, unit: str, *, signed: bool = False) -> str:
        """Return an amount per hour."""
        return written.rate(value, unit, self._head, signed=signed)

    def money(self, value: float) -> str:
        """Return money."""
        return written.money(value, self._head.currency, self._head)

    def money_rate(self, value: float) -> str:
        """Return money per hour."""
        return written.money_rate(value, self._head.currency, self._head)

    def carbon(self, kg_co2e: float) -> str:
        """Return an emission."""
        return written.carbon(kg_co2e, self._head)

    def carbon_rate(self, kg_co2e: float) -> str:
        """Return an emission per hour."""
        return written.carbon_rate(kg_co2e, self._head)

    def percent(self, value: float, *, signed: bool = False) -> str:
        """Return per cent."""
        return written.percent(value, self._head, signed=signed)

    def moment(self, at: datetime) -> str:
        """Return an instant in the plant's local time."""
        return written.moment(at, self._head, self._clock.now())

    def day(self, at: date) -> str:
        """Return a date, short."""
        return written.short_day(at, self._head)

    def full_day(self, at: date) -> str:
        """Return a date with its year."""
        return format_date(at, "d MMM y", locale=self._head.locale)

    def micros(self, at_us: int) -> str:
        """Return an instant given in microseconds since 1970."""
        return self.moment(datetime.fromtimestamp(at_us / 1e6, UTC))

    def duration(self, seconds: float) -> str:
        """Return a duration as a person says it."""
        return written.duration(seconds, self._head)

    def since(self, at: datetime) -> str:
        """Return how long ago an instant is."""
        return self.duration((self._clock.now() - at).total_seconds())


def page_figures(plant: str, timezone: ZoneInfo, currency: str, clock: Clock) -> Callable[[str], PageFigures]:
    """Return language -> how figures are written in it."""

    @cache
    def of(language: str) -> PageFigures:
        return PageFigures(Letterhead(plant, timezone, currency, language), clock)

    return of
