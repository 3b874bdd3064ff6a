"""What a stage says that keeps a message back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.alert import Alert, Condition


@dataclass(frozen=True, slots=True)
class Hold:
    """Why something is not told now; `until` None = until the reason is gone."""

    why: str
    until: datetime | None = None


def labels_of(about: Alert | Condition) -> dict[str, str]:
    """Return what matchers look at; a label that an alert has not is ""."""
    facts: Mapping[str, Any] = about.facts
    named = {name: str(facts.get(name) or "") for name in ("process", "resource", "meter", "hotspot_kind")}
    return named | {"kind": str(about.kind), "severity": str(about.severity)}


def group_of(about: Alert | Condition) -> str:
    """Return the group an alert belongs to: its process and resource, or itself where it has none."""
    facts = about.facts
    if facts.get("process") and facts.get("resource"):
        return f"{about.kind}/{facts['process']}/{facts['resource']}/{facts.get('hotspot_kind', '')}"
    return f"{about.kind}/{about.key}"
