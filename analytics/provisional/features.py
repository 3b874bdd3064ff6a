"""Intervals -> what the online model sees of each: a few named numbers, most of them absent.

The size of a feature is its prior: the model believes every coefficient to be about one, so a feature of 0.2
needs 25 times the evidence of a feature of 1.0 to have the same effect.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from analytics.baseline.instants import SATURDAY, SUNDAY
from analytics.baseline.sample import Sample

#: sizes found on 120 cold starts of real electricity meters in one year (bench.cold_start): twice or half of
#: each changes the median error by less than a tenth of itself
REST_HOUR, TEMPERATURE, TEMPERATURE_SCALE, OUTPUT, RUNNING = 0.5, 0.2, 10.0, 1.0, 1.0
#: a variable that is known for less than this share of the first days is done without
LEAST_KNOWN = 0.9

Row = dict[str, float]


class Frame(msgspec.Struct, frozen=True):
    """What the first days fixed: the sizes that make every stream look alike."""

    centre: float  # of use [unit per interval]
    scale: float  # of use
    temperatures: dict[str, float]  # id -> what counts as zero [degC]
    outputs: dict[str, float]  # id -> a usual value
    floor: bool  # it never gave anything back

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the ids of the variables that are used."""
        return (*self.temperatures, *self.outputs)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all features, in their order."""
        hours = [f"hour {hour}" for hour in range(24)]
        rest = [f"rest {hour}" for hour in range(24)]
        running = [f"running {name}" for name in self.outputs]
        return ("level", "weekend", "sunday", *hours, *rest, *self.variables, *running)


def frame_of(sample: Sample) -> Frame:
    """Return the frame that some first days fix.

    Args:
        sample: n intervals, some of them usable.
    """
    use = sample.actual[sample.usable]
    known = {
        name: values[sample.usable]
        for name, values in sample.variables.items()
        if np.isfinite(values[sample.usable]).mean() >= LEAST_KNOWN
    }
    return Frame(
        centre=float(use.mean()),
        scale=float(np.abs(use).mean()) or 1.0,
        temperatures={name: float(np.nanmean(known[name])) for name in sample.temperatures if name in known},
        outputs={name: _usual(known[name]) for name in sample.outputs if name in known},
        floor=bool(use.min() >= 0.0),
    )


def _usual(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(np.nanmean(np.abs(values))) or 1.0


def row_of(frame: Frame, sample: Sample, i: int) -> Row | None:
    """Return the features of interval i of a sample; None where a variable that matters is unknown."""
    how = int(sample.calendar.hour[i])
    row = {"level": 1.0, f"hour {how % 24}": 1.0}
    if how >= SATURDAY:
        row |= {"weekend": 1.0, f"rest {how % 24}": REST_HOUR}
    if how >= SUNDAY:
        row["sunday"] = 1.0
    for name, centre in frame.temperatures.items():
        row[name] = TEMPERATURE * (float(sample.variables[name][i]) - centre) / TEMPERATURE_SCALE
    for name, usual in frame.outputs.items():
        made = float(sample.variables[name][i])
        row |= {name: OUTPUT * made / usual, f"running {name}": RUNNING * (made > 0.0)}
    return row if all(map(math.isfinite, row.values())) else None
