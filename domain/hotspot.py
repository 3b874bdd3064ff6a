"""Waste hotspots: a drift away from the baseline with a beginning, a size and a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any


class HotspotKind(StrEnum):
    """What was noticed. Under-consumption is a kind of its own and carries no cost."""

    DRIFT = "drift"  # uses more than the baseline expects
    UNDER_CONSUMPTION = "under_consumption"  # uses less: a fault of the meter, or work that is not done
    STUCK_METER = "stuck_meter"  # the value does not move although the process does
    CONTINUOUS_FLOW = "continuous_flow"  # rules on live readings, from here on: domain.rule
    NIGHT_FLOW = "night_flow"
    IDLING = "idling"
    AIR_LEAK = "air_leak"
    FROZEN_AT_LIMIT = "frozen_at_limit"
    IMPLAUSIBLE = "implausible"
    MAXIMUM_DEMAND = "maximum_demand"


class Cause(StrEnum):
    """The probable cause's signature; alerts.message turns it into words and first checks."""

    BASE_LOAD_UP = "base_load_up"  # the same extra at every hour
    OUT_OF_HOURS = "out_of_hours"  # the extra falls outside production or shifts
    PROPORTIONAL = "proportional_to_output"  # the extra grows with what is expected
    ONE_SHIFT = "one_shift"
    SLOW_RISE = "slow_rise"
    USE_DOWN = "use_down"
    METER_SCALE = "meter_scale"  # several times what is expected, or a fraction of it, at every hour alike
    STUCK_METER = "stuck_meter"
    CONTINUOUS_FLOW = "continuous_flow"
    NIGHT_FLOW = "night_flow"
    IDLING = "idling"
    AIR_LEAK = "air_leak"
    FROZEN_AT_LIMIT = "frozen_at_limit"
    IMPLAUSIBLE = "implausible"
    MAXIMUM_DEMAND = "maximum_demand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One stretch of drift of one process and resource. Rates are per hour, amounts in `unit`."""

    id: str  # hotspot_id(...): the same history gives the same id
    process: str
    resource: str
    kind: HotspotKind
    detector: str
    since: datetime  # estimated onset
    detected_at: datetime  # event time: end of the interval that raised it
    judged_until: datetime  # event time: end of the last interval that counted
    ended_at: datetime | None  # None = open
    unit: str
    excess_per_hour: float  # signed; mean since onset of usable intervals
    expected_per_hour: float
    excess_total: float
    currency: str
    cost_per_hour: float | None  # None: no price known, or no cost by kind
    cost_total: float | None
    kg_co2e_per_hour: float | None
    kg_co2e_total: float | None
    cause: Cause
    confidence: float  # 0 .. 1
    evidence: Mapping[str, Any] = field(default_factory=dict)  # JSON values


#: a hotspot of a rule has a detector of this beginning; it is the rules' to end, not the judge's
RULE_DETECTOR = "rule_"
#: the judge's watch for a meter whose value does not move; how long it waits is fixed
STUCK_DETECTOR = "stuck"


def is_ruled(hotspot: Hotspot) -> bool:
    """Return whether a rule on live readings found a hotspot, and not the judge of the excess."""
    return hotspot.detector.startswith(RULE_DETECTOR)


def has_learned_limits(detector: str) -> bool:
    """Return whether a detector is one of the judge's that look for drift: false alarms widen their limits.

    >>> [has_learned_limits(one) for one in ("cusum_idle", "ewma", "rule_night_flow", "stuck", "")]
    [True, True, False, False, False]
    """
    return bool(detector) and detector != STUCK_DETECTOR and not detector.startswith(RULE_DETECTOR)


def hotspot_id(process: str, resource: str, kind: HotspotKind, detected_at: datetime) -> str:
    """Return the id of a hotspot: the same for every replay of the same history."""
    text = f"{process}\n{resource}\n{kind}\n{detected_at.isoformat()}"
    return blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A detector's state and how far it has judged: saved together, so each interval counts once."""

    process: str
    resource: str
    watermark: datetime  # every interval that ends at or before this instant has been judged
    baseline_version: int
    format: int  # analytics.drift.STATE_FORMAT at the time of writing
    state: bytes
    amended: int = 0  # id of the newest amendment that the judged intervals and the state know of
