"""A whole simulated plant: history as a frame, life as messages, and the truth about its faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from domain.meter import Meter, Variable
from domain.plant import Plant
from ingest.simulator.faults import Fault, check_faults
from ingest.simulator.flow import Flows
from ingest.simulator.instrument import Instrument, instrument_of
from ingest.simulator.paging import DAY_US, HOUR_US, US, Pages
from ingest.simulator.payloads import topic_of
from ingest.simulator.physics import Physics
from ingest.simulator.sampling import Sampler
from ingest.simulator.transport import Arrivals, Transport, arrivals, joined
from ingest.simulator.truth import truth_frame
from ingest.simulator.voices import Voice, together, voices_of
from ingest.times import instant_of, micros

#: when the simulated registers stood at their start values; they count on from there
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Message(NamedTuple):
    """One MQTT message and the instant (event time) at which it reaches the broker."""

    at: datetime
    topic: str
    payload: bytes


class SimulatedPlant:
    """A plant that lives by (plant, seed, faults, transport, epoch, resets_per_year) and nothing else."""

    def __init__(
        self,
        plant: Plant,
        seed: int,
        faults: Sequence[Fault] = (),
        transport: Transport = Transport(),  # noqa: B008 - frozen
        *,
        epoch: datetime = EPOCH,
        resets_per_year: float = 0.1,
    ) -> None:
        """Prepare; nothing is computed yet.

        Args:
            plant: any plant: what each meter uses follows from its resource, process and variables.
            seed: 0 or more.
            faults: what goes wrong, where and when.
            transport: how well messages travel; only `messages` knows it.
            epoch: where registers begin. The first call costs about a second per twenty meters and year
                between the epoch and the asked time; at most three years before the epoch can be asked.
            resets_per_year: how often a counter restarts at zero (a meter is exchanged), on average.

        Raises:
            ValueError: a fault names no meter of this plant, or has no size, or ends before it starts.
        """
        check_faults(plant, tuple(faults))
        self.plant = plant
        self.seed = seed
        self.faults = tuple(faults)
        self.transport = transport
        self.physics = Physics(plant, seed)
        self._flows = Flows(self.physics, self.faults, micros(epoch))
        self._sampler = Sampler(self._flows, micros(epoch), resets_per_year)
        self._instruments, self._voices = self._fitted()
        self._arrivals: Pages[Arrivals] = Pages(3 * len(self._voices) + 1)

    def readings(self, start: datetime, end: datetime, every_s: float | None = None) -> pl.DataFrame:
        """Return every reading with a time in [start, end) that an undisturbed collector would have.

        Args:
            start: first instant, aware.
            end: end, exclusive, aware.
            every_s: thin to about this cadence: registers and rates by leaving out, amounts by adding up,
                so that totals stay right. To go on with `messages` cut at a multiple of it.

        Returns:
            meter: String (id of a meter or variable), time: Datetime[us, UTC], value: Float64 in the
            canonical unit; sorted by meter, time; no nulls.
        """
        frames = [
            self._readings(instrument, micros(start), micros(end), every_s)
            for instrument in self._instruments.values()
        ]
        return pl.concat(frames)

    def messages(self, start: datetime, end: datetime, since: datetime | None = None) -> Iterator[Message]:
        """Yield the messages that arrive in [start, end), in arrival order.

        Args:
            start: first instant, aware.
            end: end, exclusive, aware.
            since: leave out readings with an earlier time: those that an imported history has already.
        """
        at_us, end_us = micros(start), micros(end)
        since_us = None if since is None else micros(since)
        while at_us < end_us:
            until_us = min(end_us, (at_us // HOUR_US + 1) * HOUR_US)
            yield from self._slice(at_us, until_us, since_us)
            at_us = until_us

    def truth(self, start: datetime, end: datetime, interval_s: int | None = None) -> pl.DataFrame:
        """Return what really flowed per meter and interval, and what the faults had to do with it.

        Args:
            start: first instant, aware.
            end: end, exclusive, aware.
            interval_s: length of an interval; the plant's own when None.

        Returns:
            meter: String; start: Datetime[us, UTC]; normal: Float64, the amount without faults; extra:
            Float64, what faults added; hidden: Float64, what flowed but a stuck meter did not show
            (negative when it showed too much). The meter shows normal + extra - hidden. Canonical units,
            sorted by meter, start.
        """
        interval_us = (interval_s or self.plant.interval_s) * US
        meters = [self._instruments[meter] for meter in sorted(self.plant.meters)]
        return truth_frame(self._flows, self._sampler, meters, micros(start), micros(end), interval_us)

    def _readings(
        self, instrument: Instrument, start_us: int, end_us: int, every_s: float | None
    ) -> pl.DataFrame:
        base_us = instrument.every_us
        thin = 1 if every_s is None or base_us is None else max(1, round(every_s * US / base_us))
        points = self._sampler.points(instrument, start_us, end_us, thin)
        return pl.DataFrame(
            {
                "meter": pl.repeat(instrument.id, len(points.times_us), eager=True, dtype=pl.String),
                "time": pl.Series(points.times_us).cast(pl.Datetime("us", "UTC")),
                "value": instrument.canonical(points.raw),
            }
        )

    def _fitted(self) -> tuple[dict[str, Instrument], list[Voice]]:
        """Return the instruments by id, sorted, and how they speak."""
        items: list[Meter | Variable] = [*self.plant.meters.values(), *self.plant.variables.values()]
        instruments, topics = {}, {}
        for item in sorted(items, key=lambda item: item.id):
            topic, rule = topic_of(item, self.plant)
            nominal = self.physics.nominal(item.id)
            instruments[item.id] = instrument_of(item, rule, self.seed, nominal)
            if topic:
                topics[item.id] = topic
        return instruments, voices_of(list(instruments.values()), topics)

    def _slice(self, start_us: int, end_us: int, since_us: int | None) -> Iterator[Message]:
        """Yield the messages of one hour at most: by arrival, then instrument, then the reading's time."""
        parts = [self._arriving(voice, start_us, end_us) for voice in self._voices]
        if since_us is not None:
            parts = [part.since(since_us) for part in parts]
        if not parts:
            return
        who = np.repeat(np.arange(len(parts)), [len(part.at_us) for part in parts])
        at_us, times_us = (
            np.concatenate(column) for column in zip(*(part[:2] for part in parts), strict=True)
        )
        raws = [row for part in parts for row in part.raw.tolist()]
        for place in np.lexsort((times_us, who, at_us)).tolist():
            voice = self._voices[who[place]]
            payload = voice.encode(raws[place], int(times_us[place]))
            yield Message(instant_of(int(at_us[place])), voice.topic, payload)

    def _arriving(self, voice: Voice, start_us: int, end_us: int) -> Arrivals:
        """Return one voice's messages that arrive in [start, end): sent today or shortly before."""
        longest_us = max(voice.every_us, HOUR_US) + DAY_US // 2 + HOUR_US
        days = range((start_us - longest_us) // DAY_US, (end_us - 1) // DAY_US + 1)
        return joined([self._day(voice, day).arriving(start_us, end_us) for day in days])

    def _day(self, voice: Voice, day: int) -> Arrivals:
        def arrived() -> Arrivals:
            start_us, end_us = day * DAY_US, (day + 1) * DAY_US
            points = together([self._sampler.points(i, start_us, end_us) for i in voice.instruments])
            return arrivals(points, self.transport, self.seed, voice.name, day)

        return self._arrivals.get(voice.name, day, arrived)
