"""Ready-made faults for a plant: what a newcomer sees going wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from domain.meter import Meter, MeterKind
from domain.plant import Plant
from ingest.simulator.faults import Fault, FaultKind

#: resources in which each fault is most natural, best first
LEAK = 0.9  # of the meter's mean: a valve stuck open, found within hours whatever the line is doing
_LEAKS_IN = ("water", "compressed_air", "steam", "gas", "electricity")
_IDLES_IN = ("electricity", "compressed_air", "steam", "gas", "water")
_LOSES_IN = ("steam", "gas", "electricity", "compressed_air", "water")
_CREEPS_IN = ("compressed_air", "steam", "electricity", "gas", "water")


def demo_faults(plant: Plant, live_start: datetime) -> list[Fault]:
    """Return faults that make a demonstration, each on a stream of its own as far as there are enough.

    A leak of nine tenths of the mean begins an hour after `live_start`, where a price is known if
    anywhere; idling after ten hours, a slow ramp after one day, an efficiency loss after two, a silent
    meter after three, a stuck register after four. A plant with fewer meters gets fewer faults, the leak
    always first.
    """
    wishes = (
        (_leak, _LEAKS_IN),
        (_idling, _IDLES_IN),
        (_ramp, _CREEPS_IN),
        (_efficiency_loss, _LOSES_IN),
        (_silence, _IDLES_IN),
        (_stuck, _LEAKS_IN),
    )
    free = list(plant.meters.values())
    out: list[Fault] = []
    for make, resources in wishes:
        candidates = [m for m in free if make is not _stuck or m.kind is MeterKind.COUNTER]
        if candidates:
            meter = _chosen(
                candidates, plant, resources, {plant.meters[fault.meter].process for fault in out}
            )
            out.append(make(meter.id, live_start))
            free = [m for m in free if (m.process, m.resource) != (meter.process, meter.resource)]
    return out


def _chosen(
    meters: Sequence[Meter], plant: Plant, resources: Sequence[str], faulty: Collection[str]
) -> Meter:
    """Return the best meter: priced, of the best resource, of a process without a fault, that produces."""

    def rank(meter: Meter) -> tuple[bool, int, bool, bool, str]:
        place = resources.index(meter.resource) if meter.resource in resources else len(resources)
        makes = any(v.startswith(f"{meter.process}.") for v in plant.processes[meter.process].variables)
        unpriced = not plant.resources[meter.resource].prices
        return unpriced, place, meter.process in faulty, not makes, meter.id

    return min(meters, key=rank)


def _leak(meter: str, live_start: datetime) -> Fault:
    return Fault(FaultKind.LEAK, meter, live_start + timedelta(hours=1), None, LEAK)


def _idling(meter: str, live_start: datetime) -> Fault:
    return Fault(FaultKind.NIGHT_IDLING, meter, live_start + timedelta(hours=10), None, 0.5)


def _ramp(meter: str, live_start: datetime) -> Fault:
    return Fault(FaultKind.SLOW_RAMP, meter, live_start + timedelta(days=1), None, 0.35)


def _efficiency_loss(meter: str, live_start: datetime) -> Fault:
    return Fault(FaultKind.EFFICIENCY_LOSS, meter, live_start + timedelta(days=2), None, 0.2)


def _silence(meter: str, live_start: datetime) -> Fault:
    start = live_start + timedelta(days=3)
    return Fault(FaultKind.SILENT_METER, meter, start, start + timedelta(hours=12))


def _stuck(meter: str, live_start: datetime) -> Fault:
    start = live_start + timedelta(days=4)
    return Fault(FaultKind.STUCK_METER, meter, start, start + timedelta(days=3))
