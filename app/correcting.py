"""A correction of readings: whether it can be made, and what it does to the consumption of its window."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from analytics.consumption import context_s
from analytics.frames import consumed
from analytics.readiness import floor_to
from analytics.surroundings import latest_left, next_left
from app.amendments import canonical, canonical_difference, local, problem, shown, shown_difference
from domain.amendment import Amendment, AmendmentKind
from domain.errors import Problem
from domain.meter import Meter, MeterKind, Variable
from domain.plant import Plant
from domain.ports import SeriesStore

#: a window longer than this is more likely a slip of the pen
LONGEST = timedelta(days=366)
#: consumption is shown for pieces of this length at a time, so that memory stays flat
BLOCK = timedelta(days=30)
_OPTION = {
    AmendmentKind.BAD: "--bad",
    AmendmentKind.SET: "--set",
    AmendmentKind.INTERPOLATED: "--interpolate",
    AmendmentKind.SCALED: "--scale",
    AmendmentKind.SHIFTED: "--offset",
}


def kind_of(
    *, bad: bool, value: float | None, interpolate: bool, scale: float | None, offset: float | None,
    problems: list[Problem],
) -> tuple[AmendmentKind, float | None] | None:  # fmt: skip
    """Return the one thing that is to be done, and its number; None and a problem if it is not one."""
    asked: list[tuple[AmendmentKind, float | None]] = []
    asked += [(AmendmentKind.BAD, None)] if bad else []
    asked += [(AmendmentKind.SET, value)] if value is not None else []
    asked += [(AmendmentKind.INTERPOLATED, None)] if interpolate else []
    asked += [(AmendmentKind.SCALED, scale)] if scale is not None else []
    asked += [(AmendmentKind.SHIFTED, offset)] if offset is not None else []
    if len(asked) == 1:
        return asked[0]
    given = " ".join(_OPTION[kind] for kind, _ in asked)
    problems.append(problem("WHAT", given, f"exactly one of {', '.join(_OPTION.values())}"))
    return None


def stated(meter: Meter | Variable, kind: AmendmentKind, number: float | None) -> float | None:
    """Return a correction's number as the journal keeps it: canonical, a factor as it is."""
    if number is None or kind is AmendmentKind.SCALED:
        return number
    return (canonical_difference if kind is AmendmentKind.SHIFTED else canonical)(meter, number)


def correction_problems(
    plant: Plant,
    store: SeriesStore,
    meter: Meter | Variable,
    entry: Amendment,
    amendments: Sequence[Amendment],
) -> list[Problem]:
    """Return everything that keeps a correction from meaning something.

    Raises:
        StoreError: the store cannot be read.
    """
    problems = _window_problems(plant, entry) + _number_problems(meter, entry)
    if problems:
        return problems
    if entry.kind is AmendmentKind.INTERPOLATED:
        return _line_problems(plant, store, meter, entry, amendments)
    if entry.kind is AmendmentKind.SET or (
        entry.kind is AmendmentKind.SCALED and meter.kind is MeterKind.COUNTER
    ):
        return []
    late = timedelta(microseconds=int(meter.kind is MeterKind.DELTA and meter.stamp == "end"))
    if store.read([meter.id], entry.start + late, entry.end + late).height:
        return []
    message = f"there is no reading of {meter.id} in the window; {_nearest(plant, store, meter, entry.start)}"
    return [problem("--from", local(entry.start, plant), message)]


def _window_problems(plant: Plant, entry: Amendment) -> list[Problem]:
    problems = []
    if entry.end <= entry.start:
        problems.append(problem("--to", local(entry.end, plant), "has to be later than --from"))
    if entry.end > entry.at:
        message = "lies in the future; a correction is about the past, up to now"
        problems.append(problem("--to", local(entry.end, plant), message))
    if entry.end - entry.start > LONGEST:
        problems.append(problem("--to", local(entry.end, plant), "is more than 366 days after --from"))
    return problems


