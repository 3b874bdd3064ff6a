"""What the judge has to know about a stream that its frames do not say."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.drift.common import NOTHING_COMMON, Common
from domain.plant import Detection


@dataclass(frozen=True, slots=True)
class Context:
    """Names, unit and thresholds of one (process, resource)."""

    process: str
    resource: str
    unit: str  # canonical: kWh, m3, kg
    currency: str
    interval_s: int
    detection: Detection
    #: how much wider the limits are than learned, after false alarms: 1 = as learned
    limit_factor: float = 1.0
    #: fingerprints of the alerts that people called right: those hotspots are none of the false ones
    confirmed: frozenset[str] = frozenset()
    #: what the plant's other streams strayed by, day by day
    common: Common = NOTHING_COMMON
