"""Learning from contaminated history: robust weights, and stretches that are left out altogether."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.baseline.design import Design
from analytics.baseline.folds import folds_of, weeks_of
from analytics.baseline.instants import Bools, Floats, Ints
from analytics.baseline.normal import Normal, normal_of, solve
from analytics.baseline.residuals import GROUPS, HOUR_SHRINK, day_groups, least_sigma, residuals_of
from analytics.baseline.sample import Sample
from analytics.baseline.segments import Segment, all_segments
from analytics.baseline.shape import shape_of, start_groups
from analytics.robust import group_median, group_scale, huber_weights

#: residuals beyond so many robust standard deviations are weighed down: much at first, when a long leak must
#: not pass for the normal state, little in the end, when the mean of what is left counts
HUBER_LIMITS = (1.5, 2.0, 5.0)
#: share of the known hours that may be left out: what lasts longer is how the process runs
MAX_SHARE = 0.25
#: a segment longer than this [h], after which use was usual for less than half as long, may be the new normal
MAX_OPEN_HOURS = 7 * 24
HOUR_US = 3_600_000_000
#: terms that could make a leak at the end of the period look like the normal state
BELIEVES = frozenset({"latest"})


@dataclass(frozen=True, slots=True)
class Screened:
    """How far each interval may be learned from, and what was found on the way."""

    normal: Normal  # equations of all terms, with the weights of what is learned from
    excluded: tuple[Segment, ...]  # left out; positions are hours since `first_hour`
    kept: tuple[Segment, ...]  # just as unusual, but too much to be left out
    first_hour: int  # hours since 1970


def screen(sample: Sample, terms: tuple[str, ...]) -> Screened:
    """Return weights for every interval of a sample, zero in anomalous segments.

    Starts from medians; then fits, judges the residuals by the hour and by the day, and weighs again: an
    interval's weight is Huber's, or zero in a segment.

    Args:
        sample: n intervals; of the usable ones all variables are known.
        terms: all that candidates use, the profile first.
    """
    hour = sample.start_us // HOUR_US
    shape = shape_of(sample, _start_weights(sample, HUBER_LIMITS[-1]))
    design = Design(sample, shape, terms, folds_of(weeks_of(sample.calendar.day, sample.usable)))
    weights = _start_weights(sample, HUBER_LIMITS[0])
    excluded: list[Segment] = []
    kept: list[Segment] = []
    normal = None
    for limit in HUBER_LIMITS[1:]:
        normal = normal_of(design, weights, normal)
        residual = sample.actual - _fitted(normal)
        residuals = residuals_of(sample, residual, hour - hour[0])
        known = residuals.ordinary & np.isfinite(residuals.hourly)
        excluded, kept = _choose(all_segments(residuals), known)
        weights = _weights(sample, residual, limit) * ~_inside(excluded, hour - hour[0])
    return Screened(normal_of(design, weights, normal), tuple(excluded), tuple(kept), int(hour[0]))


def _start_weights(sample: Sample, limit: float) -> Floats:
    """Return weights from the residuals of plain medians by hour of the week."""
    weeks = sample.usable.sum() / sample.per_day / 7
    group = start_groups(sample.calendar.hour, weeks)
    medians = group_median(sample.actual[sample.usable], group[sample.usable], 168)
    return _weights(sample, sample.actual - medians[group], limit)


def _fitted(normal: Normal) -> Floats:
    """Return what the weighted fit of all terms expects of every interval."""
    terms = tuple(name for name in normal.design.terms if name not in BELIEVES)
    return normal.design.expected_of_all(solve(normal, terms), normal.centre)


def _weights(sample: Sample, residual: Floats, limit: float) -> Floats:
    """Return Huber's weights of the usable intervals, 0 for the others."""
    group, rows = day_groups(sample.calendar.hour), sample.usable
    floor = least_sigma(sample.actual[rows])
    scale = group_scale(residual[rows], group[rows], GROUPS, HOUR_SHRINK, floor)
    weights = np.zeros(sample.size)
    weights[rows] = huber_weights(residual[rows] / scale[group[rows]], limit)
    return weights


def _choose(found: Sequence[Segment], known: Bools) -> tuple[list[Segment], list[Segment]]:
    """Return the segments to leave out, strongest first as long as they are few, and those to keep.

    Args:
        found: anomalous segments.
        known: (hours,) which hours were judged.
    """
    excluded: list[Segment] = []
    kept: list[Segment] = []
    for segment in sorted(found, key=lambda segment: -segment.score):
        taken = sum(other.length for other in excluded) + segment.length
        after = int(known[segment.last + 1 :].sum())
        is_open = segment.length > MAX_OPEN_HOURS and after < segment.length / 2
        (kept if is_open or taken > MAX_SHARE * known.sum() else excluded).append(segment)
    return sorted(excluded, key=_first), sorted(kept, key=_first)


def _first(segment: Segment) -> int:
    """Return where a segment begins."""
    return segment.first


def _inside(segments: Sequence[Segment], hour: Ints) -> Bools:
    """Return whether each interval's hour lies in one of the segments."""
    inside = np.zeros(hour.size, dtype=np.bool_)
    for segment in segments:
        inside |= (hour >= segment.first) & (hour <= segment.last)
    return inside
