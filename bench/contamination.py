"""Leaks, outages and other scales in the year that is learned from: what is found, and what the rest costs.

`python -m bench.contamination [--data DIR] [--every 3]`. Into the first year of real electricity meters (see
`bench.baseline`) go, at random, a leak of 10 days of 40 % of the mean, one of 3 days of the mean, and an
outage of 3 days of nine tenths of the use; and, one at a time, a change of scale between the 40th and the
325th day, after which the baseline's period has to begin.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

from analytics.baseline import Refusal, expect, fit_baseline, reporting_statistics
from bench.baseline import CASES, DATA, campus, frames_of, naive
from domain.baseline import Baseline
from domain.plant import Plant


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what it adds, in shares of the year's mean, and takes, in shares of the use."""

    name: str
    hours: int
    adds: float
    takes: float


FAULTS = (
    Fault("leak, 10 days of 40 % of the mean", 240, 0.4, 0.0),
    Fault("leak, 3 days of 100 % of the mean", 72, 1.0, 0.0),
    Fault("outage, 3 days of 90 % of the use", 72, 0.0, 0.9),
)


#: what is read after a change of scale, in multiples of what it was
FACTORS = (4.0, 10.0, 1000.0, 1 / 4, 1 / 40)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one meter's contaminated year."""

    left_out: tuple[float, ...]  # share of each fault's hours that was not learned from
    clean: float  # CV(RMSE) of the next year [%] after the clean year ...
    contaminated: float  # ... and after the contaminated one
    naive_clean: float
    naive_contaminated: float
    of_itself: bool  # whether another scale is found in the clean year
    rescaled: tuple[Rescaled, ...]  # per factor


@dataclass(frozen=True, slots=True)
class Rescaled:
    """What came of one meter's year that goes on at another scale."""

    late_h: float | None  # what was left out of the new scale [h]; None = not found
    cvrmse: float | None  # of the next year at the new scale [%]; None = no baseline


