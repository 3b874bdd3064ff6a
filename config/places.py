"""Names that the outside world defines: time zones, countries, their parts, currencies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from zoneinfo import available_timezones

from config.suggest import did_you_mean, unknown


@cache
def time_zones() -> frozenset[str]:
    """Return every IANA time zone this machine knows."""
    return frozenset(available_timezones())


@cache
def countries() -> tuple[str, ...]:
    """Return the ISO 3166 alpha-2 codes of the countries whose public holidays are known, sorted."""
    from holidays.registry import COUNTRIES

    return tuple(sorted({names[1] for names in COUNTRIES.values()}))


@cache
def subdivisions(country: str) -> tuple[str, ...]:
    """Return the parts of a country that have holidays of their own."""
    import holidays

    return tuple(getattr(holidays, country).subdivisions)


@cache
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes of currencies, past ones included."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


def parse_time_zone(written: str) -> str:
    """Return an IANA time zone name; raise ValueError, with the nearest names, for any other."""
    if written not in time_zones():
        hint = _hint(written, sorted(time_zones()))
        raise ValueError(f'unknown time zone; {hint}write an IANA name, such as "Asia/Ho_Chi_Minh"')
    return written


def parse_country(written: str) -> str:
    """Return an ISO 3166 alpha-2 code; raise ValueError for a country without known holidays."""
    if written not in countries():
        hint = _hint(written, countries())
        raise ValueError(f"unknown country; {hint}write an ISO 3166 code of two letters, such as VN or DE")
    return written


def parse_currency(written: str) -> str:
    """Return an ISO 4217 code; raise ValueError for any other."""
    if written not in currencies():
        hint = _hint(written, sorted(currencies()))
        raise ValueError(
            f"unknown currency; {hint}write an ISO 4217 code of three letters, such as VND or EUR"
        )
    return written


def refuse_subdivision(country: str, written: str) -> str:
    """Return why this is no part of the country, or "" when it is."""
    known = subdivisions(country)
    return "" if written in known else unknown(f"part of {country}", written, known)


def _hint(written: str, known: Iterable[str]) -> str:
    near = did_you_mean(written, known)
    return f"{near} " if near else ""
