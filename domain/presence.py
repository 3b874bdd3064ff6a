"""Whether a meter can be heard, as the one that speaks for it says: it tells us when it goes away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Presence(StrEnum):
    """Online after it was heard, offline after its death was told. A meter that never told is neither."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class MeterStatus:
    """Since when a meter or variable is online or offline."""

    meter: str
    status: Presence
    since: datetime  # arrival of what told it
    why: str  # what told it, and of whom: "NDEATH spBv1.0/plant/edge"
