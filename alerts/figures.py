"""Numbers, money, times and durations as a person of the plant reads them. All from CLDR through Babel."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_compound_unit, format_unit

MINUS = "−"
_AMOUNTS = {"kWh": "energy-kilowatt-hour", "m3": "volume-cubic-meter", "kg": "mass-kilogram"}
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Letterhead:
    """For whom a message is written: plant, language, local time, currency, and where its pages are."""

    plant: str
    timezone: ZoneInfo
    currency: str = "VND"
    language: str = "vi"
    base_url: str = ""
    role: str = "operator"  # whose eyes it is for: operator, maintenance, energy_manager
    #: fingerprint, episode, when it was decided -> the address that acknowledges; None = messages have none
    acknowledge_at: Callable[[str, int, datetime], str] | None = None

    @property
    def locale(self) -> Locale:
        """Return Babel's locale of the language; English for one it does not know."""
        return Locale.parse("vi" if self.language.lower().startswith("vi") else "en")


def rounded(value: float, digits: int = 3) -> float:
    """Return `value` with as many digits as a decision needs: two below ten, else three.

    >>> rounded(4.123), rounded(46.37), rounded(97_834.0), rounded(0.0)
    (4.1, 46.4, 97800.0, 0.0)
    """
    if value == 0 or not math.isfinite(value):
        return value
    kept = min(digits, 2) if abs(value) < 10 else digits
    return round(value, kept - 1 - math.floor(math.log10(abs(value))))


def _shown(value: float, decimals: int) -> float:
    """Return `value`; 0.0 where it is written as zero: no minus stands before a zero."""
    if not math.isfinite(value):
        return value
    return value if round(Decimal(str(value)), decimals) else 0.0


def _pattern(number: float, *, signed: bool) -> str:
    plus = "+" if signed and number else ""
    return f"{plus}#,##0.######;{MINUS}#,##0.######"


def number(value: float, head: Letterhead, digits: int = 3) -> str:
    """Return a number with as many digits as count: "97.800"."""
    shown = _rounded(value, digits)
    return str(format_decimal(shown, _pattern(shown, signed=False), head.locale))


def ratio(value: float, head: Letterhead, decimals: int = 2) -> str:
    """Return what is read against one, always with as many decimals: "1,00"."""
    places = "0" * decimals
    shown = _shown(value, decimals)
    return str(format_decimal(shown, f"#,##0.{places};{MINUS}#,##0.{places}", head.locale))


def _rounded(value: float, digits: int = 3) -> float:
    return _shown(rounded(value, digits), 6)


def amount(value: float, unit: str, head: Letterhead, *, signed: bool = False) -> str:
    """Return an amount with its unit: "33 m³"."""
    return _united(_rounded(value), _AMOUNTS.get(unit), unit, head.locale, signed=signed)


def rate(value: float, unit: str, head: Letterhead, *, signed: bool = False) -> str:
    """Return an amount per hour with its unit: "4,1 m³/giờ"; kWh per hour are kW."""
    shown, locale = _rounded(value), head.locale
    pattern = _pattern(shown, signed=signed)
    if unit == "kWh":
        return _united(shown, "power-kilowatt", unit, locale, signed=signed)
    if unit not in _AMOUNTS:
        return f"{format_decimal(shown, pattern, locale)} {unit}/{_hour_sign(locale)}"
    text = format_compound_unit(
        shown,
        _AMOUNTS[unit],
        denominator_unit="duration-hour",
        length="short",
        format=pattern,
        locale=locale,
    )
    return text or f"{shown} {unit}/h"


def _united(shown: float, unit_id: str | None, unit: str, locale: Locale, *, signed: bool) -> str:
    pattern = _pattern(shown, signed=signed)
    if unit_id is None:
        return f"{format_decimal(shown, pattern, locale)} {unit}"
    return format_unit(shown, unit_id, "short", pattern, locale)


def _hour_sign(locale: Locale) -> str:
    return "giờ" if locale.language == "vi" else "h"


def money(value: float, currency: str, head: Letterhead, digits: int = 4) -> str:
    """Return an amount of money: "786.000 ₫", "€12.34"; no cents from a hundred on, `digits` that count."""
    if abs(value) < 100:
        shown = _shown(value, get_currency_precision(currency))
        return format_currency(shown, currency, locale=head.locale).replace("-", MINUS)
    pattern = head.locale.currency_formats["standard"].pattern.replace(".00", "")
    shown = rounded(value, digits)
    text = format_currency(shown, currency, pattern, locale=head.locale, currency_digits=False)
    return text.replace("-", MINUS)


def money_rate(value: float, currency: str, head: Letterhead) -> str:
    """Return money per hour: "97.800 ₫/giờ"."""
    return f"{money(value, currency, head, digits=3)}/{_hour_sign(head.locale)}"


def carbon(kg_co2e: float, head: Letterhead) -> str:
    """Return an emission: "11,2 kg CO₂e"."""
    return f"{amount(kg_co2e, 'kg', head)} CO₂e"


def carbon_rate(kg_co2e_per_hour: float, head: Letterhead) -> str:
    """Return an emission per hour: "1,4 kg CO₂e/giờ"."""
    return f"{carbon(kg_co2e_per_hour, head)}/{_hour_sign(head.locale)}"


def percent(value: float, head: Letterhead, *, signed: bool = False) -> str:
    """Return a percentage given in per cent, without decimals: 46.2 -> "+46%"."""
    share = _shown(value / 100.0, 2)
    pattern = f"{'+' if signed and share else ''}#,##0%;{MINUS}#,##0%"
    return format_percent(share, pattern, locale=head.locale)


def moment(at: datetime, head: Letterhead, now: datetime) -> str:
    """Return an instant in the plant's local time: "CN 22 thg 11, 01:40"; with the year if it is another."""
    local = at.astimezone(head.timezone)
    same_year = local.year == now.astimezone(head.timezone).year
    pattern = "EEE d MMM, HH:mm" if same_year else "EEE d MMM y, HH:mm"
    return format_datetime(local, pattern, locale=head.locale)


def day(iso: str, head: Letterhead) -> str:
    """Return a local date in full, from its ISO form."""
    return format_date(datetime.fromisoformat(iso).date(), "EEE d MMM y", locale=head.locale)


def short_day(at: date, head: Letterhead) -> str:
    """Return a date without its year: "26/11"; in English "26 Nov", which nobody reads as the 11th."""
    if head.locale.language == "vi":
        return format_skeleton("Md", at, locale=head.locale)
    return format_date(at, "d MMM", locale=head.locale)


def duration(seconds: float, head: Letterhead) -> str:
    """Return a duration as a person says it: "30 sec", "40 min", "1 hr 30 min", "8 hr", "1 day 2 hr".

    The smaller unit is left out from six of the larger one on, where it no longer matters.
    """
    if seconds < 2 * _MINUTE_S:
        return _span(head, (round(max(seconds, 0.0)), "second"))
    if seconds < _HOUR_S:
        return _span(head, (round(seconds / _MINUTE_S), "minute"))
    large, small, size_s = ("hour", "minute", _MINUTE_S) if seconds < _DAY_S else ("day", "hour", _HOUR_S)
    whole, rest = divmod(round(seconds / size_s), 60 if small == "minute" else 24)
    return _span(head, (whole, large), (rest if whole < 6 else 0, small))


def _span(head: Letterhead, *parts: tuple[int, str]) -> str:
    shown = [part for part in parts if part[0]] or parts[:1]
    return " ".join(
        format_unit(count, f"duration-{unit}", "short", locale=head.locale) for count, unit in shown
    )
