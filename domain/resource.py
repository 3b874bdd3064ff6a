"""What a process uses and the plant pays for: resources, their prices and emission factors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class ResourceKind(StrEnum):
    """What a resource is; decides which balances it belongs to."""

    ENERGY = "energy"
    WATER = "water"
    MATERIAL = "material"


@dataclass(frozen=True, slots=True)
class TariffWindow:
    """A time-of-use window. Local plant time; `end` <= `start` runs over midnight; half-open."""

    name: str
    days: frozenset[int]  # 0 = Monday .. 6 = Sunday, the day on which the window starts
    start: time
    end: time
    amount: float  # currency per canonical unit


@dataclass(frozen=True, slots=True)
class Price:
    """What one canonical unit costs from a local date on, until the next price (or `to`, inclusive)."""

    start: date
    to: date | None
    amount: float  # currency per canonical unit, outside the windows
    windows: tuple[TariffWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """kg CO2e per canonical unit from a local date on, until the next factor (or `to`, inclusive)."""

    start: date
    to: date | None
    amount: float
    scope: int  # 1, 2 or 3
    source: str
    method: str = ""  # "location" or "market" for scope 2


@dataclass(frozen=True, slots=True)
class Resource:
    """Something a process uses and the plant pays for. `unit` is kWh, m3 or kg."""

    id: str
    name: str
    kind: ResourceKind
    unit: str
    prices: tuple[Price, ...] = ()  # sorted by start
    emission_factors: tuple[EmissionFactor, ...] = ()  # sorted by start
