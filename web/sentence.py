"""A sentence about what was measured, made of JSON that any version of the product may have written.

A figure that is not there, or is not what it should be, is None, and of that no sentence is made: who asks
falls back to what was written when it was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from domain.units import as_written
from web.figures import Figures

#: beyond this no figure of a plant lies, nor is anything written with more decimals
MOST, MOST_DECIMALS = 1e15, 9
#: digits of a value that is told as it is
AS_READ = 6


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a sentence is made, and of which baseline it speaks."""

    say: Callable[[str], str]
    figures: Figures
    zone: tzinfo  # of the plant
    unit: str  # of the resource
    interval_s: int


Facts = Mapping[str, Any]  # JSON values
#: one part of a sentence; None = it cannot be told
Part = Callable[[Facts, Reader], str | None]
Condition = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Sentence:
    """English words with placeholders, what fills them, and what has to hold for them to be true."""

    words: str
    parts: Mapping[str, Part]
    holds: Condition


def sentence(words: str, holds: Condition = lambda _: True, /, **parts: Part) -> Sentence:
    """Return a sentence."""
    return Sentence(words, parts, holds)


def told(sentences: tuple[Sentence, ...], facts: Facts, reader: Reader) -> Markup | None:
    """Return the first sentence that holds and can be told whole, as HTML; None where there is none."""
    for one in sentences:
        if not one.holds(facts):
            continue
        filled = {name: part(facts, reader) for name, part in one.parts.items()}
        if None not in filled.values():
            return escape(reader.say(one.words)) % filled
    return None


def has(key: str, *values: str | bool) -> Condition:
    """Return whether the facts say one of these."""
    return lambda facts: any(type(facts.get(key)) is type(one) and facts[key] == one for one in values)


def between(key: str, low: float, high: float) -> Condition:
    """Return whether a figure lies in [low, high]."""
    return lambda facts: (value := number_of(facts, key)) is not None and low <= value <= high


def number_of(facts: Facts, key: str) -> float | None:
    """Return a figure; None where there is none.

    >>> number_of({"days": 3}, "days"), number_of({"days": True}, "days"), number_of({"days": "3"}, "days")
    (3.0, None, None)
    """
    value = facts.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST:
        return None
    return float(value)


def text(key: str) -> Part:
    """Return what tells a name, or words of a person."""
    return lambda facts, _: _text(facts.get(key))


def texts(key: str) -> Part:
    """Return what tells several names."""

    def tell(facts: Facts, _: Reader) -> str | None:
        names = facts.get(key)
        if not isinstance(names, list | tuple) or not names:
            return None
        known = [name for name in map(_text, names) if name is not None]
        return ", ".join(known) if len(known) == len(names) else None

    return tell


def each(key: str, *sentences: Sentence) -> Part:
    """Return what tells every one of several facts by one of these sentences."""

    def tell(facts: Facts, reader: Reader) -> str | None:
        rows = facts.get(key)
        if not isinstance(rows, list | tuple) or not rows:
            return None
        found = [told(sentences, row, reader) if isinstance(row, Mapping) else None for row in rows]
        known = [one for one in found if one is not None]
        return Markup("; ").join(known) if len(known) == len(found) else None

    return tell


def count(key: str) -> Part:
    """Return what tells how many, or how long in days: 1230 -> "1.230"."""
    return _figure(key, lambda value, reader: reader.figures.number(round(value), 15))


def size(key: str) -> Part:
    """Return what tells how many, whatever the sign."""
    return _figure(key, lambda value, reader: reader.figures.number(abs(round(value)), 15))


def share(key: str) -> Part:
    """Return what tells a share of one in per cent: .896 -> "89,6%"."""
    return _figure(key, lambda value, reader: f"{reader.figures.number(100.0 * value)}%")


def percent(key: str, *, signed: bool = False) -> Part:
    """Return what tells per cent beside a limit: 12.34 -> "12,3%"."""

    def tell(value: float, reader: Reader) -> str:
        plus = "+" if signed and value > 0 else ""
        return f"{plus}{reader.figures.ratio(value, 1)}%"

    return _figure(key, tell)


def limit(key: str) -> Part:
    """Return what tells a limit in per cent, as it was set: 10.0 -> "10%"."""
    return _figure(key, lambda value, reader: f"{reader.figures.number(value)}%")


def factor(key: str, *, inverse: bool = False) -> Part:
    """Return what tells how many times; inverse: 1/40 -> "40"."""

    def tell(value: float, reader: Reader) -> str | None:
        times = value if not inverse else 1.0 / value if value else None
        return None if times is None else _digits(times, 3, reader)

    return _figure(key, tell)


def use(key: str) -> Part:
    """Return what tells an amount of the resource as it was read: "33,5 m³"."""

    def tell(value: float, reader: Reader) -> str | None:
        shown = _digits(value, AS_READ, reader)
        return None if shown is None else f"{shown} {as_written(reader.unit)}"

    return _figure(key, tell)


def measured(key: str, unit_key: str) -> Part:
    """Return what tells a figure in the unit that stands beside it."""

    def tell(facts: Facts, reader: Reader) -> str | None:
        value, unit = number_of(facts, key), _text(facts.get(unit_key))
        return None if value is None or unit is None else reader.figures.amount(value, as_written(unit))

    return tell


def lasting(key: str, unit_s: float = 1.0) -> Part:
    """Return what tells a duration: 30 -> "1 ngày 6 giờ" where its unit is an hour."""

    def tell(value: float, reader: Reader) -> str | None:
        return reader.figures.duration(value * unit_s) if value > 0 else None

    return _figure(key, tell)


def interval(_: Facts, reader: Reader) -> str:
    """Return how long an interval of the baseline is."""
    return reader.figures.duration(reader.interval_s)


def day(key: str) -> Part:
    """Return what tells an instant as a day of the plant: "6 thg 5 2026"."""

    def tell(facts: Facts, reader: Reader) -> str | None:
        written = _day(facts.get(key), reader.zone)
        return None if written is None else reader.figures.full_day(written)

    return tell


def code(key: str, form: str) -> Part:
    """Return what is typed with a figure in it, as a machine reads it: "--scale 0.025"."""
    return _figure(key, lambda value, _: Markup("<code>{}</code>").format(form.format(value)))


def typed(command: str) -> Part:
    """Return what is typed."""
    return lambda *_: Markup("<code>{}</code>").format(command)


def _figure(key: str, tell: Callable[[float, Reader], str | None]) -> Part:
    def part(facts: Facts, reader: Reader) -> str | None:
        value = number_of(facts, key)
        return None if value is None else tell(value, reader)

    return part


def _digits(value: float, digits: int, reader: Reader) -> str | None:
    """Return a number with the digits it has, at most so many; None for one too small to write."""
    rounded = Decimal(f"{value:.{digits}g}").normalize()
    decimals = max(0, -int(rounded.as_tuple().exponent))
    return None if decimals > MOST_DECIMALS else reader.figures.ratio(float(rounded), decimals)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _day(value: object, zone: tzinfo) -> date | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if at is None or at.tzinfo is None else at.astimezone(zone).date()
    except (ValueError, OverflowError):  # no instant; one at the end of the calendar
        return None
