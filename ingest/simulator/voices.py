"""Who speaks on which topic: one instrument, or several that share a gateway's message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from domain.meter import MeterKind
from ingest.simulator.instrument import Instrument
from ingest.simulator.payloads import Encode, encoder_of
from ingest.simulator.sampling import Points


@dataclass(frozen=True, slots=True)
class Voice:
    """One sort of message: its topic and the instruments whose numbers it carries, in order."""

    topic: str
    instruments: tuple[Instrument, ...]
    encode: Encode

    @property
    def name(self) -> str:
        """Return what its chance belongs to."""
        return self.instruments[0].id

    @property
    def every_us(self) -> int:
        """Return its cadence [us]; 0 when it speaks per event."""
        return self.instruments[0].every_us or 0


def voices_of(instruments: Sequence[Instrument], topics: Mapping[str, str]) -> list[Voice]:
    """Return the voices of a plant, by topic.

    Args:
        instruments: all of them; one without a topic has no voice.
        topics: topic by instrument id.

    Instruments on one topic speak in one message where they keep the same cadence and write the same
    time; else each speaks for itself.
    """
    speakers = sorted((i for i in instruments if i.id in topics), key=lambda i: (_message(i, topics), i.id))
    groups = [tuple(group) for _, group in groupby(speakers, key=lambda i: _message(i, topics))]
    return [Voice(topics[g[0].id], g, _encoder(g)) for g in groups]


def _encoder(group: Sequence[Instrument]) -> Encode:
    return encoder_of([i.rule for i in group], [i.resolution >= 1.0 for i in group])


def _message(instrument: Instrument, topics: Mapping[str, str]) -> tuple[str, ...]:
    """Return what two instruments must have in common to share a message."""
    rule = instrument.rule
    later = instrument.kind is MeterKind.DELTA and not instrument.stamp_end
    alone = instrument.id if instrument.every_us is None or rule.format == "number" else ""
    cadence = f"{instrument.every_us} {instrument.phase_us} {later}"
    return topics[instrument.id], rule.format, rule.time, rule.time_unit, cadence, alone


def together(columns: Sequence[Points]) -> Points:
    """Return the readings of one voice: raw has a column per instrument, NaN where one is silent."""
    times_us = np.unique(np.concatenate([points.times_us for points in columns]))
    if all(len(points.times_us) == len(times_us) for points in columns):
        raw = np.stack([points.raw for points in columns], axis=1)
        return Points(columns[0].times_us, raw, columns[0].sent_us)
    raw, sent_us = np.full((len(times_us), len(columns)), np.nan), np.zeros(len(times_us), dtype=np.int64)
    for index, points in enumerate(columns):
        rows = np.searchsorted(times_us, points.times_us)
        raw[rows, index], sent_us[rows] = points.raw, points.sent_us
    return Points(times_us, raw, sent_us)