def _number_problems(meter: Meter | Variable, entry: Amendment) -> list[Problem]:
    option, value = _OPTION[entry.kind], entry.value
    if value is not None and not math.isfinite(value):
        return [problem(option, value, "a finite number is allowed")]
    if entry.kind is AmendmentKind.SCALED and value is not None and value <= 0.0:
        return [problem(option, value, "a factor above 0 is allowed; --set 0 says that nothing was used")]
    least = isinstance(meter, Meter) and entry.kind is AmendmentKind.SET
    if least and value is not None and value < 0.0:
        return [problem(option, value, "a meter never uses less than 0")]
    return []


def _line_problems(
    plant: Plant,
    store: SeriesStore,
    meter: Meter | Variable,
    entry: Amendment,
    amendments: Sequence[Amendment],
) -> list[Problem]:
    """Return why no line can be drawn over the window."""
    if meter.kind is MeterKind.DELTA and meter.every_s is None:
        message = f"{meter.id} reports events, between which there is no line; --set and --bad are allowed"
        return [problem("--interpolate", "", message)]
    problems = []
    if latest_left(store, meter, entry.start, amendments).is_empty():
        message = "there is no reading before it, and a line needs one on both sides"
        problems.append(problem("--from", local(entry.start, plant), message))
    if next_left(store, meter, entry.end, amendments).is_empty():
        message = "there is no reading at or after it yet, and a line needs one on both sides"
        problems.append(problem("--to", local(entry.end, plant), message))
    return problems


def _nearest(plant: Plant, store: SeriesStore, meter: Meter | Variable, at: datetime) -> str:
    """Return where the readings nearest to an instant are, in words."""
    last, first = latest_left(store, meter, at, ()), next_left(store, meter, at, ())
    parts = [f"the last one before is of {local(last['time'][0], plant)}"] if last.height else []
    parts += [f"the next one is of {local(first['time'][0], plant)}"] if first.height else []
    return " and ".join(parts) or "it has none at all"


def effect(
    plant: Plant,
    store: SeriesStore,
    meter: Meter | Variable,
    entry: Amendment,
    amendments: Sequence[Amendment],
) -> dict[str, Any]:
    """Return the consumption around the window without and with an entry, as JSON values.

    The figure is an amount, of a gauge a mean rate, in the meter's unit, of what is known.

    Raises:
        StoreError: the store cannot be read.
    """
    interval = timedelta(seconds=plant.interval_s)
    reach = timedelta(seconds=context_s(meter, plant.interval_s))
    start = floor_to(entry.start - reach, plant.interval_s)
    end = min(floor_to(entry.end + reach, plant.interval_s), floor_to(entry.at, plant.interval_s)) + interval
    return {
        "figure": "mean" if meter.kind is MeterKind.GAUGE else "amount",
        "before": _side(_consumed(plant, store, meter, (start, end), amendments), meter),
        "after": _side(_consumed(plant, store, meter, (start, end), [*amendments, entry]), meter),
    }


def _consumed(
    plant: Plant,
    store: SeriesStore,
    meter: Meter | Variable,
    window: tuple[datetime, datetime],
    amendments: Sequence[Amendment],
) -> pl.DataFrame:
    """Return the CONSUMPTION frame of a window, read block by block."""
    frames, (at, end) = [], window
    while at < end:
        stop = min(at + BLOCK, end)
        frames.append(consumed(plant, store, [meter], at, stop, amendments))
        at = stop
    return pl.concat(frames)


def _side(frame: pl.DataFrame, meter: Meter | Variable) -> dict[str, Any]:
    """Return a frame's figure, and how many intervals it has of each quality."""
    known = frame.filter(pl.col("amount").is_not_null())
    if known.is_empty():
        figure = None
    elif meter.kind is MeterKind.GAUGE:
        figure = shown(
            meter, float((known["mean"] * known["coverage"]).sum()) / float(known["coverage"].sum())
        )
    else:
        figure = shown_difference(meter, float(known["amount"].sum()))
    qualities = dict(sorted(Counter(frame["quality"].to_list()).items()))
    return {"figure": figure, "intervals": frame.height, "qualities": qualities}
