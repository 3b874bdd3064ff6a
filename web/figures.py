"""How numbers, money and times are written for one reader; `app` hands in what messages are written with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol


class Figures(Protocol):
    """Writes figures in one language, in the plant's currency and local time."""

    def number(self, value: float, digits: int = 3) -> str:
        """Return a number with as many digits as count."""
        ...

    def ratio(self, value: float, decimals: int = 2) -> str:
        """Return what is read against one, always with as many decimals: "1,00"."""
        ...

    def amount(self, value: float, unit: str, *, signed: bool = False) -> str:
        """Return an amount with its unit: "33 m³"."""
        ...

    def rate(self, value: float, unit: str, *, signed: bool = False) -> str:
        """Return an amount per hour: "4,1 m³/giờ"."""
        ...

    def money(self, value: float) -> str:
        """Return money: "786.000 ₫"."""
        ...

    def money_rate(self, value: float) -> str:
        """Return money per hour: "97.800 ₫/giờ"."""
        ...

    def carbon(self, kg_co2e: float) -> str:
        """Return an emission: "11,2 kg CO₂e"."""
        ...

    def carbon_rate(self, kg_co2e: float) -> str:
        """Return an emission per hour: "2,5 kg CO₂e/giờ"."""
        ...

    def percent(self, value: float, *, signed: bool = False) -> str:
        """Return per cent: 46.2 -> "46%"."""
        ...

    def moment(self, at: datetime) -> str:
        """Return an instant in the plant's local time: "CN 22 thg 11, 01:40"."""
        ...

    def day(self, at: date) -> str:
        """Return a date, short: "22/11", in English "22 Nov"."""
        ...

    def full_day(self, at: date) -> str:
        """Return a date with its year: "22 thg 11 2026"."""
        ...

    def micros(self, at_us: int) -> str:
        """Return an instant given in microseconds since 1970, like `moment`."""
        ...

    def duration(self, seconds: float) -> str:
        """Return a duration as a person says it: "1 giờ 30 phút"."""
        ...

    def since(self, at: datetime) -> str:
        """Return how long ago an instant is."""
        ...


#: a language -> how figures are written in it
FiguresOf = Callable[[str], Figures]
