"""A spell of a rule as the hotspot that people and alerts see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from analytics.rules.memory import Spell
from domain.hotspot import RULE_DETECTOR, Cause, Hotspot, HotspotKind
from domain.meter import Meter
from domain.plant import Plant
from domain.rule import RuleKind

KINDS: dict[RuleKind, tuple[HotspotKind, Cause]] = {
    RuleKind.CONTINUOUS_FLOW: (HotspotKind.CONTINUOUS_FLOW, Cause.CONTINUOUS_FLOW),
    RuleKind.NIGHT_FLOW: (HotspotKind.NIGHT_FLOW, Cause.NIGHT_FLOW),
    RuleKind.IDLING: (HotspotKind.IDLING, Cause.IDLING),
    RuleKind.LOAD_UNLOAD: (HotspotKind.AIR_LEAK, Cause.AIR_LEAK),
    RuleKind.STUCK: (HotspotKind.STUCK_METER, Cause.STUCK_METER),
    RuleKind.FROZEN_AT_LIMIT: (HotspotKind.FROZEN_AT_LIMIT, Cause.FROZEN_AT_LIMIT),
    RuleKind.IMPLAUSIBLE: (HotspotKind.IMPLAUSIBLE, Cause.IMPLAUSIBLE),
    RuleKind.MAXIMUM_DEMAND: (HotspotKind.MAXIMUM_DEMAND, Cause.MAXIMUM_DEMAND),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class About:
    """Whose spells these are."""

    meter: Meter
    unit: str
    currency: str


def about(meter: Meter, plant: Plant) -> About:
    """Return what a meter's hotspots have in common."""
    return About(meter, plant.resources[meter.resource].unit, plant.currency)


def instant(us: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=us)


def hotspot_of(rule: RuleKind, spell: Spell, whose: About) -> Hotspot:
    """Return a spell as a hotspot. Its id names the meter, the rule and the instant of its detection."""
    kind, cause = KINDS[rule]
    meter, hours = whose.meter, spell.hours
    rate = spell.excess / hours if hours else 0.0
    return Hotspot(
        id=spell_id(meter.id, rule, spell.detected_us),
        process=meter.process,
        resource=meter.resource,
        kind=kind,
        detector=f"{RULE_DETECTOR}{rule}",
        since=instant(spell.since_us),
        detected_at=instant(spell.detected_us),
        judged_until=instant(max(spell.until_us, spell.detected_us)),
        ended_at=instant(max(spell.ended_us, spell.detected_us)) if spell.ended_us else None,
        unit=whose.unit,
        excess_per_hour=rate,
        expected_per_hour=spell.expected / hours if hours else 0.0,
        excess_total=spell.excess,
        currency=whose.currency,
        cost_per_hour=spell.cost / spell.priced if spell.priced else None,
        cost_total=spell.cost if spell.priced else None,
        kg_co2e_per_hour=spell.co2 / spell.factored if spell.factored else None,
        kg_co2e_total=spell.co2 if spell.factored else None,
        cause=cause,
        confidence=spell.confidence,
        evidence={"meter": meter.id, "rule": str(rule), **spell.evidence},
    )


def spell_id(meter: str, rule: RuleKind, detected_us: int) -> str:
    """Return the id of a spell's hotspot: the same for every replay of the same history."""
    return blake2b(f"{meter}\n{rule}\n{detected_us}".encode(), digest_size=8).hexdigest()
