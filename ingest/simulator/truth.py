"""The truth about a simulated plant: what flowed, what faults added, and what meters hid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from domain.meter import MeterKind
from ingest.simulator.faults import Fault, FaultKind
from ingest.simulator.flow import Flows, Of
from ingest.simulator.instrument import Instrument
from ingest.simulator.paging import HOUR_US, Floats, Ints
from ingest.simulator.sampling import Sampler


def truth_frame(
    flows: Flows, sampler: Sampler, meters: Sequence[Instrument], start_us: int, end_us: int, interval_us: int
) -> pl.DataFrame:
    """Return meter, start, normal, extra, hidden per meter and interval: see SimulatedPlant.truth."""
    bounds = np.arange(start_us, end_us + 1, interval_us, dtype=np.int64)
    starts = pl.Series("start", bounds[:-1]).cast(pl.Datetime("us", "UTC"))
    frames = []
    for meter in meters:
        normal = np.diff(flows.total(meter.id, bounds, Of.NORMAL))
        true = np.diff(flows.total(meter.id, bounds, Of.TRUE))
        faulty = any(fault.meter == meter.id for fault in flows.faults)
        extra = true - normal if faulty else np.zeros(len(normal))
        columns = {"normal": normal, "extra": extra, "hidden": _hidden(flows, sampler, meter, bounds)}
        names = pl.repeat(meter.id, len(starts), dtype=pl.String, eager=True).alias("meter")
        frames.append(
            pl.DataFrame([names, starts]).with_columns(**{k: pl.Series(v) for k, v in columns.items()})
        )
    return pl.concat(frames)


def _hidden(flows: Flows, sampler: Sampler, meter: Instrument, bounds: Ints) -> Floats:
    hidden = np.zeros(len(bounds) - 1)
    for fault in flows.faults:
        if fault.meter == meter.id and fault.kind is FaultKind.STUCK_METER:
            inside = np.clip(bounds, fault.start_us, fault.end_us)
            flowed = np.diff(flows.total(meter.id, inside, Of.TRUE))
            shown = _frozen_rate(sampler, meter, fault) * np.diff(inside) / HOUR_US
            hidden += flowed - shown
    return hidden


def _frozen_rate(sampler: Sampler, meter: Instrument, fault: Fault) -> float:
    """Return what a stuck meter shows per hour: a register nothing, others their last number again."""
    if meter.kind is MeterKind.COUNTER or meter.every_us is None:
        return 0.0
    raw = sampler.last_before(meter, fault, meter.every_us)
    shown = float(meter.canonical(np.array([raw]))[0])
    return shown if meter.kind is MeterKind.GAUGE else shown * HOUR_US / meter.every_us
