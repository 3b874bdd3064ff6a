"""An online model of one stream: it expects each local day before it learns it, and knows how far it strays.

river's Bayesian linear regression: after n intervals with features x its variance at a new x is
s^2 (1 + beta x' S x), S the posterior covariance. s is not assumed but measured: by how far each day strayed
from what was expected of it before it was learned. A weekend that was never seen is wide by itself.

Source: C. M. Bishop (2006), Pattern Recognition and Machine Learning, 3.3; river.linear_model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import polars as pl

from analytics.baseline.instants import Floats, Ints
from analytics.baseline.sample import Sample
from analytics.provisional.features import Frame, frame_of, row_of
from domain.baseline import FitStatistics

if TYPE_CHECKING:
    from river.linear_model import BayesianLinearRegression

#: goes up when old bytes can no longer be continued
LEARNER_FORMAT = 1001
#: usable days before anything is expected
FIRST_DAYS = 3
#: one hour of data is worth so much beside the prior
BETA_PER_HOUR = 20.0
#: before it was measured the deviation is this share of use, as if so many days had shown it
FIRST_S, FIRST_S_DAYS = 0.2, 1.0
#: weeks ahead are less certain than the next day, and few days tell little: s^2 times AHEAD + FEW_DAYS / days
AHEAD, FEW_DAYS = 1.15, 1.5


class _Saved(msgspec.Struct):
    frame: Frame
    days: int
    day: int
    square: float
    seen: float
    missed: float
    bias: float
    used: float
    precision: list[float]  # upper triangle, by rows
    moment: list[float]


@dataclass
class Learner:
    """The model of one stream and its measured deviation. `day`: last local date that it has seen."""

    frame: Frame
    interval_s: int
    model: BayesianLinearRegression
    days: int = 0  # learned from
    day: int = 0  # days since 1970
    square: float = 0.0  # sum of squared standardised residuals, one step ahead
    seen: float = 0.0  # intervals they were of
    missed: float = 0.0  # sum of squared residuals one day ahead [unit^2]
    bias: float = 0.0  # sum of residuals one day ahead [unit]
    used: float = 0.0  # sum of the actual use they are about [unit]

    @property
    def deviation(self) -> float:
        """Return s [unit per interval]."""
        prior = FIRST_S_DAYS * 86_400 / self.interval_s
        square = (self.square + prior * FIRST_S**2) / (self.seen + prior)
        return self.frame.scale * math.sqrt(square * (AHEAD + FEW_DAYS / max(self.days, 1)))


def first_days(sample: Sample) -> Ints:
    """Return the first FIRST_DAYS local dates of which at least half is usable, or fewer so far."""
    days, counts = np.unique(sample.calendar.day[sample.usable], return_counts=True)
    found: Ints = days[counts >= sample.per_day / 2][:FIRST_DAYS]
    return found


def begin(sample: Sample) -> Learner:
    """Return the learner after the first days of a sample, each of them expected before it was learned."""
    rows = np.isin(sample.calendar.day, first_days(sample))
    learner = _new(frame_of(taken(sample, rows)), sample.interval_s)
    for day in first_days(sample).tolist():
        learn(learner, taken(sample, sample.calendar.day == day))
    return learner


def expect(learner: Learner, sample: Sample) -> tuple[Floats, Floats]:
    """Return what each interval should use and its standard deviation [unit per interval]; NaN = unknown.

    Each interval by itself, to the last bit, whichever others are asked for with it.
    """
    expected, width = _standard(learner, sample)
    use = learner.frame.centre + learner.frame.scale * expected
    return (np.maximum(use, 0.0) if learner.frame.floor else use), learner.deviation * width


def learn(learner: Learner, sample: Sample) -> None:
    """Let one local day in; where it strayed from what was expected, s learns it first."""
    rows = [row_of(learner.frame, sample, i) for i in range(sample.size)]
    usable = [i for i, row in enumerate(rows) if row is not None and sample.usable[i]]
    if not usable:
        return
    standard = (sample.actual[usable] - learner.frame.centre) / learner.frame.scale
    if learner.days:
        expected, width = (values[usable] for values in _standard(learner, sample))
        learner.square += float((((standard - expected) / width) ** 2).sum())
        _note_ahead(learner, sample.actual[usable], expected)
    names = learner.frame.names
    columns = {name: [(rows[i] or {}).get(name, 0.0) for i in usable] for name in names}
    learner.model.learn_many(pl.DataFrame(columns), pl.Series("use", standard))
    learner.days += 1
    learner.day = int(sample.calendar.day[-1])


def strays(learner: Learner, sample: Sample) -> float:
    """Return how far a day's mean use is from what was expected of it, in deviations of one interval."""
    expected, sigma = expect(learner, sample)
    rows = sample.usable & np.isfinite(expected)
    if not rows.any():
        return 0.0
    return float((sample.actual - expected)[rows].mean() / sigma[rows].mean())


