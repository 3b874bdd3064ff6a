"""What the charts in messages are drawn from: a stream's judged intervals."""

from __future__ import annotations

from datetime import datetime

from alerts.chart import Curve, CurveOf
from domain.plant import Plant
from domain.ports import SeriesStore

#: a chart has no more points than a reader can see
MOST_POINTS = 400


def curves_of(store: SeriesStore, plant: Plant) -> CurveOf:
    """Return what gives a stream's curve, as rates per hour.

    Several intervals are one point where there are more than can be seen; a point of which a part is
    unknown is unknown.
    """

    def curve(process: str, resource: str, start: datetime, end: datetime) -> Curve | None:
        used = plant.resources.get(resource)
        frame = store.read_intervals(process, resource, start, end)
        if used is None or frame.is_empty():
            return None
        together = -(-frame.height // MOST_POINTS)
        width_s = float(plant.interval_s * together)
        starts: list[datetime] = frame["start"].to_list()
        actual, expected = (
            _rates(frame[name].to_list(), together, plant.interval_s) for name in ("actual", "expected")
        )
        return Curve(starts[::together], actual, expected, used.unit, width_s)

    return curve


def _rates(amounts: list[float | None], together: int, interval_s: float) -> list[float | None]:
    """Return amounts per interval as rates per hour, several intervals as one."""
    rates: list[float | None] = []
    for at in range(0, len(amounts), together):
        some = amounts[at : at + together]
        known = [one for one in some if one is not None]
        rates.append(sum(known) / len(known) * 3600.0 / interval_s if len(known) == len(some) else None)
    return rates