def contaminated(before: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
    """Return a year with the faults in it, each in a third of its own, and the rows of each [from, to)."""
    rng = np.random.default_rng(seed)
    actual = before["actual"].to_numpy().astype(np.float64).copy()
    mean, third, places = float(np.nanmean(actual)), actual.size // len(FAULTS), []
    for number, fault in enumerate(FAULTS):
        first = number * third + int(rng.integers(0, third - fault.hours))
        rows = slice(first, first + fault.hours)
        actual[rows] = actual[rows] * (1.0 - fault.takes) + fault.adds * mean
        places.append((first, first + fault.hours))
    return before.with_columns(actual=pl.Series(actual).fill_nan(None)), places


def left_out(baseline: Baseline, before: pl.DataFrame, first: int, last: int) -> float:
    """Return the share of some rows that lie in a stretch which the baseline reports as left out."""
    start = before["start"][first:last]
    inside = pl.repeat(value=False, n=start.len(), eager=True)
    for finding in baseline.findings:
        if finding.kind == "excluded_segment" and finding.start and finding.end:
            inside |= (start >= finding.start) & (start < finding.end)
    return float(inside.mean() or 0.0)  # type: ignore[arg-type]


def outcome(frame: pl.DataFrame, learned: int, plant: Plant, seed: int) -> Outcome | None:
    """Return how one meter fares; None if no baseline can be made."""
    year = pl.col("start").dt.year()
    before, after = frame.filter(year == learned), frame.filter(year == learned + 1)
    spoilt, places = contaminated(before, seed)
    fits = [_fitted(one, plant, learned) for one in (before, spoilt)]
    if any(isinstance(one, Refusal) for one in fits):
        return None
    clean, dirty = (one for one in fits if isinstance(one, Baseline))
    expected = [expect(one, after, plant) for one in (clean, dirty)]
    expected += [naive(one, after, plant) for one in (before, spoilt)]
    errors = [reporting_statistics(after.join(one, on="start"), plant).cvrmse_pct for one in expected]
    rng = np.random.default_rng([seed, 1])
    return Outcome(
        tuple(left_out(dirty, spoilt, *place) for place in places),
        *(one or 0.0 for one in errors),
        _since(clean) is not None,
        tuple(rescaled(before, after, plant, learned, factor, rng) for factor in FACTORS),
    )


def rescaled(
    before: pl.DataFrame,
    after: pl.DataFrame,
    plant: Plant,
    learned: int,
    factor: float,
    rng: np.random.Generator,
) -> Rescaled:
    """Return what comes of a year that goes on at another scale from some hour on."""
    hour = int(rng.integers(40 * 24, 325 * 24))
    late = pl.int_range(pl.len()) >= hour
    fit = _fitted(
        before.with_columns(actual=pl.col("actual") * pl.when(late).then(factor).otherwise(1.0)),
        plant,
        learned,
    )
    since, cvrmse = _since(fit), None
    if isinstance(fit, Baseline):
        following = after.with_columns(actual=pl.col("actual") * factor).join(
            expect(fit, after, plant), on="start"
        )
        cvrmse = reporting_statistics(following, plant).cvrmse_pct
    changed = before["start"][hour]
    late_h = None if since is None else (since - changed).total_seconds() / 3600
    return Rescaled(late_h, cvrmse)


def _since(fit: Baseline | Refusal) -> datetime | None:
    """Return since when a history is found to be at its present scale."""
    return next((one.end for one in fit.findings if one.kind == "scale_changed"), None)


def _fitted(frame: pl.DataFrame, plant: Plant, learned: int) -> Baseline | Refusal:
    """Return the baseline of a year."""
    now = datetime(learned + 1, 1, 1, tzinfo=UTC)
    return fit_baseline(frame, plant, "building", "energy", now=now, author="bench", reason="contaminated")


def outcomes(folder: Path, every: int) -> Iterator[Outcome]:
    """Yield the outcomes of every so-manieth meter of both pairs of years."""
    plant = campus()
    for case in CASES[:2]:
        for meter, frame in list(frames_of(folder / "cambridge", case))[::every]:
            one = outcome(frame, case.learned, plant, crc32(f"{meter} {case.learned}".encode()))
            if one is not None:
                yield one


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds cambridge/")
    parser.add_argument("--every", type=int, default=3, help="every so-manieth meter")
    options = parser.parse_args()
    found = list(outcomes(options.data, options.every))
    print(f"{len(found)} meter-years, three faults in each")
    for number, fault in enumerate(FAULTS):
        shares = [one.left_out[number] for one in found]
        print(
            f"{fault.name:36} found {statistics.mean(share >= 0.5 for share in shares):4.0%}, "
            f"hours left out {statistics.mean(shares):4.0%}"
        )
    by_itself = sum(one.of_itself for one in found)
    print(f"another scale: found in {by_itself} of {len(found)} years that have none")
    for number, factor in enumerate(FACTORS):
        ours = [one.rescaled[number] for one in found]
        late = [one.late_h for one in ours if one.late_h is not None]
        print(
            f"  times {factor:<6g} found {len(late)} of {len(ours)}, {statistics.median(late):+.0f} h "
            f"({min(late):+.0f} to {max(late):+.0f}) after the change; "
            "next year's CV(RMSE), median: "
            f"{statistics.median(one.cvrmse for one in ours if one.cvrmse is not None):.2f} %"
        )
    for name, clean, dirty in (
        ("baseline", [one.clean for one in found], [one.contaminated for one in found]),
        ("naive hour of week", [one.naive_clean for one in found], [one.naive_contaminated for one in found]),
    ):
        worse = [after - before for before, after in zip(clean, dirty, strict=True)]
        print(
            f"{name:20} next year's CV(RMSE), median: {statistics.median(clean):.2f} % clean, "
            f"{statistics.median(dirty):.2f} % contaminated; per meter {statistics.median(worse):+.2f} points"
        )


if __name__ == "__main__":
    main()
