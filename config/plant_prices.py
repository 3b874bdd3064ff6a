"""Checks of prices and emission factors in time: which overlap, which are over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time
from itertools import pairwise

from config.plant_schema import PlantFile
from config.problems import Fault, Loc
from config.resource_schema import DatedRow, FactorRow, PriceRow, WindowRow

_DAY_S = 86400
_WEEK_S = 7 * _DAY_S


def check_money(file: PlantFile, today: date) -> Iterator[Fault]:
    """Yield the faults of every resource's prices, windows and factors.

    Args:
        file: the file, as far as it could be read.
        today: local date on which a price has to be valid, or still to come.
    """
    for position, resource in enumerate(file.resource):
        prices: Loc = ("resource", position, "price")
        yield from _in_order(resource.price, prices)
        yield from _all_over(resource.price, prices, today)
        yield from _factors(resource.emission_factor, ("resource", position, "emission_factor"))
        for item, factor in enumerate(resource.emission_factor):
            if factor.method and factor.scope in {1, 3}:
                place = ("resource", position, "emission_factor", item, "method")
                yield Fault(place, "location or market is said of scope 2 only: leave it out")
        for item, price in enumerate(resource.price):
            yield from _windows_apart(price.window, (*prices, item, "window"))


def _factors(rows: Sequence[FactorRow], loc: Loc) -> Iterator[Fault]:
    """Yield the faults of factors: a market-based one may be in force beside another one."""
    market = {position for position, row in enumerate(rows) if row.method == "market"}
    yield from _in_order(rows, loc, set(range(len(rows))) - market)
    yield from _in_order(rows, loc, market)


def _in_order(rows: Sequence[DatedRow], loc: Loc, among: set[int] | None = None) -> Iterator[Fault]:
    """Yield a fault for each row (of those `among`) that is reversed, or in force while another one is."""
    places = [position for position in range(len(rows)) if among is None or position in among]
    for position in places:
        row = rows[position]
        if row.start is not None and row.to is not None and row.to < row.start:
            yield Fault((*loc, position, "to"), f"ends before it begins on {row.start}")
    dated = sorted((start, position) for position in places if (start := rows[position].start) is not None)
    longest: tuple[date, int] | None = None  # the end that lies farthest, and whose it is
    for (before, first), (start, position) in pairwise(dated):
        to = rows[first].to
        if to is not None and (longest is None or to > longest[0]):
            longest = (to, first)
        if start == before:
            yield Fault((*loc, position, "from"), f"{loc[-1]}[{first + 1}] begins on the same day")
        elif longest is not None and longest[0] >= start:
            message = f"overlaps {loc[-1]}[{longest[1] + 1}], which lasts until {longest[0]}"
            yield Fault((*loc, position, "from"), message)


def _all_over(prices: Sequence[PriceRow], loc: Loc, today: date) -> Iterator[Fault]:
    """Yield a fault on the last price when all prices ended before today."""
    ended = [(price.to, position) for position, price in enumerate(prices) if price.to and price.to < today]
    if ended and len(ended) == len(prices):
        last, position = max(ended)
        message = f"the last price ended on {last}, before today ({today}): add a price that is valid now"
        yield Fault((*loc, position, "to"), message)


def _windows_apart(windows: Sequence[WindowRow], loc: Loc) -> Iterator[Fault]:
    """Yield a fault for each window that shares an hour of the week with an earlier one."""
    spans = sorted(
        (start, end, position)
        for position, window in enumerate(windows)
        if window.start is not None and window.end is not None
        for start, end in _week_spans(window.days, window.start, window.end)
    )
    told: set[tuple[int, int]] = set()
    for index, (_, end, first) in enumerate(spans):
        for start, _, second in spans[index + 1 :]:
            if start >= end:
                break
            pair = (min(first, second), max(first, second))
            if pair not in told:
                told.add(pair)
                name = windows[pair[0]].name or "?"
                yield Fault(
                    (*loc, pair[1]), f"overlaps window[{pair[0] + 1}] ({name}): an hour has one price"
                )


def _week_spans(days: frozenset[int], start: time, end: time) -> Iterator[tuple[int, int]]:
    """Yield a window's half-open spans in seconds since Monday 0h, cut at the week's end."""
    begins, length = _seconds(start), (_seconds(end) - _seconds(start)) % _DAY_S or _DAY_S
    for day in days:
        first = day * _DAY_S + begins
        yield first, min(first + length, _WEEK_S)
        if first + length > _WEEK_S:
            yield 0, first + length - _WEEK_S


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