def _note_ahead(learner: Learner, actual: Floats, expected: Floats) -> None:
    """Add how far a day was from what was expected of it before it was learned."""
    residual = actual - learner.frame.centre - learner.frame.scale * expected
    learner.seen += actual.size
    learner.missed += float((residual**2).sum())
    learner.bias += float(residual.sum())
    learner.used += float(actual.sum())


def statistics_of(learner: Learner, coverage: float) -> FitStatistics:
    """Return how well each day was expected before it was learned: out of sample, so p = 0."""
    n, mean = int(learner.seen), learner.used / learner.seen if learner.seen else 0.0
    defined = n > 0 and mean != 0.0
    return FitStatistics(
        n=n,
        p=0,
        cvrmse_pct=100 * math.sqrt(learner.missed / n) / mean if defined else None,
        cvrmse_daily_pct=None,
        nmbe_pct=100 * learner.bias / (n * mean) if defined else None,
        r2=None,
        coverage=coverage,
    )


def _standard(learner: Learner, sample: Sample) -> tuple[Floats, Floats]:
    """Return what is expected in the frame's units, and the width in units of s."""
    expected, width = np.full(sample.size, np.nan), np.full(sample.size, np.nan)
    for i in range(sample.size):
        row = row_of(learner.frame, sample, i)
        if row is not None:
            found = learner.model.predict_one(row, with_dist=True)  # type: ignore[no-untyped-call]
            expected[i] = found.mu
            width[i] = math.sqrt(found.sigma**2 * learner.model.beta)
    return expected, width


def taken(sample: Sample, rows: Any) -> Sample:
    """Return some intervals of a sample."""
    return Sample(
        sample.start_us[rows],
        sample.interval_s,
        sample.actual[rows],
        sample.usable[rows],
        sample.calendar.take(np.flatnonzero(rows)),
        {name: values[rows] for name, values in sample.variables.items()},
        sample.temperatures,
        sample.outputs,
    )


def dump(learner: Learner) -> bytes:
    """Return the learner as bytes; `load` gives one that goes on with the same values to the last bit."""
    model, size = learner.model, len(learner.frame.names)
    upper = model._ss_arr[:size, :size][np.triu_indices(size)]
    return msgspec.msgpack.encode(
        _Saved(
            learner.frame, learner.days, learner.day, learner.square, learner.seen,
            learner.missed, learner.bias, learner.used,
            upper.tolist(), model._eta_arr[:size].tolist(),
        )
    )  # fmt: skip


def load(data: bytes, interval_s: int) -> Learner:
    """Return the learner that `dump` wrote.

    Raises:
        msgspec.DecodeError: these bytes are no learner of this format.
    """
    saved = msgspec.msgpack.decode(data, type=_Saved)
    learner = _new(saved.frame, interval_s)
    model, size = learner.model, len(saved.frame.names)
    precision = np.zeros((size, size))
    precision[np.triu_indices(size)] = saved.precision
    precision = precision + np.triu(precision, 1).T
    model._ss_arr[:size, :size] = precision
    model._ss_inv_arr[:size, :size] = np.linalg.inv(precision)
    model._eta_arr[:size] = saved.moment
    model._m_dirty = True
    learner.days, learner.day, learner.square, learner.seen = saved.days, saved.day, saved.square, saved.seen
    learner.missed, learner.bias, learner.used = saved.missed, saved.bias, saved.used
    return learner


def _new(frame: Frame, interval_s: int) -> Learner:
    """Return a learner that has seen nothing, all its features laid out."""
    from river.linear_model import BayesianLinearRegression

    model = BayesianLinearRegression(beta=BETA_PER_HOUR * interval_s / 3600.0)
    model._ensure_features(frame.names)
    return Learner(frame, interval_s, model)
