"""What a work order's template can write: names are inert, unknown figures are null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.alert_sheet import alert_link, goes_on
from alerts.clean import inert, inert_facts
from alerts.figures import Letterhead

_FACTS = (
    "process", "process_name", "resource", "resource_name", "meter", "unit", "currency", "excess_per_hour",
    "expected_per_hour", "excess_total", "cost_per_hour", "cost_total", "kg_co2e_per_hour", "cause",
    "confidence", "since",
)  # fmt: skip


def order_key(fingerprint: str, episode: int) -> str:
    """Return what an order is known by: the same for every try, and for what the system tells us later.

    >>> order_key("2ebb3f37ceecd725", 1)
    'wn-2ebb3f37ceecd725-1'
    """
    return f"wn-{fingerprint}-{episode}"


def order_facts(item: Mapping[str, Any], head: Letterhead) -> dict[str, Any]:
    """Return the values that a template may use, beside title, text, priority, rank and asset.

    `goes_on`: the alert is over because its loss has come to stay, not because it went away.
    """
    facts = inert_facts(item["facts"])
    return {name: facts.get(name) for name in _FACTS} | {
        "key": order_key(str(item["fingerprint"]), int(item["episode"])),
        "fingerprint": str(item["fingerprint"]),
        "episode": int(item["episode"]),
        "kind": str(item["kind"]),
        "severity": str(item["severity"]),
        "plant": inert(head.plant),
        "url": alert_link(item, head),
        "goes_on": goes_on(item["facts"]),
    }
