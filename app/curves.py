"""What the charts in messages are drawn from: a stream's judged intervals."""

from __future__ import annotations

from datetime import datetime

from alerts.chart import Curve, CurveOf
from app.trends_curve import banded
from domain.baseline import Baseline
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: a chart has no more points than a reader can see
MOST_POINTS = 400


def curves_of(store: SeriesStore, plant: Plant, ledger: Ledger | None = None) -> CurveOf:
    """Return what gives a stream's curve, as rates per hour.

    Args:
        ledger: whose baselines say what range is usual; None = the range is left out.

    Several intervals are one point where there are more than can be seen; a point of which a part is
    unknown is unknown.
    """

    def curve(process: str, resource: str, start: datetime, end: datetime) -> Curve | None:
        used = plant.resources.get(resource)
        frame = store.read_intervals(process, resource, start, end)
        if used is None or frame.is_empty():
            return None
        baseline = None if ledger is None else _baseline(ledger, process, resource)
        frame = banded(plant, frame.select("start", "actual", "expected"), baseline)
        together = -(-frame.height // MOST_POINTS)
        width_s = float(plant.interval_s * together)
        starts: list[datetime] = frame["start"].to_list()
        actual, expected = (
            _rates(frame[name].to_list(), together, plant.interval_s) for name in ("actual", "expected")
        )
        low, high = (
            () if baseline is None else _rates(frame[name].to_list(), together, plant.interval_s)
            for name in ("low", "high")
        )
        return Curve(starts[::together], actual, expected, used.unit, width_s, low, high)

    return curve


def _baseline(ledger: Ledger, process: str, resource: str) -> Baseline | None:
    with ledger.begin() as tx:
        found = tx.approved_baseline(process, resource)
    return found if found is not None and "sigma" in found.coefficients else None


def _rates(amounts: list[float | None], together: int, interval_s: float) -> list[float | None]:
    """Return amounts per interval as rates per hour, several intervals as one."""
    rates: list[float | None] = []
    for at in range(0, len(amounts), together):
        some = amounts[at : at + together]
        known = [one for one in some if one is not None]
        rates.append(sum(known) / len(known) * 3600.0 / interval_s if len(known) == len(some) else None)
    return rates
