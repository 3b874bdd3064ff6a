"""Cold start on real meters: what the provisional expectation is worth after 3, 7, 14 and 28 days.

`python -m bench.cold_start [--data DIR] [--meters N]`. Hourly electricity of university buildings with the
temperature of a weather station nearby (see bench.baseline). Four weeks of a year are expected from the 3, 7,
14 or 28 days before them alone: the same weeks each time, so that the columns compare. Prints medians of
CV(RMSE) and the share of hours inside the 90 % band, beside two naive dummies and the first baseline, where
one can be made.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from analytics.baseline import Refusal, fit_baseline
from analytics.baseline import expect as expect_baseline
from analytics.baseline.instants import Floats
from analytics.baseline.sample import Sample, floats_of, sample_of
from analytics.provisional.learner import begin, expect, first_days, learn, taken
from bench.baseline import CASES, DATA, campus, frames_of
from domain.plant import Plant

DAYS = (3, 7, 14, 28)
#: month and day on which the weeks begin that are expected: winter, spring, summer, autumn
WEEKS = ((3, 2), (5, 28), (7, 18), (11, 4))
BAND = 1.645  # 90 % of a normal distribution, two-sided


@dataclass
class Score:
    """One method after so many days, over all meters and beginnings."""

    cvrmse: list[float] = field(default_factory=list)  # [%]
    inside: list[float] = field(default_factory=list)  # share of the hours in the 90 % band
    width: list[float] = field(default_factory=list)  # half the band, share of the mean use
    seconds: float = 0.0


Method = Callable[[pl.DataFrame, pl.DataFrame, Plant], tuple[Floats, Floats | None] | None]


def main() -> None:
    """Print the table of each case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds cambridge/")
    parser.add_argument("--meters", type=int, default=None, help="take only the first so many of each file")
    parser.add_argument("--case", type=int, default=None, help="only this one of the cases, from 0")
    options = parser.parse_args()
    plant = campus()
    for number, case in enumerate(CASES):
        if options.case in (None, number):
            frames = list(frames_of(options.data / "cambridge", case))[: options.meters]
            print(f"\n{case.name.split(' -')[0]}: {len(frames)} meters, {len(WEEKS)} weeks each")
            _report(_scores([frame for _, frame in frames], case.learned, plant))


def _scores(frames: list[pl.DataFrame], year: int, plant: Plant) -> dict[tuple[str, int], Score]:
    scores = {(name, days): Score() for name in METHODS for days in DAYS}
    for frame in frames:
        for before, after, days in _cold_starts(frame, year):
            for name, method in METHODS.items():
                began = time.process_time()
                found = method(before, after, plant)
                score = scores[name, days]
                score.seconds += time.process_time() - began
                if found is not None:
                    _add(score, floats_of(after["actual"]), *found)
    return scores


def _cold_starts(frame: pl.DataFrame, year: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, int]]:
    """Yield what was seen, the week after it, and how many days were seen, where enough of all is known."""
    for month, day in WEEKS:
        now = datetime(year, month, day, tzinfo=UTC)
        after = frame.filter(pl.col("start").is_between(now, now + timedelta(days=7), closed="left"))
        if after["actual"].is_not_null().sum() < 100 or (after["actual"].sum() or 0.0) <= 0.0:
            continue
        seen = [_since(frame, now, days) for days in DAYS]
        if all(one["actual"].is_not_null().sum() >= 20 * days for one, days in zip(seen, DAYS, strict=True)):
            yield from ((before, after, days) for before, days in zip(seen, DAYS, strict=True))


def _since(frame: pl.DataFrame, now: datetime, days: int) -> pl.DataFrame:
    return frame.filter(pl.col("start").is_between(now - timedelta(days=days), now, closed="left"))


def _add(score: Score, actual: Floats, expected: Floats, sigma: Floats | None) -> None:
    known = np.isfinite(actual) & np.isfinite(expected)
    residual, mean = (actual - expected)[known], float(actual[known].mean())
    score.cvrmse.append(100 * float(np.sqrt((residual**2).mean())) / mean)
    if sigma is not None:
        score.inside.append(float((np.abs(residual) <= BAND * sigma[known]).mean()))
        score.width.append(float(BAND * sigma[known].mean()) / mean)


def _provisional(before: pl.DataFrame, after: pl.DataFrame, plant: Plant) -> tuple[Floats, Floats] | None:
    """Return what the online model expects: begun on three days, taught every later one."""
    seen = sample_of(before, plant, "building")
    if first_days(seen).size < 3:
        return None
    learner = begin(seen)
    for day in np.unique(seen.calendar.day):
        if day > learner.day:
            learn(learner, _day(seen, int(day)))
    return expect(learner, sample_of(after, plant, "building"))


def _day(sample: Sample, day: int) -> Sample:
    return taken(sample, sample.calendar.day == day)


def _baseline(before: pl.DataFrame, after: pl.DataFrame, plant: Plant) -> tuple[Floats, Floats] | None:
    """Return what a first baseline expects, if one can be made."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    made = fit_baseline(before, plant, "building", "energy", now=now, author="bench", reason="cold start")
    if isinstance(made, Refusal):
        return None
    found = expect_baseline(made, after, plant)
    return floats_of(found["expected"]), floats_of(found["sigma"])


def _by(hours: int) -> Method:
    """Return the mean of each hour of the day (24) or week (168); where none was seen, of the day's."""

    def method(before: pl.DataFrame, after: pl.DataFrame, plant: Plant) -> tuple[Floats, None]:
        seen, asked = sample_of(before, plant, "building"), sample_of(after, plant, "building")
        means = np.full(hours, np.nan)
        for hour in range(hours):
            used = seen.actual[seen.usable & (seen.calendar.hour % hours == hour)]
            alike = seen.actual[seen.usable & (seen.calendar.hour % 24 == hour % 24)]
            found = used if used.size else alike
            means[hour] = found.mean() if found.size else seen.actual[seen.usable].mean()
        return means[asked.calendar.hour % hours], None

    return method


METHODS: dict[str, Method] = {
    "provisional": _provisional,
    "first baseline": _baseline,
    "naive hour of week": _by(168),
    "naive hour of day": _by(24),
}


def _report(scores: dict[tuple[str, int], Score]) -> None:
    heads = " ".join(f"{f'{days} d':>14}" for days in DAYS)
    print(f"{'median CV(RMSE) % (starts)':28} {heads}")
    for name in METHODS:
        print(f"{name:28} " + " ".join(_cell(scores[name, days].cvrmse) for days in DAYS))
    for label, of in (("inside 90 % band, mean", "inside"), ("half the band, share of use", "width")):
        print(label)
        for name in ("provisional", "first baseline"):
            values = [getattr(scores[name, days], of) for days in DAYS]
            mean = statistics.mean if of == "inside" else statistics.median
            cells = [f"{mean(one):14.3f}" if one else f"{'none':>14}" for one in values]
            print(f"{name:28} " + " ".join(cells))
    seconds = sum(scores["provisional", days].seconds for days in DAYS)
    starts = sum(len(scores["provisional", days].cvrmse) for days in DAYS)
    print(f"CPU of a provisional start: {1000 * seconds / max(starts, 1):.0f} ms")


def _cell(values: list[float]) -> str:
    return f"{statistics.median(values):8.2f} ({len(values):3})" if values else f"{'none':>14}"


if __name__ == "__main__":
    main()
